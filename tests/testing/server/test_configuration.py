from __future__ import annotations

import json
from pathlib import Path

from orthanc_sdk.testing.server.configuration import default_configuration, merged


def defaults(users: dict[str, str] | None, python_script: Path | None = None) -> dict[str, object]:
    return default_configuration(
        name="n",
        folder=Path("/somewhere"),
        http_port=1,
        dicom_port=2,
        dicom_aet="AET",
        users=users,
        plugins=["/p.so"],
        python_script=python_script,
    )


def test_objects_are_merged_and_everything_else_is_replaced() -> None:
    base = {"keep": 1, "object": {"a": 1, "b": {"c": 2, "d": 3}}, "list": [1, 2], "number": 1}
    over: dict[str, object] = {
        "object": {"b": {"c": None}},
        "list": [3],
        "number": {"now": "an object"},
        "new": True,
    }
    assert merged(base, over) == {
        "keep": 1,
        "object": {"a": 1, "b": {"c": None, "d": 3}},
        "list": [3],
        "number": {"now": "an object"},
        "new": True,
    }
    assert base["object"] == {"a": 1, "b": {"c": 2, "d": 3}}


def test_everything_is_in_the_folder_and_http_is_for_this_machine_only() -> None:
    configuration = defaults({"user": "secret"})
    for name in ("StorageDirectory", "IndexDirectory", "TemporaryDirectory"):
        assert str(configuration[name]).startswith("/somewhere/")
    assert configuration["HttpBindAddresses"] == ["127.0.0.1"]
    assert configuration["RemoteAccessAllowed"] is False
    assert configuration["AuthenticationEnabled"] is True
    assert configuration["RegisteredUsers"] == {"user": "secret"}
    assert configuration["Plugins"] == ["/p.so"]
    assert "PythonScript" not in configuration
    json.dumps(configuration)


def test_authentication_and_the_python_script_are_options() -> None:
    configuration = defaults(None, Path("/script.py"))
    assert configuration["AuthenticationEnabled"] is False
    assert configuration["RegisteredUsers"] == {}
    assert configuration["PythonScript"] == "/script.py"


def test_what_can_be_dangerous_is_left_as_orthanc_has_it() -> None:
    assert not {"ExecuteLuaEnabled", "RestApiWriteToFileSystemEnabled", "OverwriteInstances", "KeepAlive"} & set(
        defaults(None)
    )
