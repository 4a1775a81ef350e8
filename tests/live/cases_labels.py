"""The cases of /{level}/{id}/labels."""

from __future__ import annotations

import pytest

from orthanc_sdk import NotFound
from tests.live.levels import Call, at, route
from tests.live.world import World


@at("get_{}_id_labels")
def _(world: World, level: str, get: Call) -> None:
    id_ = world.new_tree().id_of(level)
    assert get(id_) == []
    for label in ("research", "Checked-2", "_"):
        route(world, "put_{}_id_labels_label", level)(id_, label)
    assert get(id_) == ["Checked-2", "_", "research"]
    assert route(world, "get_{}_id", level)(id_).labels == get(id_)


@at("get_{}_id_labels_label")
def _(world: World, level: str, get: Call) -> None:
    id_ = world.new_tree().id_of(level)
    with pytest.raises(NotFound):
        get(id_, "research")
    route(world, "put_{}_id_labels_label", level)(id_, "research")
    assert get(id_, "research") is None
    with pytest.raises(NotFound):
        get(id_, "Research")


@at("put_{}_id_labels_label")
def _(world: World, level: str, put: Call) -> None:
    id_ = world.new_tree().id_of(level)
    assert put(id_, "research") is None
    assert put(id_, "research") is None
    assert put(id_, "x" * 64) is None
    assert route(world, "get_{}_id_labels", level)(id_) == ["research", "x" * 64]


@at("delete_{}_id_labels_label")
def _(world: World, level: str, delete: Call) -> None:
    id_ = world.new_tree().id_of(level)
    assert delete(id_, "research") is None
    for label in ("research", "teaching"):
        route(world, "put_{}_id_labels_label", level)(id_, label)
    assert delete(id_, "research") is None
    assert route(world, "get_{}_id_labels", level)(id_) == ["teaching"]
