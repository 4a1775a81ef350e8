"""A loop over a large server reads each resource once, whatever its size, and whatever happens to it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
import requests

from orthanc_sdk import Orthanc, find_instances, find_patients, find_series, find_studies, iter_instances, iter_patients
from orthanc_sdk.testing import make_instance
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, put

PATIENTS = 400


@dataclass
class Traffic:
    """The requests that were sent, and how many resources their answers described."""

    requests: list[str] = field(default_factory=list)
    described: int = 0


@contextmanager
def watched(client: Orthanc) -> Iterator[Traffic]:
    """Watches what a client asks for, and what it gets."""
    traffic = Traffic()
    send = client.session.send

    def watching(request: requests.PreparedRequest, **arguments: object) -> requests.Response:
        response = send(request, **arguments)
        traffic.requests.append(f"{request.method} {request.path_url}")
        found = json.loads(response.content) if response.ok and response.content[:1] == b"[" else []
        traffic.described += len(found)
        return response

    with patch.object(client.session, "send", watching):
        yield traffic


def fill_in_any_order(client: Orthanc, patients: int) -> int:
    """Patients with one or two studies of one or two series, stored in no particular order; how many instances."""
    count = 0
    for number in range(patients):
        name = number * 7919 % patients  # not in the order of their names
        for study in range(1 + name % 2):
            for series in range(1 + name % 3 % 2):
                uid = f"1.2.3.{name}.{study + 1}"
                put(
                    client,
                    make_instance(
                        PatientID=f"patient {name}",
                        StudyInstanceUID=uid,
                        SeriesInstanceUID=f"{uid}.{series + 1}",
                        SOPInstanceUID=f"{uid}.{series + 1}.1",
                    ),
                )
                count += 1
    return count


@pytest.fixture(scope="module")
def large(start: Start) -> dict[str, tuple[Orthanc, int]]:
    """Servers with some hundred patients; nobody changes them."""
    found: dict[str, tuple[Orthanc, int]] = {}
    for version in VERSIONS:
        client = start(version, {"Name": "large"})
        found[version] = client, fill_in_any_order(client, PATIENTS)
    return found


def all_of(client: Orthanc) -> int:
    """How many resources there are, of all levels."""
    counts = client.get_statistics()
    return counts.count_patients + counts.count_studies + counts.count_series + counts.count_instances


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("prefetch", [None, "instances"])
def test_each_resource_is_described_once(
    version: str, prefetch: str | None, large: dict[str, tuple[Orthanc, int]]
) -> None:
    client, count = large[version]
    with watched(client) as traffic:
        found = [
            instance.uid
            for patient in iter_patients(client, prefetch=prefetch)  # type: ignore[arg-type]
            for study in patient.studies
            for series in study.series
            for instance in series.instances
        ]
    assert len(found) == len(set(found)) == count
    assert traffic.described <= 1.05 * all_of(client)
    # By searches for many at once: what describes them one by one costs more on a larger server.
    assert [sent for sent in traffic.requests if "/tools/find" not in sent] == []
    assert len(traffic.requests) <= (20 if prefetch is None else 12)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "query", [{"PatientID": "patient 1*"}, {"StudyDescription": "*"}, {"StudyDate": "19000101-20991231"}]
)
def test_filtered_listings(version: str, query: dict[str, str], large: dict[str, tuple[Orthanc, int]]) -> None:
    client, _ = large[version]
    wanted = find_instances(client, query=query)
    assert len(wanted) > 50
    with watched(client) as traffic:
        studies = find_studies(client, query=query)
        found = [instance for study in studies for series in study.series for instance in series.instances]
    assert sorted(one.id for one in found) == sorted(one.id for one in wanted)
    assert [sent for sent in traffic.requests if "/tools/find" not in sent] == []
    assert len(traffic.requests) <= 18


@pytest.mark.parametrize("version", VERSIONS)
def test_loops_that_begin_at_series_or_leave_something_out(version: str, large: dict[str, tuple[Orthanc, int]]) -> None:
    client, count = large[version]
    with watched(client) as traffic:
        found = [instance.uid for series in find_series(client) for instance in series.instances]
    assert len(found) == len(set(found)) == count
    assert len(traffic.requests) <= 10
    with watched(client) as traffic:
        some = find_patients(client)[::3]
        uids = [study.uid for patient in some for study in patient.studies]
        series = [one.uid for patient in some for study in patient.studies[:1] for one in study.series]
    assert {uid.split(".")[3] for uid in uids if uid} == {str(one.patient_id).split()[1] for one in some}
    assert len(series) == len(set(series)) >= len(some)
    assert [sent for sent in traffic.requests if "/tools/find" not in sent] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_way_up(version: str, large: dict[str, tuple[Orthanc, int]]) -> None:
    client, count = large[version]
    with watched(client) as traffic:
        found = {
            (instance.uid, instance.series.uid, instance.study.uid, instance.patient.patient_id)
            for instance in iter_instances(client)
        }
    assert len(found) == count
    assert all(
        uid.startswith(str(series)) and str(series).startswith(str(study)) for uid, series, study, _ in found if uid
    )
    if version != "1.10":  # which has no requested tags, and describes fast
        assert [sent for sent in traffic.requests if sent.startswith("POST") and "/tools/find" not in sent] == []
        assert len(traffic.requests) <= 40


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("prefetch", [None, "instances"])
def test_what_is_changed_meanwhile(version: str, prefetch: str | None, start: Start) -> None:
    """What was there all the time comes once; what is new may come, what is gone may not come any more."""
    client = start(version, {"Name": f"changing {prefetch}"})
    fill_in_any_order(client, 60)
    before = {str(instance.uid) for instance in find_instances(client)}
    gone, new = set[str](), set[str]()
    found: list[str] = []
    for number, patient in enumerate(iter_patients(client, page_size=10, prefetch=prefetch)):  # type: ignore[arg-type]
        if number % 9 == 4:
            victim = str(sorted(before - gone - set(found))[number % 5 - 5])
            (instance,) = find_instances(client, query={"SOPInstanceUID": victim})
            instance.delete()
            gone.add(victim)
        if number % 9 == 7:
            uid = f"1.2.3.9{number}"
            put(
                client,
                make_instance(
                    PatientID=f"patient {number * 5 % 60}",
                    StudyInstanceUID=uid,
                    SeriesInstanceUID=f"{uid}.1",
                    SOPInstanceUID=f"{uid}.1.1",
                ),
            )
            new.add(f"{uid}.1.1")
        if number % 9 == 2 and version != "1.10":
            patient.add_label("seen")
        try:
            found += [str(one.uid) for study in patient.studies for series in study.series for one in series.instances]
        except LookupError:
            pytest.fail("a patient that was there is lost")
    assert len(gone) >= 6 <= len(new)
    assert len(found) == len(set(found))
    assert before - gone <= set(found) <= before | new


def test_a_database_that_cannot_sort(start: Start) -> None:
    """As some databases answer; it is found out once."""
    client = start("1.13", {"Name": "no order"})
    count = fill_in_any_order(client, 30)
    send = client.session.send
    refused: list[bytes] = []

    def answer(request: requests.PreparedRequest, **arguments: object) -> requests.Response:
        if isinstance(request.body, bytes) and b"OrderBy" in request.body:
            refused.append(request.body)
            response = requests.Response()
            response.status_code = 500
            response.request = request
            response.url = str(request.url)
            response._content = json.dumps({"OrthancStatus": 2, "OrthancError": "Not implemented yet"}).encode()
            return response
        return send(request, **arguments)

    with Orthanc(client.url, auth=client.transport.options.auth) as fresh, patch.object(fresh.session, "send", answer):
        found = [
            instance.uid
            for patient in find_patients(fresh)
            for study in patient.studies
            for series in study.series
            for instance in series.instances
        ]
    assert len(found) == len(set(found)) == count
    assert len(refused) == 1


def test_results_are_sorted_where_the_server_can_sort(large: dict[str, tuple[Orthanc, int]]) -> None:
    client, _ = large["1.13"]
    identifiers = [patient.patient_id or "" for patient in find_patients(client, page_size=100)]
    assert identifiers == sorted(identifiers)
    assert len(identifiers) == PATIENTS
    uids = [study.uid or "" for study in find_studies(client, limit=50)]
    assert uids == sorted(uids)
    assert [study.uid for study in find_studies(client, limit=20, since=30)] == uids[30:]


def test_an_instance_in_the_middle(large: dict[str, tuple[Orthanc, int]]) -> None:
    """A loop over a part of what was found: what is in between was not read."""
    client, _ = large["1.13"]
    patients = find_patients(client)
    for patient in (patients[200], patients[201], patients[100], patients[399]):
        (identifier,) = {study.patient.patient_id for study in patient.studies}
        assert identifier == patient.patient_id
        for study in patient.studies:
            assert [series.study for series in study.series] == [study] * len(study.series) != []
