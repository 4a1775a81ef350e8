"""The plugin `examples/plugin_autorouting.py`: its own unit tests, without Orthanc, and the same in a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from orthanc_sdk import Orthanc, plugin
from orthanc_sdk.testing import LocalOrthanc, PluginHost
from tests.live.waiting import eventually
from tests.live.world import new_study, upload

SCRIPT = Path(__file__).parents[2] / "examples" / "plugin_autorouting.py"

CT = {"Modality": "CT", "Label": "to-read", "Destination": "workstation"}
MR = {"Modality": "MR", "Label": "head"}


# ---------------------------------------------------------------------------------------------------------------------
# Without Orthanc
# ---------------------------------------------------------------------------------------------------------------------


def with_rules(*rules: Mapping[str, object]) -> PluginHost:
    return PluginHost(SCRIPT, configuration={"Autorouting": rules})


def answer_study(host: PluginHost, *modalities: str, is_stable: bool = True) -> None:
    """Orthanc has a study `abc` with these series."""
    study = {
        "ID": "abc",
        "Type": "Study",
        "IsStable": is_stable,
        "LastUpdate": "20261124T120000",
        "MainDicomTags": {"StudyDescription": "Head"},
        "PatientMainDicomTags": {},
        "ParentPatient": "patient",
        "Series": [f"series-{number}" for number, _ in enumerate(modalities)],
        "Labels": [],
    }
    series: list[dict[str, object]] = [
        {
            "ID": f"series-{number}",
            "Type": "Series",
            "IsStable": is_stable,
            "LastUpdate": "20261124T120000",
            "MainDicomTags": {"Modality": modality},
            "ParentStudy": "abc",
            "Instances": [],
            "ExpectedNumberOfInstances": None,
            "Status": "Unknown",
            "Labels": [],
        }
        for number, modality in enumerate(modalities)
    ]
    host.answer("GET", "/studies/abc", study)
    host.answer("GET", "/studies/abc/series", series)


def test_a_summary() -> None:
    with with_rules(CT, MR) as host:
        answer_study(host, "MR", "CT", "CT", "SR")
        assert host.get("/autorouting/studies/abc").json() == {
            "description": "Head",
            "modalities": ["CT", "MR", "SR"],
            "state": "complete",
            "labels": ["head", "to-read"],
            "destinations": ["workstation"],
        }
        answer_study(host, "SR", is_stable=False)
        arriving = host.get("/autorouting/studies/abc").json()
        assert (arriving["state"], arriving["labels"], arriving["destinations"]) == ("arriving", [], [])


def test_other_requests() -> None:
    with with_rules() as host:
        host.answer("GET", "/studies/nope", plugin.OrthancException(17, "Unknown resource"))
        assert host.get("/autorouting/studies/nope").status == 404
        refused = host.post("/autorouting/studies/abc")
        assert (refused.status, refused.headers["Allow"]) == (405, "GET")


def test_a_complete_study_is_labelled_and_sent() -> None:
    sent: list[dict[str, object]] = []
    labels: list[str] = []

    def store(body: bytes) -> object:
        sent.append(json.loads(body))
        return {"ID": "job", "Path": "/jobs/job"}

    def label(_body: bytes) -> object:
        labels.append("to-read")
        return b""

    with with_rules(CT, MR) as host:
        answer_study(host, "CT")
        host.answer("PUT", "/studies/abc/labels/to-read", label)
        host.answer("POST", "/modalities/workstation/store", store)
        host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, "abc")
        assert labels == ["to-read"]
        assert sent == [{"Resources": ["abc"], "Asynchronous": True}]
        host.change(plugin.ChangeType.NEW_STUDY, plugin.ResourceType.STUDY, "abc")
        assert len(sent) == 1
        assert not host.log


def test_a_destination_that_nobody_knows() -> None:
    with with_rules({"Modality": "CT", "Destination": "nobody"}) as host:
        answer_study(host, "CT")
        host.answer("POST", "/modalities/nobody/store", plugin.OrthancException(7, "Accessing an inexistent item"))
        host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, "abc")
        (entry,) = host.log
        assert "Autorouting of study abc: POST /modalities/{id}/store: 404" in entry.message


@pytest.mark.parametrize(
    ("rules", "message"),
    [([{"Label": "a"}], "Modality"), ([{"Modality": "CT", "Lable": "a"}], "Lable"), ({"Modality": "CT"}, "list")],
)
def test_wrong_rules(rules: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"(?s)Autorouting in the configuration: .*{message}"):
        PluginHost(SCRIPT, configuration={"Autorouting": rules}).__enter__()


# ---------------------------------------------------------------------------------------------------------------------
# The same in the mock, with the data of a real server, and as a plugin of that server
# ---------------------------------------------------------------------------------------------------------------------


class Site(Protocol):
    """Where the script runs."""

    client: Orthanc

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""

    def complete(self, study_id: str) -> None:
        """What Orthanc does when a study is complete."""


class InMock:
    def __init__(self, host: PluginHost, client: Orthanc) -> None:
        self.host = host
        self.client = client

    def get(self, path: str) -> tuple[int, bytes]:
        answer = self.host.get(path)
        return answer.status, answer.body

    def complete(self, study_id: str) -> None:
        eventually(lambda: self.client.get_studies_id(study_id).is_stable)
        self.host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, study_id)


class InOrthanc:
    def __init__(self, client: Orthanc) -> None:
        self.client = client

    def get(self, path: str) -> tuple[int, bytes]:
        answer = self.client.request("GET", path, raise_for_status=False)
        return answer.status_code, answer.content

    def complete(self, study_id: str) -> None:
        eventually(lambda: self.client.get_studies_id(study_id).is_stable)


@pytest.fixture(scope="module")
def workstation() -> Iterator[LocalOrthanc]:
    with LocalOrthanc("1.13", dicom_aet="WORKSTATION") as workstation:
        yield workstation


@pytest.fixture(scope="module", params=["mock", "1.12", "1.13"])
def site(request: pytest.FixtureRequest, workstation: LocalOrthanc) -> Iterator[Site]:
    modalities = {"DicomModalities": {"workstation": workstation.modality_configuration()}}
    with ExitStack() as stack:
        if request.param == "mock":
            server = stack.enter_context(LocalOrthanc("1.13", config=modalities))
            host = PluginHost(SCRIPT, client=server.client, configuration={"Autorouting": [CT, MR]})
            yield InMock(stack.enter_context(host), server.client)
        else:
            server = LocalOrthanc(
                request.param,
                config={**modalities, "Autorouting": [CT, MR]},
                python_script=SCRIPT,
                python_packages=["orthanc-sdk"],
            )
            yield InOrthanc(stack.enter_context(server).client)


@pytest.mark.slow
def test_it_runs(site: Site, workstation: LocalOrthanc) -> None:
    study = upload(site.client, new_study(series=2))  # CT and MR
    site.complete(study.study)
    eventually(lambda: sorted(site.client.get_studies_id_labels(study.study)) == ["head", "to-read"])
    eventually(lambda: study.study in workstation.client.get_studies())
    status, body = site.get(f"/autorouting/studies/{study.study}")
    assert status == 200
    assert json.loads(body) == {
        "description": study.datasets[0].StudyDescription,
        "modalities": ["CT", "MR"],
        "state": "complete",
        "labels": ["head", "to-read"],
        "destinations": ["workstation"],
    }
    other = upload(site.client, new_study(Modality="US"))
    site.complete(other.study)
    assert json.loads(site.get(f"/autorouting/studies/{other.study}")[1])["destinations"] == []
    assert site.client.get_studies_id_labels(other.study) == []
    assert site.get("/autorouting/studies/nope")[0] == 404
