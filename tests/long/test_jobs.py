"""Jobs whose server stops, is killed, or forgets them: a success is what the server says is one, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from orthanc_sdk import (
    Job,
    JobFailed,
    NotFound,
    OrthancConnectionError,
    Patient,
    Study,
    UnexpectedAnswer,
    find_patients,
    find_studies,
    upload,
)
from orthanc_sdk.testing import LocalOrthanc, make_studies, make_study
from tests.transfers.conftest import VERSIONS

JOBS = 4
INSTANCES = 40


def forgotten(job: Job[Study]) -> list[str]:
    """What the error says of a job that the server does not know any more."""
    return [f"Whether job {job.id} has done its work is unknown: the server has forgotten it."]


def submitted(server: LocalOrthanc) -> tuple[Study, Sequence[Job[Study]]]:
    """A study, and jobs that anonymize it, one after the other."""
    upload(server.client, make_study(instances=INSTANCES, rows=200, columns=200)).raise_for_failures()
    study = Study(server.client.get_studies()[0], server.client)
    return study, [study.anonymize_as_job() for _ in range(JOBS)]


@pytest.fixture(params=VERSIONS)
def saving(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """A server of each version that saves its jobs, as it does by default, and does one after the other."""
    with LocalOrthanc(request.param, config={"ConcurrentJobs": 1}) as server:
        yield server


@pytest.mark.slow
def test_jobs_live_through_a_restart(saving: LocalOrthanc) -> None:
    study, jobs = submitted(saving)
    ended = study.anonymize_as_job(priority=10)
    copy = ended.result()
    saving.restart()
    assert ended.result() == copy  # it was seen before
    for job in jobs:
        assert job.wait_until_completion(timeout=60).state == "Success"
        # It has done its work indeed, but Orthanc has lost what came of it: that is not "nothing".
        with pytest.raises(UnexpectedAnswer, match="does not tell what it has made: it was restarted meanwhile"):
            job.result()
    made = find_studies(saving.client)
    assert len(made) == 1 + 1 + JOBS
    assert {one.statistics.count_instances for one in made} == {INSTANCES}


@pytest.mark.slow
def test_jobs_of_a_server_that_is_killed(saving: LocalOrthanc) -> None:
    """Each is known, and ends well or not, or is not known; what was interrupted is no success."""
    _, jobs = submitted(saving)
    saving.kill()
    with pytest.raises(OrthancConnectionError) as lost:
        jobs[0].wait_until_completion()
    assert lost.value.__notes__ == [f"Job {jobs[0].id} may go on nevertheless; it can be waited for once more."]
    saving.start()
    succeeded = 0
    errors: list[JobFailed | NotFound] = []
    for job in jobs:
        try:
            succeeded += job.wait_until_completion(timeout=60).state == "Success"
        except (JobFailed, NotFound) as error:
            errors.append(error)
    assert succeeded + len(errors) == JOBS
    for problem in errors:
        if isinstance(problem, NotFound):
            assert "has done its work is unknown" in problem.__notes__[0]
        else:  # it was interrupted, and what it has made until then is left
            assert "no reason is given, as after a restart" in str(problem)
    counts = [one.statistics.count_instances for one in find_studies(saving.client)]
    # Orthanc 1.10 goes on with what was interrupted, and copies some instances once more.
    most = INSTANCES if saving.client.supports("1.12.0") else 2 * INSTANCES
    assert len([count for count in counts if INSTANCES <= count <= most]) >= 1 + succeeded


@pytest.mark.slow
@pytest.mark.parametrize("orderly", [True, False], ids=["stopped", "killed"])
def test_a_server_that_saves_no_jobs(orderly: bool) -> None:
    with LocalOrthanc("1.13", config={"ConcurrentJobs": 1, "SaveJobs": False}) as server:
        _, jobs = submitted(server)
        if not orderly:
            server.kill()
            server.start()
        else:
            server.restart()
        for job in jobs:
            with pytest.raises(NotFound) as caught:
                job.wait_until_completion()
            assert caught.value.__notes__ == forgotten(job)


@pytest.mark.slow
@pytest.mark.parametrize("patients", [40, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_a_history_that_is_too_short_for_all_the_jobs(patients: int) -> None:
    """Each call returns what it has made, or says that nobody knows; none returns what another one has made."""
    with LocalOrthanc("1.13", config={"JobsHistorySize": 1, "ConcurrentJobs": 4}) as server:
        client = server.client
        upload(client, make_studies(patients=patients, studies=1, series=1, instances=1)).raise_for_failures()

        notes: list[str] = []

        def anonymize(patient: Patient) -> Patient | None:
            try:
                return patient.anonymize()
            except NotFound as error:
                notes.extend(error.__notes__)
                return None

        sources = find_patients(client)
        assert len(sources) == patients
        with ThreadPoolExecutor(16) as pool:
            made = list(pool.map(anonymize, sources))
        assert all(source.exists() for source in sources)
        known = [(source, copy) for source, copy in zip(sources, made, strict=True) if copy is not None]
        assert all(copy.studies[0].metadata["AnonymizedFrom"] == source.studies[0].id for source, copy in known)
        unknown = patients - len(known)
        assert unknown > 0  # or there was nothing to be tested
        assert len([note for note in notes if "has done its work is unknown" in note]) == unknown
        assert patients + len(known) <= len(client.get_patients()) <= 2 * patients
    print(f"{patients} patients anonymized by 16 threads, one job in the history: {unknown} results unknown")
