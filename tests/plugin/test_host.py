"""`PluginHost`: what a plugin author tests scripts with."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orthanc_sdk import plugin
from orthanc_sdk.testing import (
    CallbackNotRegistered,
    NoHttpAnswer,
    PluginHost,
    make_instance,
    to_bytes,
)

SCRIPTS = Path(__file__).parent / "scripts"
NotSetUp = plugin.NotSetUp


@pytest.fixture
def host() -> Iterator[PluginHost]:
    with PluginHost(SCRIPTS / "archive.py") as host:
        yield host


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a script; its first lines are there."""

    def write(text: str, name: str = "script.py") -> Path:
        file = tmp_path / name
        file.write_text(f"import json\nimport orthanc\nfrom orthanc_sdk import plugin\n{text}", encoding="utf-8")
        return file

    return write


REST = """
def answer(output, uri, **request):
    {body}
orthanc.RegisterRestCallback("/my/(.*)", answer)
"""


# ---------------------------------------------------------------------------------------------------------------------
# Loading
# ---------------------------------------------------------------------------------------------------------------------


def test_both_spellings_are_the_same_mock(plugin_host: PluginHost, write: Write) -> None:
    script = plugin_host.load(write("SAME = plugin.RestApiGet is orthanc.RestApiGet\nimport helper", "my_plugin.py")
                              if (write("NAME = 'helper'", "helper.py")) else Path())  # fmt: skip
    assert script.SAME is True
    assert script.helper.NAME == "helper"
    assert sys.modules["my_plugin"] is script


def test_nothing_is_left_behind(write: Write) -> None:
    paths, modules = list(sys.path), set(sys.modules)
    write("NAME = 'helper'", "helper.py")
    with PluginHost(write("import helper\northanc.RegisterOnChangeCallback(print)", "my_plugin.py")) as host:
        assert "orthanc" in sys.modules
        assert len(host.registrations) == 1
    assert sys.path == paths
    assert not {"orthanc", "my_plugin", "helper"} & (set(sys.modules) - modules)
    with PluginHost() as host:
        assert host.registrations == ()


