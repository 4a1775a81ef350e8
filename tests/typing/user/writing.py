"""What is sent: models by their Python names, plain mappings, bodies."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

from orthanc_sdk import Orthanc, models
from orthanc_sdk.models import AnonymizeRequest, FindRequest, OrderBy


def anonymize(client: Orthanc, id_: str) -> None:
    request = AnonymizeRequest(keep=["PatientName"], force=True)
    assert_type(request.force, bool | None)
    result = client.post_studies_id_anonymize(id_, request)
    assert_type(result, models.ResourceModificationContent | models.JobReference)
    if isinstance(result, models.JobReference):
        assert_type(client.get_jobs_id(result.id), models.JobInfo)
    else:
        assert_type(result.id, str)

    # A file is all that comes of one instance.
    assert_type(client.post_instances_id_anonymize(id_, models.AnonymizeInstanceRequest(dicom_version="2023b")), bytes)


def modify(client: Orthanc, id_: str) -> None:
    client.post_patients_id_modify(
        id_,
        models.ModifyRequest(
            replace={
                "PatientID": "1",
                "PatientBirthDate": None,
                "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2.3"}],
            },
            remove=("OtherPatientIDs",),
            keep_source=False,
            asynchronous=True,
            user_data={"ticket": 17, "by": ["me"]},
        ),
    )
    client.post_patients_id_modify(id_, {"Replace": {"PatientID": "1"}, "Force": True})
    client.post_patients_id_modify(id_)


def find(client: Orthanc) -> None:
    found = client.post_tools_find(
        FindRequest(
            level="Study",
            query={"PatientName": "A*"},
            expand=True,
            order_by=[OrderBy(type="DicomTag", key="StudyDate", direction="DESC")],
            labels=["a"],
            labels_constraint="Any",
        )
    )
    for one in found:
        if isinstance(one, models.StudyInfo):
            assert_type(one, models.StudyInfo)
        elif isinstance(one, str):
            assert_type(one, str)
    client.post_tools_find({"Level": "Study", "Query": {"PatientName": "A*"}})
    assert_type(client.post_tools_count_resources({"Level": "Study", "Query": {}}).count, int)
    content: list[models.PatientInfo | models.StudyInfo | models.SeriesInfo | models.InstanceInfo]
    content = client.post_tools_bulk_content(models.BulkContentRequest(resources=["a", "b"], level="Series"))
    for info in content:
        if info.type == "Series":
            assert_type(info, models.SeriesInfo)


def upload(client: Orthanc, path: Path, pieces: Iterator[bytes]) -> None:
    client.post_instances(b"...")
    client.post_instances(io.BytesIO(b"..."))
    client.post_instances(pieces)
    with path.open("rb") as file:
        result = client.post_instances(file)
    if not isinstance(result, list):
        assert_type(result, models.UploadedInstance)
        assert_type(result.status, models.StoreStatus)


def others(client: Orthanc, id_: str) -> None:
    client.put_studies_id_metadata_name(id_, "1024", "text", if_match='"0"')
    client.put_patients_id_protected(id_, True)
    client.put_patients_id_protected(id_, "0")
    client.put_tools_log_level("verbose")
    client.put_modalities_id("pacs", models.ModalityRequest(aet="PACS", host="pacs", port=104, manufacturer="GE"))
    client.put_peers_id("other", models.PeerRequest(url="http://other:8042", username="orthanc", password="orthanc"))
    client.put_peers_id("other", {"Url": "http://other:8042", "Colour": "red"})
    client.put_modalities_id("pacs", ["PACS", "pacs", 104])
    client.post_modalities_id_store("pacs", "study")
    client.post_modalities_id_store("pacs", ["study", "series"])
    client.post_modalities_id_store("pacs", models.StoreRequest(resources=["study"], synchronous=False))
    assert_type(client.post_tools_create_archive(["study"]), bytes | models.JobReference)
    assert_type(client.post_modalities_id_query("pacs", models.QueryRequest(level="Study")), models.QueryReference)
    # Each call takes its own time limit.
    client.get_system(timeout=None)
    client.get_system(timeout=(1, 2.5))


def by_function(client: Orthanc, names: list[str], changes: dict[str, str], words: tuple[str, ...]) -> None:
    """What a program has is taken, whatever container it is in."""
    models.ModifyRequest(replace=changes, remove=names, keep=words)
    models.FindRequest(level="Study", query=changes, requested_tags=words, labels=names)
    client.get_studies(expand=True, requested_tags=words)
    client.post_tools_bulk_delete(models.BulkDeleteRequest(resources=names))
    client.post_tools_bulk_delete(
        models.BulkDeleteRequest(resources=["a", models.BulkDeleteItem(level="Study", id="b")])
    )
