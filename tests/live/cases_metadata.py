"""The cases of /{level}/{id}/metadata."""

from __future__ import annotations

import io

import pytest

from orthanc_sdk import Forbidden, NotFound, NotSupportedByServer
from orthanc_sdk.http.raw import raw_response
from tests.live.levels import Call, at, route
from tests.live.world import World

UNREGISTERED = "2000"
"""A number that the configuration has no name for."""


def set_colour(world: World, level: str, colour: str = "red") -> str:
    """Makes a resource with a user-defined metadata; returns its identifier."""
    id_ = world.new_tree().id_of(level)
    route(world, "put_{}_id_metadata_name", level)(id_, "colour", colour)
    return id_


def etag_of(get: Call, *arguments: str) -> str:
    etag: str = raw_response(get, *arguments).headers["ETag"]
    return etag


@at("get_{}_id_metadata")
def _(world: World, level: str, get: Call) -> None:
    id_ = set_colour(world, level)
    known = "TransferSyntax" if level == "instances" else "LastUpdate"
    names = get(id_)
    assert isinstance(names, list)
    assert {"colour", known} <= set(names)

    values = get(id_, expand=True)
    assert sorted(values) == sorted(names)
    assert values["colour"] == "red"
    get_one = route(world, "get_{}_id_metadata_name", level)
    assert values == {name: get_one(id_, name) for name in names}
    if level == "instances":
        assert values["TransferSyntax"] == "1.2.840.10008.1.2.1"
        assert values["Origin"] == "RestApi"

    route(world, "put_{}_id_metadata_name", level)(id_, UNREGISTERED, "unnamed")
    assert UNREGISTERED in get(id_)
    if world.at_least("1.12.0"):
        numbers = get(id_, numeric=True)
        assert {1030, 2000} <= set(numbers)
        assert len(numbers) == len(names) + 1
        assert get(id_, expand=True, numeric=True)["1030"] == "red"
    else:
        with pytest.raises(NotSupportedByServer, match=r"numeric of GET .* needs Orthanc 1\.12\.0"):
            get(id_, numeric=True)


@at("get_{}_id_metadata_name")
def _(world: World, level: str, get: Call) -> None:
    id_ = set_colour(world, level, "grün")
    assert get(id_, "colour") == "grün"
    assert get(id_, "1030") == "grün"
    etag = etag_of(get, id_, "colour")
    assert get(id_, "colour", if_none_match=etag) is None
    route(world, "put_{}_id_metadata_name", level)(id_, "colour", "blue", if_match=etag)
    assert get(id_, "colour", if_none_match=etag) == "blue"

    # Bytes that are no UTF-8 are not lost.
    route(world, "put_{}_id_metadata_name", level)(id_, "colour", b"\xff\x00")
    assert get(id_, "colour").encode("utf-8", "surrogateescape") == b"\xff\x00"
    with pytest.raises(NotFound):
        get(id_, "AnonymizedFrom")


@at("put_{}_id_metadata_name")
def _(world: World, level: str, put: Call) -> None:
    get = route(world, "get_{}_id_metadata_name", level)
    id_ = world.new_tree().id_of(level)
    assert put(id_, "colour", "red") is None
    assert get(id_, "colour") == "red"
    assert put(id_, "1030", b"blue") is None
    assert get(id_, "colour") == "blue"
    put(id_, "colour", io.BytesIO(b"green"))
    assert get(id_, "colour") == "green"
    put(id_, "colour", "")
    assert get(id_, "colour") == ""
    put(id_, UNREGISTERED, [b"un", b"named"])
    assert get(id_, UNREGISTERED) == "unnamed"
    put(id_, "colour", "white", if_match=etag_of(get, id_, "colour"))
    assert get(id_, "colour") == "white"
    with pytest.raises(Forbidden):
        put(id_, "LastUpdate", "20260101T000000")


@at("delete_{}_id_metadata_name")
def _(world: World, level: str, delete: Call) -> None:
    get = route(world, "get_{}_id_metadata_name", level)
    id_ = set_colour(world, level)
    assert delete(id_, "colour") is None
    with pytest.raises(NotFound):
        get(id_, "colour")
    route(world, "put_{}_id_metadata_name", level)(id_, "colour", "red")
    assert delete(id_, "colour", if_match=etag_of(get, id_, "colour")) is None
    assert "colour" not in route(world, "get_{}_id_metadata", level)(id_)
    with pytest.raises(Forbidden):
        delete(id_, "LastUpdate")
