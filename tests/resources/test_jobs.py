"""Jobs: how they are waited for, how they end, and what comes of them."""

from __future__ import annotations

import datetime as dt
import io
import logging
import pickle
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

import orthanc_sdk
from orthanc_sdk import (
    InvalidArgument,
    Job,
    JobFailed,
    NotFound,
    Orthanc,
    OrthancTimeout,
    Patient,
    Study,
    UnexpectedAnswer,
    models,
)
from orthanc_sdk.testing import LocalOrthanc
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, counted, new


@pytest.fixture(params=VERSIONS)
def single(request: pytest.FixtureRequest, start: Start) -> Orthanc:
    """A server that does one job at a time."""
    return start(request.param, {"ConcurrentJobs": 1})


@contextmanager
def blocked(client: Orthanc) -> Iterator[Job]:
    """A job that runs until the end of the block: it sends to a modality that takes connections and never answers."""
    study = new(client).study
    with socket.create_server(("127.0.0.1", 0)) as modality:
        port = modality.getsockname()[1]
        client.put_modalities_id("silent", {"AET": "SILENT", "Host": "127.0.0.1", "Port": port})
        answer = client.post_modalities_id_store("silent", {"Resources": [study.id], "Asynchronous": True})
        assert isinstance(answer, models.JobReference)
        job: Job = Job(answer.id, client)
        connection, _ = modality.accept()
        try:
            assert job.state == "Running"
            yield job
        finally:
            connection.close()
    job.wait_until_completion(timeout=30, raise_on_failure=False)


def state_of(job: Job[object], state: str) -> None:
    end = time.monotonic() + 20
    while job.state != state:
        assert time.monotonic() < end, f"{job.state} instead of {state}"
        time.sleep(0.02)


# ---------------------------------------------------------------------------------------------------------------------
# The rows of the issue
# ---------------------------------------------------------------------------------------------------------------------


def test_what_a_job_tells(client: Orthanc) -> None:
    patient = new(client).patient
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    made = patient.anonymize_as_job(priority=5)
    job: Job = Job(made.id, client)
    info = job.wait_until_completion(timeout=60)
    assert job.state == "Success" == info.state
    assert (job.progress, job.type, job.priority) == (100, "ResourceModification", 5)
    assert before < job.creation_time <= job.timestamp
    assert job.completion_time is not None
    assert job.completion_time.tzinfo is dt.UTC
    assert job.creation_time <= job.completion_time
    assert 0 < job.effective_runtime < 60
    assert (job.error_code, job.error_details) == (0, "")
    assert job.error_description == "Success"
    assert job.estimated_time_of_arrival is None
    assert isinstance(job.content, models.ResourceModificationContent)
    assert job.content["ID"] == job.content.id
    assert job.user_data is None
    with counted(client) as sent:
        assert (job.state, job.info) == ("Success", info)
    assert len(sent) == 0  # what has ended does not change


def test_anonymizing_as_a_job(client: Orthanc) -> None:
    patient = new(client, PatientName="Doe^Jane").patient
    job = patient.anonymize_as_job()
    job.wait_until_completion()
    anonymous = Patient(str(job.content["ID"]), client)
    assert anonymous.name != "Doe^Jane"
    assert anonymous.name
    assert job.result() == anonymous
    assert Job(job.id, client).result() == anonymous
    assert job == Job(job.id, client)
    assert hash(job) == hash(Job(job.id, client))
    assert job != Job("other", client)
    assert repr(job) == f"Job({job.id!r})"


