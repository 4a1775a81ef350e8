"""C-ECHO, and what a modality is."""

from __future__ import annotations

import pickle

import pytest

from orthanc_sdk import (
    DicomQueryRefused,
    InvalidArgument,
    Modality,
    NetworkProtocolError,
    NotFound,
    Orthanc,
    OrthancConnectionError,
    Unauthorized,
)
from tests.live.network import closed_port
from tests.live.world import World
from tests.networking.helpers import counted, defined, down, refusing_finds


def test_making_one_asks_nothing(world: World) -> None:
    with counted(world.client) as sent:
        modality = Modality(world.client, "whoever")
        assert (modality.name, modality.client) == ("whoever", world.client)
        assert "whoever" in repr(modality)
        assert sent == []
        assert Modality(world.client, "partner").configuration.aet == "PARTNER"
        assert len(sent) == 1
    with pytest.raises(NotFound):
        _ = modality.configuration
    with pytest.raises(InvalidArgument):
        Modality(world.client, "")


def test_identity(world: World) -> None:
    one = Modality(world.client, "partner")
    assert one == Modality(world.client, "partner")
    assert one != Modality(world.client, "other")
    assert one != Modality(world.partner.client, "partner")
    assert len({one, Modality(world.client, "partner")}) == 1
    assert pickle.loads(pickle.dumps(one)).echo() is True


def test_echo(world: World, modality: Modality) -> None:
    with counted(world.client) as sent:
        assert modality.echo() is True
    assert sent == ["POST /modalities/partner/echo"]
    assert modality.echo(timeout=5, check_find=True) is True
    modality.check_echo()


def test_echo_of_a_modality_that_is_down(world: World) -> None:
    with down(world) as name:
        assert Modality(world.client, name).echo() is False
        with pytest.raises(NetworkProtocolError, match='connecting to AET "DOWN": TCP Initialization Error') as caught:
            Modality(world.client, name).check_echo(timeout=2)
        assert caught.value.details is not None


def test_echo_that_includes_a_find(world: World, modality: Modality) -> None:
    with refusing_finds(world):
        assert modality.echo() is True
        assert modality.echo(check_find=True) is False
        with pytest.raises(DicomQueryRefused):
            modality.check_echo(check_find=True)
    assert modality.echo(check_find=True) is True


def test_refused_title(world: World) -> None:
    """The partner minds by which title it is called, and refuses the association."""
    with defined(world, "misnamed", AET="OTHER") as name:
        misnamed = Modality(world.client, name)
        assert misnamed.echo() is False
        with pytest.raises(NetworkProtocolError, match='connecting to AET "OTHER": DUL Association Rejected'):
            misnamed.check_echo()
        with pytest.raises(NetworkProtocolError, match="DUL Association Rejected"):
            misnamed.query(level="Study", query={"PatientID": ""})


def test_what_is_not_the_fault_of_the_modality_is_an_error(world: World) -> None:
    with pytest.raises(NotFound):
        Modality(world.client, "nobody").echo()
    stranger = Orthanc(world.client.url, "orthanc", "wrong", proxies={})
    with pytest.raises(Unauthorized):
        Modality(stranger, "partner").echo()
    nowhere = Orthanc(f"http://127.0.0.1:{closed_port()}", retries=0, proxies={})
    with pytest.raises(OrthancConnectionError):
        Modality(nowhere, "partner").echo()