def test_scripts_can_be_imported_without_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the functions in them; a host loads them anew."""
    monkeypatch.syspath_prepend(tmp_path)
    text = "from orthanc_sdk import plugin\ndef twice(x): return 2 * x\nplugin.RegisterOnChangeCallback(print)\n"
    for name in ("first_plugin", "second_plugin"):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        module = importlib.import_module(name)
        monkeypatch.delitem(sys.modules, name, raising=False)
        assert module.twice(2) == 4
    monkeypatch.setitem(sys.modules, "second_plugin", module)
    with PluginHost() as host:
        assert not host.registrations
        assert host.load(module) is module
        assert [str(one) for one in host.registrations] == ["RegisterOnChangeCallback(print)"]


def test_a_script_that_fails(write: Write) -> None:
    with pytest.raises(KeyError), PluginHost(write("{}['x']")):
        pass
    assert "orthanc" not in sys.modules
    with pytest.raises(FileNotFoundError, match="there is no plugin script"), PluginHost("nowhere.py"):
        pass
    with pytest.raises(RuntimeError, match="not running"):
        PluginHost().get("/")


def test_the_database_cannot_be_used_while_a_script_is_loaded(plugin_host: PluginHost, write: Write) -> None:
    plugin_host.answer("GET", "/studies", [])
    with pytest.raises(plugin.OrthancException) as caught:
        plugin_host.load(write("orthanc.RestApiGet('/studies')"))
    assert caught.value.args == (2038, "Plugin trying to call the database during its initialization")
    assert plugin.RestApiGet("/studies") == b"[]"


def test_hosts_in_hosts_know_nothing_of_each_other(write: Write) -> None:
    script = write("orthanc.RegisterOnChangeCallback(print)")
    with PluginHost(script) as outer:
        with PluginHost(script) as inner:
            plugin.LogInfo("inside")
        plugin.LogInfo("outside")
    assert [entry.message for entry in inner.log] == ["inside"]
    assert [entry.message for entry in outer.log] == ["outside"]


# ---------------------------------------------------------------------------------------------------------------------
# What the mock cannot know
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: plugin.RestApiGet("/system"), r"RestApiGet\('/system'\).*host\.answer\('GET', '/system'.*client"),
        (lambda: plugin.RestApiPost("/tools/find", "{}"), r"host\.handlers\['RestApiPost'\]"),
        (lambda: plugin.GetConfiguration(), r"PluginHost\(configuration="),
        (lambda: plugin.GetPeers(), r"OrthancPeers"),
        (lambda: plugin.HttpGet("http://a", "", ""), r'host\.handlers\["HttpGet"\] = lambda a, b, c: \.\.\.'),
        (lambda: plugin.GetFontName(0), r'host\.handlers\["GetFontName"\]'),
        (lambda: plugin.GetErrorDescription(plugin.ErrorCode.NOT_ENOUGH_MEMORY), r"ErrorCode\.NOT_ENOUGH_MEMORY"),
        (
            lambda: plugin.CreateImage(plugin.PixelFormat.RGB24, 1, 1).DrawText(0, "a", 0, 0, 0, 0, 0),
            r"Image\.DrawText",
        ),
    ],
)
@pytest.mark.usefixtures("plugin_host")
def test_it_says_so_and_how_to_answer(call: Callable[[], object], advice: str) -> None:
    with pytest.raises(NotSetUp, match=advice):
        call()


@pytest.mark.usefixtures("plugin_host")
def test_every_function_answers_or_says_that_it_cannot() -> None:
    """There is no third way: no function of the mock is without effect and without an error."""
    from orthanc_sdk.plugin import module_contents
    from orthanc_sdk.plugin.mock.registry import IMPLEMENTATIONS

    without = [name for name in module_contents.FUNCTIONS if name not in IMPLEMENTATIONS]
    assert 15 < len(without) < 40
    values: dict[str, Any] = {"str": "a", "Buffer": b"a", "FilledBuffer": b"a", "float": 1.0}
    for name in without:
        arguments = [
            None if " | None" in type_ else values.get(type_, 0) for type_ in module_contents.FUNCTIONS[name][0]
        ]
        with pytest.raises(NotSetUp, match=rf"^{name}\("):
            getattr(plugin, name)(*arguments)


def test_it_reaches_the_test_even_if_the_script_catches_it(plugin_host: PluginHost, write: Write) -> None:
    body = "try: orthanc.RestApiGet('/a')\n    except Exception: output.AnswerBuffer('', 'text/plain')"
    plugin_host.load(write(REST.format(body=body)))
    with pytest.raises(NotSetUp, match="/a"):
        plugin_host.get("/my/x")
    plugin_host.answer("GET", "/a", "")
    with pytest.raises(NoHttpAnswer, match="has not answered"):
        plugin_host.get("/my/x")


# ---------------------------------------------------------------------------------------------------------------------
# Answers
# ---------------------------------------------------------------------------------------------------------------------


def test_answers(plugin_host: PluginHost) -> None:
    bodies: list[bytes] = []

    def answer(body: bytes) -> list[int]:
        bodies.append(body)
        return [1]

    plugin_host.answer("GET", "/studies?expand", [{"ID": "é"}])
    plugin_host.answer("GET", "/a", b"bytes")
    plugin_host.answer("POST", "/tools/find", answer)
    plugin_host.answer("DELETE", "/a", None)
    plugin_host.answer("GET", "/b", plugin.OrthancException(17, "Unknown resource"))
    plugin_host.answer("GET", "/c", None)
    assert plugin.RestApiGet("/studies?expand") == b'[{"ID": "\\u00e9"}]'
    assert plugin.RestApiGet("/a") == b"bytes"
    assert plugin.RestApiPost("/tools/find", '{"Level": "Study"}') == b"[1]"
    assert bodies == [b'{"Level": "Study"}']
    assert plugin.RestApiDelete("/a") is None  # type: ignore[func-returns-value]  # that is the test
    with pytest.raises(plugin.OrthancException) as caught:
        plugin.RestApiGet("/b")
    assert caught.value.args == (17, "Unknown resource")
    with pytest.raises(TypeError, match="GET /c has returned None"):
        plugin.RestApiGet("/c")
    with pytest.raises(ValueError, match="not a request of a script: PATCH /a"):
        plugin_host.answer("PATCH", "/a", "")
    with pytest.raises(NotSetUp, match=r"Answers that are set: GET /studies\?expand, GET /a,"):
        plugin.RestApiGet("/studies")


def test_handlers(plugin_host: PluginHost) -> None:
    plugin_host.handlers["RestApiGet"] = lambda uri: {"asked": uri}
    plugin_host.handlers["GetFontName"] = lambda font: f"font {font}"
    plugin_host.handlers["Image.DrawText"] = lambda image, *text: drawn.append((image.GetImageWidth(), text))
    plugin_host.handlers["ComputeMd5"] = lambda _: 5
    drawn: list[tuple[int, tuple[object, ...]]] = []
    assert plugin.RestApiGet("/a") == b'{"asked": "/a"}'
    assert plugin.GetFontName(3) == "font 3"
    plugin.CreateImage(plugin.PixelFormat.RGB24, 2, 1).DrawText(0, "a", 1, 2, 3, 4, 5)
    assert drawn == [(2, (0, "a", 1, 2, 3, 4, 5))]
    plugin_host.handlers["RestApiDelete"] = lambda uri: f"what is returned for {uri} is ignored"
    assert plugin.RestApiDelete("/a") is None  # type: ignore[func-returns-value]  # that is the test
    with pytest.raises(TypeError, match="the handler of ComputeMd5 has returned 5, but the function returns str"):
        plugin.ComputeMd5(b"")
    with pytest.raises(TypeError, match="Bad types"):  # a handler does not change what the function takes
        plugin.GetFontName("3")  # type: ignore[arg-type]  # that is the test


def test_configuration_and_peers() -> None:
    peers = {"b": {"Url": "http://b/", "Note": "x", "Password": "p"}, "a": ["http://a/", "user", "password"]}
    with PluginHost(configuration={"Name": "here", "OrthancPeers": peers}):
        assert '"Name": "here"' in plugin.GetConfiguration()
        found = plugin.GetPeers()
        assert [(found.GetPeerName(index), found.GetPeerUrl(index)) for index in range(found.GetPeersCount())] == [
            ("a", "http://a/"), ("b", "http://b/"),
        ]  # fmt: skip
        assert found.GetPeerUserProperty(1, "Note") == "x"
        assert found.GetPeerUserProperty(1, "Password") is None
        assert found.GetPeerName(2) is None


# ---------------------------------------------------------------------------------------------------------------------
# HTTP
# ---------------------------------------------------------------------------------------------------------------------


def test_a_route(plugin_host: PluginHost, write: Write) -> None:
    body = """request["body"] = request.get("body", b"").decode()
    output.AnswerBuffer(json.dumps([uri, request]), "application/json")"""
    plugin_host.load(write(REST.format(body=body)))
    answer = plugin_host.post("/my/a?b=1", "é", headers={"X-A": "b"})
    assert (answer.status, answer.headers["content-type"], answer.error) == (200, "application/json", None)
    assert answer.json() == [
        "/my/a", {"method": "POST", "groups": ["a"], "headers": {"x-a": "b"}, "body": "é"},
    ]  # fmt: skip
    assert plugin_host.get("/my/a?b=1&b=2").json()[1]["get"] == {"b": "2"}
    assert plugin_host.get("/other").status == 404
    assert plugin_host.delete("/my/a").json()[1]["method"] == "DELETE"
    assert plugin_host.put("/my/a", b"x").json()[1]["body"] == "x"
    with pytest.raises(ValueError, match="does not pass PATCH requests to scripts"):
        plugin_host.request("PATCH", "/my/a")


def test_an_exception_is_a_status_and_can_be_seen(plugin_host: PluginHost, write: Write) -> None:
    plugin_host.load(write(REST.format(body="raise KeyError('x')")))
    answer = plugin_host.get("/my/a")
    assert answer.status == 500
    assert answer.json()["OrthancStatus"] == 1
    assert "KeyError" not in answer.text
    assert isinstance(answer.error, KeyError)
    with pytest.raises(KeyError):
        answer.raise_error()
    assert "KeyError: 'x'" in plugin_host.log[-1].message


def test_an_output_is_valid_during_its_callback_only(plugin_host: PluginHost, write: Write) -> None:
    script = plugin_host.load(
        write(f"KEPT = []\n{REST.format(body='KEPT.append(output); output.SendHttpStatusCode(204)')}")
    )
    assert plugin_host.get("/my/a").status == 204
    with pytest.raises(RuntimeError, match="RestOutput was valid during its callback only"):
        script.KEPT[0].AnswerBuffer("", "text/plain")


def test_a_regular_expression_that_is_none(plugin_host: PluginHost, write: Write) -> None:
    with pytest.raises(ValueError, match="'/my/\\(' is not a regular expression, which terminates Orthanc"):
        plugin_host.load(write("orthanc.RegisterRestCallback('/my/(', print)"))


def test_a_filter(plugin_host: PluginHost, write: Write) -> None:
    text = """
