"""What the tests of the levels have in common: most operations exist for patients, studies, series and instances."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pydicom import dcmread
from pydicom.dataset import Dataset

from orthanc_sdk import models
from tests.live.registry import operation
from tests.live.world import World

LEVELS: Final = ("patients", "studies", "series", "instances")
LEVELS_OF_MANY: Final = ("patients", "studies", "series")
"""Those that may have several instances."""

WORD: Final = {"patients": "Patient", "studies": "Study", "series": "Series", "instances": "Instance"}
INFO: Final = {
    "patients": models.PatientInfo,
    "studies": models.StudyInfo,
    "series": models.SeriesInfo,
    "instances": models.InstanceInfo,
}
IDENTIFIER: Final = {
    "patients": ("PatientID", "0010,0020"),
    "studies": ("StudyInstanceUID", "0020,000d"),
    "series": ("SeriesInstanceUID", "0020,000e"),
    "instances": ("SOPInstanceUID", "0008,0018"),
}
"""The DICOM tag that tells resources of a level apart: keyword and number."""

Call: TypeAlias = Callable[..., Any]  # Any: the same method of four levels, each with types of its own
Run: TypeAlias = Callable[[World, str, Call], None]


def at(name: str, *levels: str) -> Callable[[Run], Run]:
    """Registers a function for an operation of several levels, all four by default; `{}` in the name is the level.

    The function gets the world, the level (as in paths), and the method to call.
    """

    def register(run: Run) -> Run:
        for level in levels or LEVELS:
            _register(name.format(level), level, run)
        return run

    return register


def _register(method: str, level: str, run: Run) -> None:
    @operation(method)
    def _(world: World) -> None:
        run(world, level, getattr(world.client, method))


def route(world: World, name: str, level: str) -> Call:
    """Another method of the same level: `route(world, "get_{}_id_metadata", level)`."""
    method: Call = getattr(world.client, name.format(level))
    return method


def value(dataset: Dataset, keyword: str) -> str:
    """What was uploaded in a tag, as text."""
    return str(dataset[keyword].value)


def identifier(level: str, dataset: Dataset) -> str:
    """The value of the tag that tells resources of a level apart."""
    return value(dataset, IDENTIFIER[level][0])


def parsed(content: bytes) -> Dataset:
    """The dataset of a DICOM file."""
    return dcmread(io.BytesIO(content))


def as_dicom_tag(tag: object) -> models.DicomTag:
    """A tag of the full format."""
    assert isinstance(tag, models.DicomTag)
    return tag


def wait_for(world: World, reference: object) -> models.JobInfo:
    """The job that a reference is about, once it has succeeded."""
    assert isinstance(reference, models.JobReference)
    assert reference.path == f"/jobs/{reference.id}"
    for _ in range(200):
        job = world.client.get_jobs_id(reference.id)
        assert job.state != "Failure", job.error_details
        if job.state == "Success":
            return job
        time.sleep(0.05)
    raise AssertionError(f"job {reference.id} does not end")
