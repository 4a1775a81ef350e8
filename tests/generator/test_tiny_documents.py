"""What is generated from a document of a few lines, and that it works."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator.writers.models import HEADER
from generator.writers.naming import argument_name, method_name
from tests.generator.tiny import ROOT, Tiny


def signatures(source: str, method: str) -> list[str]:
    """What a method looks like, its overloads first."""
    found = [
        f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns or ast.Constant('?'))}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == method
    ]
    assert found, method
    return found


def test_the_files(tiny: Tiny) -> None:
    sources = tiny.sources()
    assert set(sources) == {
        "models/__init__", "models/schemas/enumerations", "models/schemas/things", "models/schemas/requests",
        "routes/__init__", "routes/small_things", "routes/changes",
    }  # fmt: skip
    for source in sources.values():
        assert source.startswith(HEADER + "\n")
        assert source.endswith("\n")
        assert not source.endswith("\n\n")
        compile(source, "generated", "exec")


def test_the_signatures(tiny: Tiny) -> None:
    sources = tiny.sources()
    things, changes = sources["routes/small_things"], sources["routes/changes"]
    timeout = "timeout: Timeout=CLIENT_TIMEOUT"
    assert signatures(things, "get_things") == [
        f"(self, *, expand: Literal[False]=False, {timeout}) -> list[str]",
        f"(self, *, expand: Literal[True], {timeout}) -> list[models.Thing]",
        f"(self, *, expand: bool=False, {timeout}) -> list[str] | list[models.Thing]",
        f"(self, *, expand: bool=False, {timeout}) -> list[str] | list[models.Thing]",
    ]
    assert signatures(things, "get_things_id") == [
        f"(self, id_: str, *, if_none_match: None=None, {timeout}) -> models.Thing",
        f"(self, id_: str, *, if_none_match: str | None=None, {timeout}) -> models.Thing | None",
        f"(self, id_: str, *, if_none_match: str | None=None, {timeout}) -> models.Thing | None",
    ]
    assert signatures(things, "delete_things_id") == [f"(self, id_: str, *, {timeout}) -> None"]
    assert signatures(changes, "post_things_id_change") == [
        f"(self, id_: str, json: models.ChangeRequest | Mapping[str, object], *, {timeout}) -> models.Thing"
    ]
    assert signatures(changes, "get_things_id_frames_frame_raw_gz") == [
        f"(self, id_: str, frame: int, *, {timeout}) -> bytes"
    ]


def test_the_texts(tiny: Tiny) -> None:
    sources = tiny.sources()
    assert '"""List the things.\n' in sources["routes/small_things"]
    assert "expand: Things instead of identifiers.\n" in sources["routes/small_things"]
    assert "NotFound: there is none.\n" in sources["routes/small_things"]
    assert "``DELETE /things/{id}``, since Orthanc 1.12.0\n" in sources["routes/small_things"]
    assert '"""How large it is. Since Orthanc 1.12.0."""' in sources["models/schemas/things"]
    # What may come from a server is open, what is sent to it is not.
    assert "] | str" in sources["models/schemas/enumerations"].partition("State")[2]
    assert "] | str" not in sources["models/schemas/enumerations"].partition("State")[0]


SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import requests
from requests.adapters import BaseAdapter
import orthanc_models, orthanc_sdk
from orthanc_sdk import Orthanc, errors
from orthanc_sdk.models import ChangeRequest, Thing

assert orthanc_sdk.__file__.startswith(sys.argv[1]) and orthanc_models.__file__.startswith(sys.argv[1])
THING = {"ID": "a", "State": "broken", "LastUpdate": "20260102T030405", "SizeMB": 5, "Later": True}
ANSWERS = {
    "GET /things": ["a", "b"], "GET /things?expand=true": [THING], "GET /things/a": THING, "DELETE /things/a": {},
    "POST /things/a/change": THING, "GET /things/a/frames/0/raw.gz": "raw",
}
sent = []

class Fake(BaseAdapter):
    def send(self, request, **_):
        key = f"{request.method} {request.path_url}"
        sent.append([key, request.body.decode() if request.body else None])
        response = requests.Response()
        response.status_code = 304 if request.headers.get("If-None-Match") == '"0"' else 200
        response._content = json.dumps(ANSWERS[key]).encode()
        response.headers["Content-Type"] = "application/json"
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass

