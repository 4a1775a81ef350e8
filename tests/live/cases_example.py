"""The cases of /patients/{id}/labels, as an example."""

from __future__ import annotations

from tests.live.registry import operation
from tests.live.world import World


@operation("get_system")
def _(world: World) -> None:
    system = world.client.get_system()
    assert system.version == world.server.version
    assert system.dicom_aet == "WORLD"
    assert system.http_port == world.server.http_port


@operation("post_tools_reset", destructive=True)
def _(world: World) -> None:
    world.client.post_tools_reset()
