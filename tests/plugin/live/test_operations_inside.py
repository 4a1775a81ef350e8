"""Operations by the client inside Orthanc: the cases of the live tests, which do not know about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from typing import Any

import pytest
import requests

from orthanc_sdk import Orthanc
from orthanc_sdk.http.operation import Request
from orthanc_sdk.http.transport import Transport
from orthanc_sdk.plugin.in_process.client import URL
from orthanc_sdk.testing import LocalOrthanc
from tests.live import test_operations  # noqa: F401  # registers the cases
from tests.live.registry import CASES
from tests.live.world import World, configuration
from tests.plugin.live.relay import SCRIPT, Relay, inside_client
from tests.plugin.live.servers import with_script
from tests.recordings.replay import operations

LEFT_OUT = {
    # Their cases look at ETag or Content-Disposition, or send If-Match, Range or Accept; test_inside.py has them.
    r".*_(attachments|metadata)_name(_.*)?": "headers",
    r".*_(archive|media|media_extended)": "headers",
    r"get_instances_id_(frames_frame_)?(image_.*|preview|rendered)": "headers",
    "get_instances_id_file": "headers",
    # Orthanc's functions for plugins tell the code of an error, and not its details.
    "get_modalities_id_configuration": "details",
    "get_peers_id_system": "details",
    "post_modalities_id_(echo|move)": "details",
    "post_queries_id_retrieve": "details",
    "post_tools_(create_dicom|dicom_echo|execute_script)": "details",
    # They say "unknown resource" where HTTP has an error without a code: 400, 405 and so on.
    "post_jobs_id_(cancel|pause|resubmit|resume)": "status",
    "post_modalities_id_find_study": "status",
    # What is stored says where it comes from: here a plugin.
    "get_instances_id_metadata": "origin",
    "post_tools_bulk_content": "origin",
    # There is a plugin, and the log has the requests of the relay.
    "get_plugins(_id)?": "plugin",
    "put_tools_log_level_http": "plugin",
    # Orthanc starts the Python of its plugin a second time, in which pydantic cannot be imported; or none at all.
    "post_tools_reset": "plugin",
    "post_tools_shutdown": "plugin",
}
"""The operations whose cases find something else here than over HTTP, and why."""

NAMES = [name for name in sorted(operations()) if not any(re.fullmatch(left_out, name) for left_out in LEFT_OUT)]


class InsideWorld(World):
    @cached_property
    def client(self) -> Orthanc:
        return inside_client(self.server)


def start(stack: ExitStack, version: str) -> InsideWorld:
    partner = LocalOrthanc(version, name=f"partner {version}", dicom_aet="PARTNER", config={"ExecuteLuaEnabled": True})
    server = with_script(version, SCRIPT, name=f"world {version}", dicom_aet="WORLD", config=configuration(partner))
    stack.enter_context(partner)
    stack.enter_context(server)
    partner.client.put_modalities_id("world", dict(server.modality_configuration()))
    return InsideWorld(version, server, partner)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield start(stack, "1.13")


def test_what_is_left_out_exists() -> None:
    for left_out in LEFT_OUT:
        assert any(re.fullmatch(left_out, name) for name in operations()), left_out
    assert len(NAMES) > 180


@pytest.mark.parametrize("name", NAMES)
def test_operation(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case, ran, send = CASES[name], list[object](), Transport.send

    def record(self: Transport, request: Request[object], *args: Any, **options: Any) -> requests.Response:
        answer = send(self, request, *args, **options)
        adapter = self.session.adapters.get(URL)
        if isinstance(adapter, Relay) and answer.request in adapter.inside:
            ran.append(request.operation)  # only what has come back, from inside and without an error, counts
        return answer

    monkeypatch.setattr(Transport, "send", record)
    with ExitStack() as stack:
        case.run(start(stack, world.version) if case.destructive else world)
    assert operations()[name] in ran, f"{name} did not succeed once"
