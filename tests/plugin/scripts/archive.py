"""A plugin that has to do with DICOM: arrivals, queries, moves, storage commitment, storage."""

import json
from typing import Any  # what a request has

import orthanc

KEPT: list[orthanc.DicomInstance] = []
CHANGES: list[tuple[int, int, str]] = []


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    CHANGES.append((change_type, level, resource_id))
    if change_type == orthanc.ChangeType.STABLE_STUDY:
        study = json.loads(orthanc.RestApiGet(f"/studies/{resource_id}"))
        orthanc.EnqueueValue("stable", study["MainDicomTags"]["StudyInstanceUID"])


def receive(dicom: bytes, origin: orthanc.InstanceOrigin) -> tuple[orthanc.ReceivedInstanceAction, bytes | None]:
    tags = json.loads(orthanc.CreateDicomInstance(dicom).GetInstanceSimplifiedJson())
    if tags["PatientID"] == "DISCARD":
        return orthanc.ReceivedInstanceAction.DISCARD, None
    if tags["PatientID"] == "WRONG":
        return orthanc.ReceivedInstanceAction.MODIFY, None
    if tags["PatientID"] == "CHANGE":
        return orthanc.ReceivedInstanceAction.MODIFY, dicom.replace(b"CHANGE", b"OTHERS")
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def take(instance: orthanc.DicomInstance) -> int:
    return 0xA700 if instance.GetInstanceRemoteAet() == "STRANGER" else 0


def on_stored(instance: orthanc.DicomInstance, instance_id: str) -> None:
    KEPT.append(instance)
    size, metadata = instance.GetInstanceSize(), instance.GetInstanceMetadata("Note")
    orthanc.LogWarning(f"{instance_id} {instance.GetInstanceOrigin()} {size} {metadata}")


WORKLISTS = [{"PatientID": "A1", "PatientName": "Doe^Jane"}, {"PatientID": "B2", "PatientName": "Doe^John"}]


def worklist(
    answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, connection: orthanc.DicomConnection
) -> None:
    orthanc.LogInfo(f"{connection.GetConnectionRemoteAet()} at {connection.GetConnectionRemoteIp()}")
    for tags in WORKLISTS:
        dicom = orthanc.CreateDicom(json.dumps(tags), None, orthanc.CreateDicomFlags.NONE)
        if query.WorklistIsMatch(dicom):
            answers.WorklistAddAnswer(query, dicom)


def find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, issuer_aet: str, called_aet: str) -> None:
    asked = {
        query.GetFindQueryTagName(index): query.GetFindQueryValue(index) for index in range(query.GetFindQuerySize())
    }
    asked["RetrieveAETitle"] = called_aet
    answers.FindAddAnswer(orthanc.CreateDicom(json.dumps(asked), None, orthanc.CreateDicomFlags.NONE))
    answers.FindMarkIncomplete()


class Driver:
    def __init__(self, uids: list[str]) -> None:
        self.uids = uids
        self.sent: list[str] = []
        self.is_over = False


def start_move(connection: orthanc.DicomConnection, **request: Any) -> Driver:
    assert connection.GetConnectionRemoteAet() == request["OriginatorAET"]
    return Driver([request["StudyInstanceUID"], request["TargetAET"]])


def size(driver: Driver) -> int:
    return len(driver.uids)


def step(driver: Driver) -> None:
    driver.sent.append(driver.uids[len(driver.sent)])


def end(driver: Driver) -> None:
    driver.is_over = True


def commit(
    job_id: str, transaction_uid: str, class_uids: list[str], instance_uids: list[str], remote_aet: str, called_aet: str
) -> dict[str, str]:
    return dict(zip(instance_uids, class_uids, strict=True))


def lookup(class_uid: str, instance_uid: str, driver: dict[str, str]) -> orthanc.StorageCommitmentFailureReason:
    if instance_uid == "1.2.3" and driver[instance_uid] == class_uid:
        return orthanc.StorageCommitmentFailureReason.SUCCESS
    return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterReceivedInstanceCallback(receive)
orthanc.RegisterIncomingCStoreInstanceFilter(take)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterWorklistCallback2(worklist)
orthanc.RegisterFindCallback(find)
orthanc.RegisterMoveCallback3(start_move, size, step, end)
orthanc.RegisterStorageCommitmentScpCallback(commit, lookup)
