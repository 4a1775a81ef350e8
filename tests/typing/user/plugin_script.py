"""A plugin script that has never heard of this package: `import orthanc` is enough."""

import json
from typing import Any, assert_type

import orthanc


def values(orthanc_id: str) -> None:
    assert_type(orthanc.RestApiGet("/studies"), bytes)
    assert_type(orthanc.RestApiDelete("/studies/a"), None)
    assert_type(orthanc.RestApiPost("/tools/find", json.dumps({"Level": "Study"})), bytes)
    assert_type(orthanc.RestApiPost("/tools/lookup", b"1.2.3"), bytes)
    assert_type(orthanc.RestApiPut("/modalities/a", bytearray(b"{}")), bytes)
    assert_type(orthanc.LookupStudy("1.2.3"), str)
    assert_type(orthanc.GetKeyValue("store", "key"), bytes | None)
    assert_type(orthanc.GetErrorDescription(orthanc.ErrorCode.UNKNOWN_RESOURCE), str | None)
    assert_type(
        orthanc.ReserveQueueValue("queue", orthanc.QueueOrigin.FRONT, 10), tuple[bytes, int] | tuple[None, None]
    )
    assert_type(orthanc.SetStableStatus(orthanc_id, orthanc.StableStatus.STABLE), tuple[orthanc.ErrorCode, int])
    assert_type(orthanc.LookupDictionary("PatientID")["Group"], int)
    assert_type(orthanc.LookupDictionary("PatientID")["ValueRepresentation"], orthanc.ValueRepresentation)
    assert_type(orthanc.BufferCompression(b"", orthanc.CompressionType.GZIP, True), bytes)
    assert_type(orthanc.CheckVersion(), int)
    image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 4, 4)
    assert_type(image, orthanc.Image)
    assert_type(image.GetImagePixelFormat(), orthanc.PixelFormat)
    assert_type(image.ConvertPixelFormat(orthanc.PixelFormat.RGB24).GetImageBuffer(), bytes)


def flags(dicom: bytes) -> None:
    both = orthanc.DicomToJsonFlags.INCLUDE_BINARY | orthanc.DicomToJsonFlags.INCLUDE_PRIVATE_TAGS
    assert_type(both, orthanc.DicomToJsonFlags)
    assert_type(orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.HUMAN, both, 256), str)
    assert_type(orthanc.CreateDicom("{}", None, orthanc.CreateDicomFlags.NONE), bytes)


