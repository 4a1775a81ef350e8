"""The cases of /jobs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orthanc_sdk import BadRequest, NotFound, models
from orthanc_sdk.testing import LocalOrthanc
from tests.live.network import holds, silent_modality
from tests.live.registry import operation
from tests.live.waiting import ended, eventually, succeeded
from tests.live.world import World

UNKNOWN = "4b4ee33a-6d3d-4e4c-a7a5-1a2b3c4d5e6f"


def _archive(world: World) -> tuple[models.JobInfo, str]:
    """An archive that a job has made, and the identifier of what is in it."""
    tree = world.new_tree(instances=2)
    reference = world.client.post_tools_create_archive({"Resources": [tree.study], "Asynchronous": True})
    return succeeded(world.client, reference), tree.study


@contextmanager
def _waiting_job(world: World) -> Iterator[str]:
    """A job that cannot start: two others, as many as the server runs at a time, wait for a modality."""
    tree = world.new_tree()
    with silent_modality(world) as name:
        ids: list[str] = []
        for _ in range(3):
            answer = world.client.post_modalities_id_store(name, {"Resources": [tree.study], "Asynchronous": True})
            assert isinstance(answer, models.JobReference)
            ids.append(answer.id)
        eventually(lambda: [world.client.get_jobs_id(id_).state for id_ in ids] == ["Running", "Running", "Pending"])
        yield ids[2]
    eventually(lambda: all(world.client.get_jobs_id(id_).state == "Failure" for id_ in ids[:2]))


@operation("get_jobs")
def _(world: World) -> None:
    job, _ = _archive(world)
    assert job.id in world.client.get_jobs()
    assert job.id in world.client.get_jobs(expand=False)
    found = {other.id: other for other in world.client.get_jobs(expand=True)}
    assert set(found) == set(world.client.get_jobs())
    assert found[job.id].type == "Archive"
    assert found[job.id].content == job.content


@operation("get_jobs_id")
def _(world: World) -> None:
    before = world.client.get_tools_now()
    job, study = _archive(world)
    assert job.type == "Archive"
    assert job["Type"] == "Archive"
    assert isinstance(job.content, models.ArchiveContent)
    assert job.content.instances_count == job.content["InstancesCount"] == 2
    assert job.content.uncompressed_size == sum(
        world.client.get_instances_id(id_).file_size for id_ in _instances(world, study)
    )
    assert job.content.description == "REST API"
    assert job.completion_time is not None
    assert before <= job.creation_time <= job.completion_time <= job.timestamp
    assert 0 <= job.effective_runtime < 20  # in milliseconds: a small archive takes none
    assert job.error_description == "Success"
    assert (job.priority, job.error_details) == (0, "")
    assert (job.estimated_time_of_arrival, job.user_data) == (None, None)
    with pytest.raises(NotFound):
        world.client.get_jobs_id(UNKNOWN)

    request = models.StoreRequest(resources=[study], asynchronous=True, priority=-3, user_data={"ticket": [1, None]})
    stored = succeeded(world.client, world.client.post_modalities_id_store("partner", request))
    assert stored.priority == -3
    assert stored.user_data == ({"ticket": [1, None]} if world.at_least("1.12.9") else None)


def _instances(world: World, study: str) -> list[str]:
    return [instance.id for instance in world.client.get_studies_id_instances(study)]


@operation("get_jobs_id_key")
def _(world: World) -> None:
    job, study = _archive(world)
    content = world.client.get_jobs_id_key(job.id, "archive")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        sizes = sorted(info.file_size for info in archive.infolist())
    assert sizes == sorted(world.client.get_instances_id(id_).file_size for id_ in _instances(world, study))
    assert isinstance(job.content, models.ArchiveContent)
    assert job.content.archive_size == len(content)
    with pytest.raises(NotFound):
        world.client.get_jobs_id_key(job.id, "nonsense")
    _archive(world)
    with pytest.raises(NotFound):  # only the last one is kept
        world.client.get_jobs_id_key(job.id, "archive")
    assert world.client.get_jobs_id(job.id).state == "Success"


@operation("delete_jobs_id")
def _(world: World) -> None:
    job, _ = _archive(world)
    world.client.delete_jobs_id(job.id)
    assert job.id not in world.client.get_jobs()
    with pytest.raises(NotFound):
        world.client.get_jobs_id(job.id)
    with pytest.raises(NotFound):
        world.client.delete_jobs_id(job.id)


@operation("delete_jobs_id_key")
def _(world: World) -> None:
    job, _ = _archive(world)
    assert world.client.get_jobs_id_key(job.id, "archive").startswith(b"PK")
    world.client.delete_jobs_id_key(job.id, "archive")
    with pytest.raises(NotFound):
        world.client.get_jobs_id_key(job.id, "archive")
    with pytest.raises(NotFound):
        world.client.delete_jobs_id_key(job.id, "archive")
    assert world.client.get_jobs_id(job.id).state == "Success"


@operation("post_jobs_id_cancel")
def _(world: World) -> None:
    with _waiting_job(world) as id_:
        world.client.post_jobs_id_cancel(id_)
        job = world.client.get_jobs_id(id_)
        assert (job.state, job.error_code, job.error_description) == ("Failure", 37, "This job was canceled")
        assert job.completion_time is not None
    done, _ = _archive(world)
    world.client.post_jobs_id_cancel(done.id)
    assert world.client.get_jobs_id(done.id).state == "Success"
    with pytest.raises(BadRequest):
        world.client.post_jobs_id_cancel(UNKNOWN)


@operation("post_jobs_id_pause")
def _(world: World) -> None:
    with _waiting_job(world) as id_:
        world.client.post_jobs_id_pause(id_)
        job = world.client.get_jobs_id(id_)
        assert (job.state, job.error_code, job.completion_time) == ("Paused", 0, None)
    assert world.client.get_jobs_id(id_).state == "Paused"
    world.client.post_jobs_id_cancel(id_)
    assert world.client.get_jobs_id(id_).state == "Failure"
    with pytest.raises(BadRequest):
        world.client.post_jobs_id_pause(UNKNOWN)


@operation("post_jobs_id_resume")
def _(world: World) -> None:
    with _waiting_job(world) as id_:
        world.client.post_jobs_id_pause(id_)
        assert world.client.get_jobs_id(id_).state == "Paused"
        world.client.post_jobs_id_resume(id_)
        assert world.client.get_jobs_id(id_).state == "Pending"
        with pytest.raises(BadRequest):
            world.client.post_jobs_id_resume(id_)
    job = eventually(lambda: _if_failed(world, id_))
    assert (job.error_code, job.error_description) == (9, "Error in the network protocol")


def _if_failed(world: World, id_: str) -> models.JobInfo | None:
    job = world.client.get_jobs_id(id_)
    return job if job.state == "Failure" else None


@operation("post_jobs_id_resubmit")
def _(world: World) -> None:
    tree = world.new_tree()
    late = LocalOrthanc(world.version, dicom_aet="LATE")
    world.client.put_modalities_id("late", dict(late.modality_configuration()))
    answer = world.client.post_modalities_id_store("late", {"Resources": [tree.study], "Asynchronous": True})
    failed = ended(world.client, answer)
    assert (failed.state, failed.error_code) == ("Failure", 9)
    assert "TCP Initialization Error" in failed.error_details
    with _waiting_job(world):
        world.client.post_jobs_id_resubmit(failed.id)
        waiting = world.client.get_jobs_id(failed.id)
        # The old failure is there until the job runs again.
        assert (waiting.state, waiting.error_code, waiting.error_details) == ("Pending", 9, failed.error_details)
        world.client.post_jobs_id_cancel(failed.id)
        assert world.client.get_jobs_id(failed.id).error_code == 37
    with late:
        world.client.post_jobs_id_resubmit(failed.id)
        again = succeeded(world.client, answer)
        assert again.creation_time == failed.creation_time
        assert (again.error_description, again.error_details) == ("Success", "")
        assert holds(late.client, tree)
    with pytest.raises(BadRequest):
        world.client.post_jobs_id_resubmit(failed.id)
    world.client.delete_modalities_id("late")