@pytest.mark.parametrize("overwrites", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_modifying_as_a_job(version: str, overwrites: bool, start: Start) -> None:
    client = start(version, {"OverwriteInstances": True} if overwrites else None)
    patient = new(client, instances=3, PatientName="Doe^Jane").patient
    assert patient.name == "Doe^Jane"
    job = patient.modify_as_job(replace={"PatientName": "new-name"})
    assert patient.name in ("Doe^Jane", "new-name")  # while it runs
    assert [study.patient.id for study in patient.studies][:1] == [patient.id]
    job.wait_until_completion()
    assert patient.name == "new-name"
    assert job.result() is patient
    assert len(patient.studies) == 1
    assert patient.studies[0].patient.name == "new-name"


def test_what_was_read_while_it_ran_is_forgotten(single: Orthanc) -> None:
    tree = new(single, instances=2, PatientName="Doe^Jane")
    patient = tree.patient
    with blocked(single):
        job = patient.modify_as_job(replace={"PatientName": "new-name"})
        assert job.state == "Pending"
        (study,) = patient.studies
        assert (patient.name, study.patient.name) == ("Doe^Jane", "Doe^Jane")
    assert patient.name == "Doe^Jane"
    job.wait_until_completion(timeout=60)
    assert patient.name == "new-name"
    assert patient.studies[0].patient.name == "new-name"


def test_other_results(client: Orthanc) -> None:
    tree = new(client, series=2)
    made = tree.study.modify_as_job(replace={"StudyDescription": "x"})
    assert made.result().description == "x"
    study = Job(made.id, client).result()
    assert isinstance(study, Study)
    assert study.description == "x"
    split = client.post_studies_id_split(tree.study.id, {"Series": [tree.series.id], "Asynchronous": True})
    assert isinstance(split, models.JobReference)
    assert isinstance(Job(split.id, client).result(), Study)
    if client.supports("1.11.0"):
        both = {"Resources": [tree.study.id, study.id], "Replace": {"StudyDescription": "y"}, "Asynchronous": True}
        bulk = client.post_tools_bulk_modify(both)
        assert isinstance(bulk, models.JobReference)
        results = Job(bulk.id, client).result()
        assert isinstance(results, list)
        assert {result.description for result in results if isinstance(result, Study)} == {"y"}


def test_user_data(start: Start) -> None:
    client = start("1.13")
    job = new(client).study.modify_as_job(replace={"StudyDescription": "x"}, user_data={"ticket": [1]})
    assert job.user_data == {"ticket": [1]}


# ---------------------------------------------------------------------------------------------------------------------
# Waiting
# ---------------------------------------------------------------------------------------------------------------------


def test_waiting_no_longer_than_wanted(single: Orthanc) -> None:
    with blocked(single) as job:
        started = time.monotonic()
        with pytest.raises(OrthancTimeout, match=rf"job {job.id} \(DicomModalityStore\) is Running, .*; it goes on"):
            job.wait_until_completion(timeout=0.3)
        assert 0.3 <= time.monotonic() - started < 5
        with counted(single) as sent, pytest.raises(OrthancTimeout):
            job.wait_until_completion(timeout=0)
        assert len(sent) == 1
        assert job.state == "Running"


def test_pauses_grow(newest: Orthanc) -> None:
    pauses = list[float]()

    def enough(_: models.JobInfo) -> None:
        if len(pauses) == 12:
            raise StopIteration

    with (
        blocked(newest) as job,
        patch("orthanc_sdk.resources.job.time.sleep", pauses.append),
        pytest.raises(StopIteration),
    ):
        job.wait_until_completion(interval=1.0, on_progress=enough)
    assert pauses[0] <= 0.1
    assert pauses == sorted(pauses)
    assert pauses[-1] == 1.0


def test_progress_is_told(single: Orthanc) -> None:
    seen = list[models.JobInfo]()
    with blocked(single):
        job = new(single).patient.anonymize_as_job()
        thread = threading.Thread(target=lambda: job.wait_until_completion(timeout=60, on_progress=seen.append))
        thread.start()
        time.sleep(0.3)
    thread.join(60)
    assert seen[0].state == "Pending"
    assert (seen[-1].state, seen[-1].progress) == ("Success", 100)


@pytest.mark.parametrize("arguments", [{"timeout": -1}, {"interval": 0}, {"interval": -2}])
def test_what_cannot_be_waited(newest: Orthanc, arguments: dict[str, float]) -> None:
    with counted(newest) as sent, pytest.raises(InvalidArgument):
        Job("x", newest).wait_until_completion(**arguments)  # type: ignore[arg-type]  # no callback
    assert len(sent) == 0


def test_paused_is_not_the_end(single: Orthanc) -> None:
    with blocked(single):
        job = new(single).patient.anonymize_as_job()
        job.pause()
        assert job.state == "Paused"
    with pytest.raises(OrthancTimeout, match="is Paused"):
        job.wait_until_completion(timeout=0.5)
    threading.Timer(0.3, job.resume).start()
    assert job.wait_until_completion(timeout=60).state == "Success"
    assert job.result().exists()


def test_waiting_may_be_interrupted(newest: Orthanc, caplog: pytest.LogCaptureFixture) -> None:
    with blocked(newest) as job:

        def interrupt(_: models.JobInfo) -> None:
            raise KeyboardInterrupt

        with caplog.at_level(logging.WARNING, "orthanc_sdk"), pytest.raises(KeyboardInterrupt) as caught:
            job.wait_until_completion(on_progress=interrupt)
        assert job.state == "Running"
    assert caught.value.__notes__ == [f"Job {job.id} goes on on the server; cancel() ends it."]
    assert job.id in caplog.text
    assert "goes on" in caplog.text


# ---------------------------------------------------------------------------------------------------------------------
# Failures
# ---------------------------------------------------------------------------------------------------------------------


def test_a_job_that_fails(client: Orthanc) -> None:
    with blocked(client) as job:
        pass
    with pytest.raises(JobFailed) as caught:
        job.wait_until_completion(timeout=30)
    failed = caught.value
    assert failed.job_id == job.id
    assert failed.error_code == 9 == job.error_code
    assert failed.details == job.error_details
    assert job.error_description in str(failed)
    assert f"job {job.id} (DicomModalityStore) failed" in str(failed)
    assert failed.content is not None
    assert failed.content["RemoteAet"] == "SILENT"
    assert failed.info == job.info
    with pytest.raises(JobFailed):
        job.result()
    assert job.wait_until_completion(raise_on_failure=False).state == "Failure"


def test_a_failure_can_be_pickled(newest: Orthanc) -> None:
    with blocked(newest) as job:
        pass
    with pytest.raises(JobFailed) as caught:
        job.wait_until_completion(timeout=30)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is JobFailed
    assert str(copy) == str(caught.value)
    assert (copy.job_id, copy.error_code, copy.details) == (job.id, 9, job.error_details)
    assert (copy.content, copy.info) == (caught.value.content, caught.value.info)


def test_a_job_that_works_without_a_result(client: Orthanc) -> None:
    """All instances fail, and it may go on nevertheless: the server calls that a success."""
    study = new(client).study
    job = study.modify_as_job(remove=["StudyInstanceUID"], force=True, permissive=True)
    info = job.wait_until_completion(timeout=30)
    assert info.state == "Success"
    if not client.supports("1.11.0"):  # which says that none has failed
        with pytest.raises(UnexpectedAnswer, match="all have failed nevertheless"):
            job.result()
        return
    with pytest.raises(JobFailed, match="has made nothing") as caught:
        job.result()
    assert (caught.value.job_id, caught.value.info) == (info.id, info)
    with pytest.raises(JobFailed, match="has made nothing"):
        Job(job.id, client).result()


def test_a_failed_modification_raises(client: Orthanc) -> None:
    tree = new(client)
    with pytest.raises((JobFailed, orthanc_sdk.BadRequest)):
        tree.study.modify(remove=["SeriesInstanceUID"], force=True)
    assert tree.study.exists()


def test_jobs_that_the_server_has_forgotten() -> None:
    """A success that nobody has seen is none."""
    with LocalOrthanc("1.13", config={"JobsHistorySize": 1}) as server:
        client = server.client
        job = new(client).patient.anonymize_as_job()
        for _ in range(3):
            new(client).patient.anonymize()
        for use in (lambda: job.state, job.wait_until_completion, job.result):
            with pytest.raises(NotFound) as caught:
                use()
            assert caught.value.__notes__ == [
                f"Whether job {job.id} has done its work is unknown: the server has forgotten it."
            ]


def test_an_unknown_job(client: Orthanc) -> None:
    job: Job = Job("4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f", client)
    for use in (lambda: job.state, lambda: job.content, job.wait_until_completion, job.output):
        with pytest.raises(NotFound):
            use()


# ---------------------------------------------------------------------------------------------------------------------
# Steering
# ---------------------------------------------------------------------------------------------------------------------


def test_cancel_and_resubmit(single: Orthanc) -> None:
    tree = new(single)
    with blocked(single):
        job = tree.patient.anonymize_as_job()
        job.cancel()
        assert job.wait_until_completion(timeout=30, raise_on_failure=False).state == "Failure"
        with pytest.raises(JobFailed) as caught:
            job.result()
        assert caught.value.error_code == orthanc_sdk.models.ErrorCode.CANCELED_JOB
        job.resubmit()
        assert job.state == "Pending"
    assert job.wait_until_completion(timeout=60).state == "Success"
    assert job.result().exists()


def test_a_job_may_be_deleted(newest: Orthanc) -> None:
    job = new(newest).patient.anonymize_as_job()
    job.wait_until_completion(timeout=30)
    job.delete()
    assert job.state == "Success"  # as it was seen
    with pytest.raises(NotFound):
        _ = Job(job.id, newest).state


# ---------------------------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(3))
def test_archives_as_jobs(client: Orthanc, level: int) -> None:
    tree = new(client, series=2, instances=2)
    resource = tree.each[level]
    count = 2 if level == 2 else 4
    job = resource.archive_as_job(priority=2)  # type: ignore[union-attr]  # no instance
    archive = job.result()
    assert job.type == "Archive"
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert files.testzip() is None
        assert len(files.namelist()) == count
    assert job.output() == archive
    media = resource.media_as_job(extended=True).result()  # type: ignore[union-attr]
    with zipfile.ZipFile(io.BytesIO(media)) as files:
        assert "DICOMDIR" in files.namelist()
        assert len(files.namelist()) == count + 1


def test_outputs_are_deleted(newest: Orthanc) -> None:
    job = new(newest).study.archive_as_job()
    assert job.result().startswith(b"PK")
    job.delete_output()
    with pytest.raises(NotFound):
        job.output()


def test_a_job_can_be_pickled(newest: Orthanc) -> None:
    tree = new(newest)
    for job in (tree.patient.anonymize_as_job(), tree.study.modify_as_job(replace={"StudyDescription": "x"})):
        copy = pickle.loads(pickle.dumps(job))
        assert copy == job
        assert copy.result() == job.result()
    archive = tree.study.archive_as_job()
    assert pickle.loads(pickle.dumps(archive)).result() == archive.result()