def answer(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
    else:
        output.AnswerBuffer(json.dumps({"uri": uri, "query": request["get"]}), "application/json")


def answer_by_name(
    output: orthanc.RestOutput,
    uri: str,
    method: str,
    groups: tuple[str, ...],
    headers: dict[str, str],
    get: dict[str, str] | None = None,
    body: bytes = b"",
) -> None:
    output.AnswerBuffer(body, headers.get("content-type", "text/plain"))


def on_change(change_type: orthanc.ChangeType, level: orthanc.ResourceType, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.STABLE_STUDY:
        orthanc.LogWarning(f"{resource_id} at level {level}")
    match change_type:
        case orthanc.ChangeType.ORTHANC_STARTED | orthanc.ChangeType.ORTHANC_STOPPED:
            pass
        case _:
            pass


def on_change_of_numbers(change_type: int, level: int, resource_id: str) -> None:
    if change_type == orthanc.ChangeType.NEW_STUDY and level == orthanc.ResourceType.STUDY:
        orthanc.LogInfo(resource_id)


def on_stored(instance: orthanc.DicomInstance, instance_id: str) -> None:
    assert_type(instance.GetInstanceOrigin(), orthanc.InstanceOrigin)
    assert_type(instance.GetInstanceMetadata("RemoteAET"), str | None)
    if instance.GetInstanceOrigin() == orthanc.InstanceOrigin.DICOM_PROTOCOL:
        orthanc.LogWarning(f"{instance_id} from {instance.GetInstanceRemoteAet()}")


def receive(dicom: bytes, origin: orthanc.InstanceOrigin) -> tuple[orthanc.ReceivedInstanceAction, bytes | None]:
    if origin == orthanc.InstanceOrigin.REST_API:
        return orthanc.ReceivedInstanceAction.DISCARD, None
    return orthanc.ReceivedInstanceAction.MODIFY, dicom


def is_allowed(uri: str, **request: Any) -> bool:
    return uri != "/secret" or request["method"] == orthanc.HttpMethod.GET


def take(instance: orthanc.DicomInstance) -> int:
    return 0 if instance.HasInstancePixelData() else 0xA700


def worklist(answers: orthanc.WorklistAnswers, query: orthanc.WorklistQuery, issuer_aet: str, called_aet: str) -> None:
    dicom = query.WorklistGetDicomQuery()
    if query.WorklistIsMatch(dicom) and issuer_aet != called_aet:
        answers.WorklistAddAnswer(query, dicom)


def find(answers: orthanc.FindAnswers, query: orthanc.FindQuery, connection: orthanc.DicomConnection) -> None:
    for index in range(query.GetFindQuerySize()):
        assert_type(query.GetFindQueryValue(index), str)
    assert_type(connection.GetConnectionRemoteAet(), str | None)
    answers.FindMarkIncomplete()


class Driver:
    """What a move is about."""

    instances: list[str]


def start_move(**request: Any) -> Driver:
    driver = Driver()
    driver.instances = [request["SOPInstanceUID"]]
    return driver


def move_size(driver: Driver) -> int:
    return len(driver.instances)


def move_one(driver: Driver) -> None:
    driver.instances.pop()


def move_is_over(driver: Driver) -> None:
    driver.instances.clear()


def commit(
    job_id: str, transaction_uid: str, class_uids: list[str], instance_uids: list[str], remote: str, called: str
) -> list[str]:
    return [job_id, transaction_uid, *class_uids, *instance_uids, remote, called]


def lookup(class_uid: str, instance_uid: str, driver: list[str]) -> orthanc.StorageCommitmentFailureReason:
    if instance_uid in driver and class_uid in driver:
        return orthanc.StorageCommitmentFailureReason.SUCCESS
    return orthanc.StorageCommitmentFailureReason.NO_SUCH_OBJECT_INSTANCE


def create(
    uuid: str, kind: orthanc.ContentType, compression: int, content: bytes, instance: orthanc.DicomInstance
) -> tuple[orthanc.ErrorCode, bytes | None]:
    return orthanc.ErrorCode.SUCCESS, None


def read(uuid: str, kind: int, start: int, size: int, custom_data: bytes) -> tuple[orthanc.ErrorCode, bytes]:
    return orthanc.ErrorCode.SUCCESS, bytes(size)


def remove(uuid: str, kind: int, custom_data: bytes) -> orthanc.ErrorCode:
    return orthanc.ErrorCode.SUCCESS


def errors() -> int:
    try:
        orthanc.RestApiGet("/nowhere")
    except orthanc.OrthancException as error:
        code, description = error.args
        assert_type(code, orthanc.ErrorCode)
        assert_type(description, str)
        if code == orthanc.ErrorCode.UNKNOWN_RESOURCE:
            return code
    raise orthanc.OrthancException(17, "Unknown resource")


orthanc.RegisterRestCallback("/my/(.*)", answer)
orthanc.RegisterRestCallback("/my/(.*)", answer_by_name)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterReceivedInstanceCallback(receive)
orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
orthanc.RegisterIncomingCStoreInstanceFilter(take)
orthanc.RegisterWorklistCallback(worklist)
orthanc.RegisterFindCallback2(find)
orthanc.RegisterMoveCallback(start_move)
orthanc.RegisterMoveCallback2(start_move, move_size, move_one, move_is_over)
orthanc.RegisterStorageCommitmentScpCallback(commit, lookup)
orthanc.RegisterStorageArea3(create, read, remove)


def or_else() -> None:
    orthanc.RegisterOnChangeCallback(on_change_of_numbers)
