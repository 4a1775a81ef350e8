"""A plugin script with this package, and its tests."""

from pathlib import Path
from types import ModuleType
from typing import Unpack, assert_type

from orthanc_sdk import plugin
from orthanc_sdk.testing import FindResult, HttpAnswer, MoveResult, PluginHost, Received


def answer(output: plugin.RestOutput, uri: str, **request: Unpack[plugin.RestRequest]) -> None:
    assert_type(request["method"], str)
    assert_type(request["groups"], tuple[str, ...])
    if "body" in request:
        assert_type(request["body"], bytes)
    output.AnswerBuffer(uri, "text/plain")


def is_allowed(uri: str, **request: Unpack[plugin.FilterRequest]) -> bool:
    assert_type(request["method"], plugin.HttpMethod)
    return request["method"] == plugin.HttpMethod.GET and uri != ""


def move(**request: Unpack[plugin.MoveRequest]) -> None:
    assert_type(request["Level"], str)
    assert_type(request["OriginatorID"], int)


def started(change_type: plugin.ChangeType, level: plugin.ResourceType, resource_id: str) -> None:
    plugin.LogWarning(f"{change_type} {level} {resource_id}")


def register() -> None:
    plugin.RegisterRestCallback("/my", answer)
    plugin.RegisterIncomingHttpRequestFilter(is_allowed)
    plugin.RegisterMoveCallback(move)
    plugin.RegisterOnChangeCallback(started)


def font_name(font: int) -> str:
    return f"font {font}"


def check(plugin_host: PluginHost, dicom: bytes) -> None:
    assert_type(plugin_host.load("script.py"), ModuleType)
    plugin_host.answer("GET", "/studies", ["a"])
    plugin_host.handlers["GetFontName"] = font_name
    assert_type(plugin_host.get("/my"), HttpAnswer)
    assert_type(plugin_host.post("/my", "body", headers={"X-A": "1"}).status, int)
    assert_type(plugin_host.is_allowed("GET", "/my"), bool)
    plugin_host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, "a")
    assert_type(plugin_host.receive(dicom, origin=plugin.InstanceOrigin.DICOM_PROTOCOL), Received)
    assert_type(plugin_host.worklist({"PatientID": "*"}), FindResult)
    assert_type(plugin_host.move(Level="STUDY", TargetAET="THERE"), MoveResult)
    assert_type([entry.message for entry in plugin_host.log], list[str])


def run(script: Path) -> HttpAnswer:
    with PluginHost(script, configuration={"Name": "here"}) as host:
        assert_type(host, PluginHost)
        try:
            return host.get("/my")
        except plugin.NotSetUp as error:
            raise AssertionError(error) from error
