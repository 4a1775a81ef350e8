"""The names that users have: `models` is the one door to all models."""

import orthanc_sdk
from orthanc_sdk import Orthanc, models
from orthanc_sdk.models import StudyInfo


def by_any_way(client: Orthanc) -> orthanc_sdk.models.StudyInfo:
    study: models.StudyInfo = client.get_studies_id("id")
    same: StudyInfo = study
    return same


def level(name: models.LevelName) -> models.FindRequest:
    return models.FindRequest(level=name, query={})


def state(job: models.JobInfo) -> models.JobState:
    return job.state


def is_done(job: models.JobInfo) -> bool:
    return job.state in ("Success", "Failure")


def of_any_level(info: models.ResourceInfo) -> list[str]:
    if info.type == "Patient":
        return info.studies
    if info.type == "Study":
        return info.series
    if info.type == "Series":
        return info.instances
    return []


def tags(values: models.DicomTagsSimplified) -> list[str]:
    return [value for value in values.values() if isinstance(value, str)]


def inputs(names: list[str]) -> models.TagInputs:
    return {name: name.upper() for name in names}


def parsed(text: str) -> models.StudyInfo:
    return models.StudyInfo.model_validate_json(text)
