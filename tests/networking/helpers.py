"""What the tests of modalities have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from orthanc_sdk import Orthanc
from tests.live.network import closed_port
from tests.live.world import World


@contextmanager
def counted(client: Orthanc) -> Iterator[list[str]]:
    """The requests that are sent within the block, as `GET /studies`."""
    sent: list[str] = []
    send: Callable[..., requests.Response] = client.session.send

    def counting(request: requests.PreparedRequest, **options: object) -> requests.Response:
        path = (request.path_url or "").partition("?")[0]
        sent.append(f"{request.method} {path}")
        return send(request, **options)

    client.session.send = counting  # type: ignore[method-assign]  # takes what the transport gives
    try:
        yield sent
    finally:
        del client.session.send


@contextmanager
def defined(world: World, name: str, **changes: object) -> Iterator[str]:
    """The partner under another name, and with other settings."""
    world.client.put_modalities_id(name, {**world.partner.modality_configuration(), **changes})
    try:
        yield name
    finally:
        world.client.delete_modalities_id(name)


@contextmanager
def down(world: World) -> Iterator[str]:
    """The name of a modality that nobody listens for."""
    with defined(world, "down", AET="DOWN", Port=closed_port()) as name:
        yield name


@contextmanager
def refusing_finds(world: World) -> Iterator[None]:
    """The partner cannot process any C-FIND."""
    run = world.partner.client.post_tools_execute_script
    run("function IncomingFindRequestFilter(source, origin) error('no') end")
    try:
        yield
    finally:
        run("IncomingFindRequestFilter = nil")
