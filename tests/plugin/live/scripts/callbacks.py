"""A plugin with a callback of each kind; test_callbacks.py says what they do."""

import json
import threading
from collections.abc import Callable
from typing import Any

from orthanc_sdk import OrthancError, Study, find_studies, plugin, upload
from orthanc_sdk.plugin.large_stack import stack_size
from orthanc_sdk.testing import make_study, to_bytes

STORED_BY, STABLE_SINCE = "1024", "1025"  # numbers of user-defined metadata

client = plugin.client()
started: list[str] = []

try:
    client.get_system()
except OrthancError as error:
    too_early = f"{type(error).__name__}: {error}"
else:
    too_early = ""


def answer(output: plugin.RestOutput, value: object) -> None:
    output.AnswerBuffer(json.dumps(value), "application/json")


# --- REST -------------------------------------------------------------------------------------------------------------


def summary(output: plugin.RestOutput, _uri: str, **request: Any) -> None:
    """What is known of a study, by resources and models."""
    study = Study(request["groups"][0], client)
    answer(
        output,
        {
            "patient": str(study.patient.name),
            "date": study.date.isoformat() if study.date else None,
            "modalities": sorted(str(series.modality) for series in study.series),
            "found": [found.id_ for found in find_studies(client, query={"StudyInstanceUID": study.uid})],
        },
    )


def start(output: plugin.RestOutput, _uri: str, **_request: Any) -> None:
    """What happened at the start: the error of a call that was too early, and the version when it was not."""
    answer(output, {"too_early": too_early, "started": started, "stack": stack_size()})


@plugin.with_room
def roomy(output: plugin.RestOutput, _uri: str, **request: Any) -> None:
    """Does what needs much of the stack: reads a DICOM file by pydicom, which is imported for that."""
    instance = Study(request["groups"][0], client).series[0].instances[0]
    answer(output, {"stack": stack_size(), "patient": str(instance.get_pydicom().PatientName)})


@plugin.with_room
def uploaded(output: plugin.RestOutput, _uri: str, **_request: Any) -> None:
    """Uploads by several threads, each of which calls Orthanc."""
    files = [to_bytes(dataset) for dataset in make_study(series=2, instances=10, seed="inside")]
    report = upload(client, files, workers=4)
    answer(output, {"stored": sum(file.is_stored for file in report.files), "studies": len(client.get_studies())})


def anonymized(output: plugin.RestOutput, _uri: str, **request: Any) -> None:
    """Starts a job and waits for it, which needs other callbacks to run meanwhile."""
    study = Study(request["groups"][0], client)
    answer(output, {"id": study.anonymize(replace={"PatientName": "Nobody"}).id_})


def in_thread(output: plugin.RestOutput, _uri: str, **_request: Any) -> None:
    """Asks in threads of Python."""
    versions: list[str] = []
    threads = [threading.Thread(target=lambda: versions.append(client.get_system().version)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer(output, versions)


def of_plugins(output: plugin.RestOutput, _uri: str, **_request: Any) -> None:
    """Asks for a route of this very plugin."""
    there = plugin.client(after_plugins=True).request("GET", "/start").json()
    answer(
        output,
        {
            "after_plugins": there["started"],
            "without": client.request("GET", "/start", raise_for_status=False).status_code,
        },
    )


def delete(output: plugin.RestOutput, _uri: str, **request: Any) -> None:
    left = client.delete_studies_id(request["groups"][0]).remaining_ancestor
    answer(output, None if left is None else left.type)


ROUTES: dict[str, Callable[..., object]] = {
    "/summary/(.*)": summary,
    "/start": start,
    "/roomy/(.*)": roomy,
    "/upload": uploaded,
    "/anonymize/(.*)": anonymized,
    "/threads": in_thread,
    "/of-plugins": of_plugins,
    "/delete/(.*)": delete,
}
for route, callback in ROUTES.items():
    plugin.RegisterRestCallback(route, callback)


# --- what happens in Orthanc ------------------------------------------------------------------------------------------


def on_stored(dicom: plugin.DicomInstance, instance_id: str) -> None:
    tags = json.loads(dicom.GetInstanceSimplifiedJson())
    source = dicom.GetInstanceRemoteAet() or "REST"
    client.put_instances_id_metadata_name(instance_id, STORED_BY, f"{tags['PatientID']} by {source}")
    if tags.get("StudyDescription") == "store another one":
        another = {"PatientID": tags["PatientID"], "StudyDescription": "another one"}
        client.post_tools_create_dicom({"Tags": another})
        client.post_instances(
            plugin.CreateDicom(json.dumps(another), None, plugin.CreateDicomFlags.GENERATE_IDENTIFIERS)
        )


def on_change(change: int, _level: int, id_: str) -> None:
    if change == plugin.ChangeType.ORTHANC_STARTED:
        started.append(client.version)
    elif change == plugin.ChangeType.STABLE_STUDY:
        client.put_studies_id_metadata_name(id_, STABLE_SINCE, str(client.get_studies_id(id_).is_stable))


def is_allowed(_uri: str, **request: Any) -> bool:
    """Nobody deletes anything by HTTP."""
    return bool(request["method"] != plugin.HttpMethod.DELETE)


plugin.RegisterOnStoredInstanceCallback(on_stored)
plugin.RegisterOnChangeCallback(on_change)
plugin.RegisterIncomingHttpRequestFilter(is_allowed)


# --- DICOM ------------------------------------------------------------------------------------------------------------


def on_worklist(answers: plugin.WorklistAnswers, query: plugin.WorklistQuery, issuer: str, called: str) -> None:
    for name in ("Adams^Ann", "Berg^Ben"):
        tags = {
            "PatientName": name,
            "PatientID": issuer,
            "ScheduledProcedureStepSequence": [{"Modality": "MR", "ScheduledStationAETitle": called}],
        }
        dicom = plugin.CreateDicom(json.dumps(tags), None, plugin.CreateDicomFlags.NONE)
        if query.WorklistIsMatch(dicom):
            answers.WorklistAddAnswer(query, dicom)


def on_find(answers: plugin.FindAnswers, query: plugin.FindQuery, issuer: str, _called: str) -> None:
    """Answers what is stored here, and signs the descriptions."""
    asked = {
        query.GetFindQueryTagName(index): query.GetFindQueryValue(index) for index in range(query.GetFindQuerySize())
    }
    for study in find_studies(client, query={"PatientID": asked["PatientID"]}):
        tags = {
            "QueryRetrieveLevel": "STUDY",
            "PatientID": asked["PatientID"],
            "StudyInstanceUID": study.uid,
            "StudyDescription": f"{study.description} for {issuer}",
        }
        answers.FindAddAnswer(plugin.CreateDicom(json.dumps(tags), None, plugin.CreateDicomFlags.NONE))


plugin.RegisterWorklistCallback(on_worklist)
plugin.RegisterFindCallback(on_find)
