"""A script in the mock, with a real Orthanc that answers its `RestApiGet` and the like."""

from __future__ import annotations

import json

import pytest

from orthanc_sdk import Orthanc, plugin
from orthanc_sdk.testing import PluginHost, make_instance, to_bytes

pytestmark = pytest.mark.slow


def test_the_server_answers(orthanc: Orthanc, plugin_host: PluginHost) -> None:
    plugin_host.client = orthanc
    dicom = to_bytes(make_instance(PatientID="P", AccessionNumber="ACC"))
    stored = json.loads(plugin.RestApiPost("/instances", dicom))
    assert json.loads(plugin.RestApiGet("/instances")) == [stored["ID"]]
    assert plugin.GetDicomForInstance(stored["ID"]) == dicom
    instance = plugin.LoadDicomInstance(stored["ID"], plugin.LoadDicomInstanceMode.WHOLE_DICOM)
    assert json.loads(instance.GetInstanceSimplifiedJson())["AccessionNumber"] == "ACC"
    study = orthanc.get_studies_id(stored["ParentStudy"])
    assert plugin.LookupPatient("P") == stored["ParentPatient"]
    assert plugin.LookupStudy(json.loads(instance.GetInstanceSimplifiedJson())["StudyInstanceUID"]) == study.id
    assert plugin.LookupStudyWithAccessionNumber("ACC") == study.id
    assert json.loads(plugin.RestApiPut(f"/instances/{stored['ID']}/metadata/1024", "note") or "{}") == {}
    assert plugin.RestApiGet(f"/instances/{stored['ID']}/metadata/1024") == b"note"
    plugin.RestApiDelete(f"/patients/{stored['ParentPatient']}")
    assert orthanc.get_instances() == []


def test_its_errors_are_those_of_the_module(orthanc: Orthanc, plugin_host: PluginHost) -> None:
    plugin_host.client = orthanc
    for call, args in (
        (lambda: plugin.RestApiGet("/nowhere"), (17, "Unknown resource")),
        (lambda: plugin.RestApiDelete("/nowhere"), (17, "Unknown resource")),
        (lambda: plugin.RestApiPost("/tools/find", "{"), (8, "Bad request")),
        (lambda: plugin.LookupStudy("1.2.3"), (-1, "Internal error")),
        (lambda: plugin.LookupStudyWithAccessionNumber("1.2.3"), (-1, "Internal error")),
    ):
        with pytest.raises(plugin.OrthancException) as caught:
            call()
        assert caught.value.args == args


def test_the_client_for_plugins_works_in_the_mock(orthanc: Orthanc, plugin_host: PluginHost) -> None:
    plugin_host.client = orthanc
    orthanc.post_instances(to_bytes(make_instance()))
    assert plugin.client().get_studies() == orthanc.get_studies()
    assert plugin.client().get_system().version == orthanc.get_system().version


def test_answers_of_the_test_come_first(orthanc: Orthanc, plugin_host: PluginHost) -> None:
    plugin_host.client = orthanc
    plugin_host.answer("GET", "/studies", ["mine"])
    assert json.loads(plugin.RestApiGet("/studies")) == ["mine"]
    assert json.loads(plugin.RestApiGet("/series")) == []