def is_allowed(uri, **request):
    if uri == "/my/number":
        return request["method"]
    return uri != "/my/secret" or request["ip"] == "10.0.0.1" or "authorization" in request["headers"]
orthanc.RegisterIncomingHttpRequestFilter(is_allowed)
"""
    plugin_host.load(write(text + REST.format(body="output.AnswerBuffer('in', 'text/plain')")))
    assert plugin_host.is_allowed("GET", "/my/open")
    assert not plugin_host.is_allowed("POST", "/my/secret")
    assert plugin_host.is_allowed("GET", "/my/secret", ip="10.0.0.1")
    assert plugin_host.is_allowed("GET", "/my/secret", headers={"Authorization": "x"})
    assert plugin_host.get("/my/secret").status == 403
    assert plugin_host.get("/my/secret", ip="10.0.0.1").text == "in"
    with pytest.raises(TypeError, match=r"must return True or False, but has returned 1: that is status 500"):
        plugin_host.is_allowed("GET", "/my/number")
    answer = plugin_host.get("/my/number")
    assert (answer.status, type(answer.error)) == (500, TypeError)


def test_a_png(plugin_host: PluginHost, write: Write) -> None:
    body = "output.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE8, 2, 2, 2, b'abcd')"
    plugin_host.load(write(REST.format(body=body)))
    answer = plugin_host.get("/my/png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")


# ---------------------------------------------------------------------------------------------------------------------
# Callbacks
# ---------------------------------------------------------------------------------------------------------------------


def test_changes(host: PluginHost) -> None:
    host.answer("GET", "/studies/a", {"MainDicomTags": {"StudyInstanceUID": "1.2.3"}})
    host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, "a")
    host.change(plugin.ChangeType.ORTHANC_STARTED)
    assert host.queue("stable") == (b"1.2.3",)
    assert host.callbacks("RegisterOnChangeCallback")[0].__globals__["CHANGES"] == [(9, 1, "a"), (10, 4, "")]
    with pytest.raises(NotSetUp, match="/studies/b"):
        host.change(plugin.ChangeType.STABLE_STUDY, plugin.ResourceType.STUDY, "b")


def test_arrivals(host: PluginHost) -> None:
    dataset = make_instance(PatientID="A")
    received = host.receive(dataset, metadata={"Note": "n"})
    assert received.is_stored
    assert received.dimse_status == 0
    assert host.log[-1].message == f"{received.instance_id} 3 {len(received.dicom)} n"
    changed = host.receive(to_bytes(make_instance(PatientID="CHANGE")))
    assert changed.is_stored
    assert b"OTHERS" in changed.dicom
    assert b"CHANGE" not in changed.dicom
    discarded = host.receive(make_instance(PatientID="DISCARD"))
    assert (discarded.is_stored, discarded.instance_id) == (False, None)
    with pytest.raises(TypeError, match=r"must return \(ReceivedInstanceAction.MODIFY, the new file\).*\(2, None\)"):
        host.receive(make_instance(PatientID="WRONG"))
    refused = host.receive(dataset, origin=plugin.InstanceOrigin.DICOM_PROTOCOL, remote_aet="STRANGER")
    assert (refused.is_stored, refused.dimse_status) == (False, 0xA700)
    assert host.receive(dataset, remote_aet="STRANGER").is_stored  # over HTTP there is no filter


def test_an_instance_is_valid_during_its_callback_only(host: PluginHost) -> None:
    host.receive(make_instance(PatientID="A"))
    kept = host.callbacks("RegisterOnStoredInstanceCallback")[0].__globals__["KEPT"]
    with pytest.raises(RuntimeError, match="DicomInstance was valid during its callback only"):
        kept[0].GetInstanceSize()


def test_worklists_and_queries(host: PluginHost) -> None:
    found = host.worklist({"PatientID": "", "PatientName": "doe^ja*"}, remote_aet="CT")
    assert [dataset.PatientID for dataset in found.datasets] == ["A1"]
    assert found.is_complete
    assert host.log[-1].message == "CT at 127.0.0.1"
    assert len(host.worklist({"PatientName": "DOE*"}).answers) == 2
    assert len(host.worklist({"PatientName": "X"}).answers) == 0
    found = host.find({"PatientID": "A*", "StudyDescription": ""}, called_aet="HERE")
    assert not found.is_complete
    assert found.datasets[0].PatientID == "A*"
    assert found.datasets[0].RetrieveAETitle == "HERE"


def test_moves(host: PluginHost) -> None:
    moved = host.move(Level="STUDY", StudyInstanceUID="1.2", TargetAET="THERE", OriginatorAET="ME")
    assert moved.steps == 2
    driver: Any = moved.result
    assert (driver.sent, driver.is_over) == (["1.2", "THERE"], True)


def test_a_move_at_once(plugin_host: PluginHost, write: Write) -> None:
    plugin_host.load(write("orthanc.RegisterMoveCallback(lambda **request: request)"))
    request: Any = plugin_host.move(Level="STUDY").result
    assert request["Level"] == "STUDY"
    assert request["PatientID"] == ""
    assert request["OriginatorID"] == 0
    assert set(request) == set(plugin.MoveRequest.__annotations__)


def test_storage_commitment(host: PluginHost) -> None:
    assert host.storage_commitment([("1.1", "1.2.3"), ("1.1", "1.2.4")]) == [0, 2]


def test_a_callback_that_is_not_registered(plugin_host: PluginHost, write: Write) -> None:
    with pytest.raises(CallbackNotRegistered, match="it has registered nothing"):
        plugin_host.change(plugin.ChangeType.NEW_STUDY)
    plugin_host.load(write(REST.format(body="pass")))
    with pytest.raises(CallbackNotRegistered, match=r"RegisterFindCallback or RegisterFindCallback2; .*Rest.*'/my/"):
        plugin_host.find({"PatientID": "A"})
    with pytest.raises(CallbackNotRegistered, match="RegisterReceivedInstanceCallback"):
        plugin_host.receive(make_instance())


def test_what_a_script_says_of_itself(plugin_host: PluginHost) -> None:
    plugin.SetDescription("mine")
    plugin.SetRootUri("/my")
    plugin.SetMetricsValue("a", 1.5, plugin.MetricsType.DEFAULT)
    plugin.EmitAuditLog("mine", "me", plugin.ResourceType.STUDY, "a", "read", None)
    plugin.LogMessage("m", "mine", "f.py", 1, plugin.LogCategory.PLUGINS, plugin.LogLevel.TRACE)
    plugin.StoreKeyValue("store", "key", "value")
    plugin.SetGlobalProperty(1024, "v")
    assert (plugin_host.description, plugin_host.root_uri, plugin_host.metrics) == ("mine", "/my", {"a": 1.5})
    assert plugin_host.audit_log[0].action == "read"
    assert (plugin_host.log[0].level, plugin_host.log[0].plugin) == ("TRACE", "mine")
    assert plugin_host.key_values == {"store": {"key": b"value"}}
    assert plugin_host.global_properties == {1024: "v"}
    with pytest.raises(plugin.OrthancException) as caught:
        plugin.RegisterErrorCode(1, 404, "mine")
    assert caught.value.args[0] == 1_000_000
    assert plugin.GetErrorDescription(caught.value.args[0]) == "mine"
