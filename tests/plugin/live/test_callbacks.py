"""A plugin with callbacks of all kinds (`scripts/callbacks.py`), which use the client inside, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from orthanc_sdk import Forbidden, NotFound, Orthanc, find_studies
from orthanc_sdk.testing import LocalOrthanc, make_study
from tests.live.waiting import eventually
from tests.live.world import VERSIONS, Tree, new_study, upload
from tests.plugin.live.servers import with_script


@dataclass(frozen=True)
class Site:
    """A server with the plugin, and another one that asks it by DICOM."""

    server: LocalOrthanc
    caller: LocalOrthanc

    @property
    def client(self) -> Orthanc:
        return self.server.client

    def ask(self, path: str) -> object:
        """The answer of a route of the plugin."""
        answer: object = self.client.request("GET", path).json()
        return answer


@pytest.fixture(scope="module", params=VERSIONS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with ExitStack() as stack:
        server = with_script(request.param, "callbacks.py")
        caller = LocalOrthanc(
            request.param, dicom_aet="CALLER", config={"DicomModalities": {"plugin": server.modality_configuration()}}
        )
        yield Site(stack.enter_context(server), stack.enter_context(caller))


@pytest.fixture(scope="module")
def tree(site: Site) -> Tree:
    return upload(site.client, make_study(series=2, instances=2, seed="callbacks"))


def test_loading_is_too_early(site: Site) -> None:
    answer = site.ask("/start")
    assert isinstance(answer, dict)
    assert answer["too_early"].startswith("ServerError: GET /system: 500 Internal Server Error: ")
    assert "the script is still being loaded; the client works after ChangeType.ORTHANC_STARTED" in answer["too_early"]
    assert eventually(lambda: site.ask("/start")["started"]) == [site.server.version]  # type: ignore[index]  # see above


def test_rest(site: Site, tree: Tree) -> None:
    assert site.ask(f"/summary/{tree.study}") == {
        "patient": str(tree.datasets[0].PatientName),
        "date": "2024-01-15",
        "modalities": ["CT", "MR"],
        "found": [tree.study],
    }


def test_the_stack(site: Site, tree: Tree) -> None:
    """What the decorator is for: HTTP threads of these builds have hardly any, and pydicom needs more."""
    here = site.ask("/start")
    assert isinstance(here, dict)
    assert 0 < here["stack"] < 1_000_000
    assert site.ask(f"/roomy/{tree.study}") == {"stack": 8 * 1024 * 1024, "patient": str(tree.datasets[0].PatientName)}


def test_on_stored_instance(site: Site, tree: Tree) -> None:
    by_rest = eventually(lambda: site.client.get_instances_id_metadata_name(tree.instances[0], "1024"))
    assert by_rest == f"{tree.datasets[0].PatientID} by REST"
    sent = upload(site.caller.client, new_study())
    site.caller.client.post_modalities_id_store("plugin", sent.study)
    by_dicom = eventually(lambda: site.client.get_instances_id_metadata_name(sent.instances[0], "1024"))
    assert by_dicom == f"{sent.datasets[0].PatientID} by CALLER"


def test_storing_another_one(site: Site) -> None:
    """Orthanc has a lock while it calls back, which only the same thread passes: for uploads, that of HTTP."""
    study = upload(site.client, new_study(StudyDescription="store another one"))
    found = find_studies(site.client, query={"PatientID": study.datasets[0].PatientID})
    assert sorted(str(found.description) for found in found) == ["another one", "another one", "store another one"]


def test_on_change(site: Site, tree: Tree) -> None:
    def stable() -> str | None:
        try:
            return site.client.get_studies_id_metadata_name(tree.study, "1025")
        except NotFound:
            return None

    assert eventually(stable) == "True"


def test_http_filter(site: Site) -> None:
    study = upload(site.client, new_study(series=2))
    with pytest.raises(Forbidden):
        site.client.delete_studies_id(study.study)
    assert site.client.get_studies_id(study.study).id == study.study


def test_deletion_tells_what_is_left(site: Site) -> None:
    """Inside there is no filter; and Orthanc's own function would tell nothing."""
    study = upload(site.client, new_study())
    other = new_study(PatientID=study.datasets[0].PatientID, AccessionNumber="other", seed="other")
    left = upload(site.client, other)
    assert left.patient == study.patient
    assert site.ask(f"/delete/{study.study}") == "Patient"
    assert site.ask(f"/delete/{left.study}") is None
    assert left.patient not in site.client.get_patients()


def test_worklist(site: Site) -> None:
    ask = site.caller.client.post_modalities_id_find_worklist
    both = ask("plugin", {"PatientName": "", "PatientID": "", "ScheduledProcedureStepSequence": []})
    assert sorted(str(item["PatientName"]) for item in both) == ["Adams^Ann", "Berg^Ben"]
    assert {item["PatientID"] for item in both} == {"CALLER"}
    (one,) = ask("plugin", {"PatientName": "Berg*"})
    assert one["PatientName"] == "Berg^Ben"


def test_find(site: Site, tree: Tree) -> None:
    asked = {"PatientID": tree.datasets[0].PatientID, "StudyDescription": "", "StudyInstanceUID": ""}
    (study,) = site.caller.client.post_modalities_id_find_study("plugin", asked)
    assert study["StudyInstanceUID"] == tree.datasets[0].StudyInstanceUID
    assert study["StudyDescription"] == f"{tree.datasets[0].StudyDescription} for CALLER"


def test_threads(site: Site) -> None:
    assert site.ask("/threads") == [site.server.version] * 4


def test_upload_by_several_threads(site: Site) -> None:
    answer = site.ask("/upload")
    assert isinstance(answer, dict)
    assert answer["stored"] == 20
    expected = [dataset.SOPInstanceUID for dataset in make_study(series=2, instances=10, seed="inside")]
    stored = [site.client.post_tools_lookup(str(uid)) for uid in expected]
    assert all(len(found) == 1 for found in stored)


def test_a_job(site: Site, tree: Tree) -> None:
    """It is waited for inside a callback, while the files that it makes are announced to other callbacks."""
    answer = site.ask(f"/anonymize/{tree.study}")
    assert isinstance(answer, dict)
    study = site.client.get_studies_id(answer["id"])
    assert study.anonymized_from == tree.study
    assert study.patient_main_dicom_tags is not None
    assert study.patient_main_dicom_tags["PatientName"] == "Nobody"


def test_routes_of_plugins(site: Site) -> None:
    answer = site.ask("/of-plugins")
    assert answer == {"after_plugins": [site.server.version], "without": 404}