client = Orthanc("http://fake", retries=0, proxies={})
client.session.mount("http://", Fake())
things = client.get_things(expand=True)
thing = things[0]
assert type(thing) is Thing, thing
found = {
    "list": client.get_things(),
    "thing": [thing.id, thing.state, thing.last_update.isoformat(), thing.size_mb, thing["SizeMB"], thing.model_extra],
    "same": client.get_things_id("a") == thing,
    "unchanged": client.get_things_id("a", if_none_match='"0"'),
    "deleted": client.delete_things_id("a"),
    "changed": client.post_things_id_change("a", ChangeRequest(new_name="n", colour="red")).id,
    "by mapping": client.post_things_id_change("a", {"NewName": "n"}).id,
    "raw": client.get_things_id_frames_frame_raw_gz("a", 0).decode(),
    "written": thing.model_dump(mode="json", by_alias=True, exclude_unset=True) == THING,
}
count = len(sent)
for wrong in ({"NewNam": "n"}, {"NewName": 5}, {"NewName": "n", "Colour": "green"}, {}):
    try:
        client.post_things_id_change("a", wrong)
    except errors.InvalidArgument as error:
        found.setdefault("errors", []).append(str(error))
assert len(sent) == count
found["sent"] = sent
print(json.dumps(found))
"""


def test_what_is_generated_works(tiny: Tiny, tmp_path: Path) -> None:
    site = tmp_path / "site"
    tiny.install(site)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", SCRIPT, str(site)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found.pop("sent") == [
        ["GET /things?expand=true", None],
        ["GET /things", None],
        ["GET /things/a", None],
        ["GET /things/a", None],
        ["DELETE /things/a", None],
        ["POST /things/a/change", '{"NewName": "n", "Colour": "red"}'],
        ["POST /things/a/change", '{"NewName": "n"}'],
        ["GET /things/a/frames/0/raw.gz", None],
    ]
    errors = found.pop("errors")
    assert len(errors) == 4
    assert all(error.startswith("POST /things/{id}/change: json: ") for error in errors)
    assert "NewNam: unknown field" in errors[0]
    assert found == {
        "list": ["a", "b"],
        "thing": ["a", "broken", "2026-01-02T03:04:05+00:00", 5, 5, {"Later": True}],
        "same": True,
        "unchanged": None,
        "deleted": None,
        "changed": "a",
        "by mapping": "a",
        "raw": '"raw"',
        "written": True,
    }


@pytest.mark.slow
def test_the_order_of_hashes_changes_nothing(tiny: Tiny) -> None:
    """Sets come in another order in each Python."""
    code = (
        "import sys; from pathlib import Path\n"
        "from generator.specification.load import load\n"
        "from generator.writers import models, models_package, routes\n"
        "from generator.writers.openapi_document import openapi_document\n"
        "specification = load(Path(sys.argv[1]))\n"
        "print([*models.modules(specification), *models_package.modules(specification)])\n"
        "print([*routes.modules(specification), openapi_document(specification)])"
    )
    written = [
        subprocess.run(
            [sys.executable, "-c", code, str(tiny.folder)],
            capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    ]  # fmt: skip
    assert "class ChangeRequest(RequestModel)" in written[0]
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("GET /instances/{id}/frames/{frame}/raw.gz", "get_instances_id_frames_frame_raw_gz"),
        ("POST /tools/invalidate-tags", "post_tools_invalidate_tags"),
        ("PUT /modalities/{id}", "put_modalities_id"),
        ("DELETE /studies/{id}/labels/{label}", "delete_studies_id_labels_label"),
        ("GET /queries/{id}/answers/{index}/content", "get_queries_id_answers_index_content"),
        ("GET /plugins/explorer.js", "get_plugins_explorer_js"),
        ("GET /tools/metrics-prometheus", "get_tools_metrics_prometheus"),
    ],
)
def test_names_of_methods(route: str, name: str) -> None:
    assert method_name(*route.split(" ")) == name


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("returnUnsupportedImage", "return_unsupported_image"),
        ("requested-tags", "requested_tags"),
        ("id", "id_"),
        ("type", "type_"),
        ("Range", "range_"),
        ("from", "from_"),
        ("If-None-Match", "if_none_match"),
        ("window-center", "window_center"),
        ("expand", "expand"),
    ],
)
def test_names_of_arguments(wire_name: str, name: str) -> None:
    assert argument_name(wire_name) == name
