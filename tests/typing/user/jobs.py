"""Jobs, whose content depends on what they do."""

from datetime import datetime
from typing import assert_type

from orthanc_sdk import Orthanc, models


def job(client: Orthanc, id_: str) -> int:
    found = client.get_jobs_id(id_)
    assert_type(found, models.JobInfo)
    assert_type(found.state, models.JobState)
    assert_type(found.creation_time, datetime)
    assert_type(found.completion_time, datetime | None)
    assert_type(found.progress, int)
    if found.state == "Failure":
        return found.error_code

    content = found.content
    if isinstance(content, models.ResourceModificationContent):
        assert_type(content.id, str)
        return content.instances_count
    if isinstance(content, models.DicomModalityStoreContent):
        assert_type(content.remote_aet, str)
        return content.failed_instances_count
    if isinstance(content, models.ArchiveContent):
        assert_type(content.archive_size, int)
        return content.archive_size
    if isinstance(content, models.PluginJobContent):
        return len(content.root)
    return 0


def by_match(client: Orthanc, id_: str) -> str | None:
    match client.get_jobs_id(id_).content:
        case models.MergeStudyContent(target_study=study):
            return study
        case models.SplitStudyContent() as content:
            return assert_type(content.target_study, str)
        case _:
            return None


def as_a_dict(client: Orthanc, id_: str) -> None:
    """For scripts that were written for dicts."""
    content = client.get_jobs_id(id_).content
    if "ID" in content:
        print(content["ID"])


def lists(client: Orthanc) -> None:
    assert_type(client.get_jobs(), list[str])
    assert_type(client.get_jobs(expand=True), list[models.JobInfo])


def retrieved(client: Orthanc, id_: str) -> None:
    result = client.post_queries_id_retrieve(id_)
    if isinstance(result, models.JobReference):
        assert_type(result.path, str)
    elif isinstance(result, models.DicomMoveScuContent):
        assert_type(result.target_aet, str | None)
    else:
        assert_type(result, models.DicomGetScuContent)
