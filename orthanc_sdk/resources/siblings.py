"""Reads ahead, so that a loop over resources does not cost a request for each of them.

Resources that came from one listing know each other.  When one of them is asked for its children (or its parent), those
of the next ones are fetched by the same request: of 4, 20, 100, 200 of them, so that a loop that stops early has not
read everything.  What came by one request may be read ahead by one request in turn.
"""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from orthanc_sdk.resources.alignment import Alignment
from orthanc_sdk.resources.relatives import fetch_relatives
from orthanc_sdk.resources.routes_of_level import LEVELS, LevelName

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource

FIRST_BATCH: Final = 4
GROWTH: Final = 5
MOST_AT_ONCE: Final = 200
"""How many resources are read ahead for at first, how fast that grows, and to what."""

MOST_INSTANCES: Final = 10_000
"""How many resources one answer may describe: some 10 MB of JSON."""


class Siblings:
    """The resources of one listing, in its order.

    They are held weakly: a loop over millions of resources does not keep those that it is done with.
    """

    def __init__(
        self,
        members: Iterable[AnyResource],
        first_batch: int = FIRST_BATCH,
        alignment: Alignment | None = None,
        first: int = 0,
    ) -> None:
        resources = list(members)
        self._members = [weakref.ref(member) for member in resources]
        self._next_batch = first_batch
        self._lock = threading.Lock()
        self._alignment = alignment
        self._first_child: int | None = None
        self._counts: list[int] = []
        if alignment is not None and resources and (below := _below(resources[0].level)) is not None:
            self._counts = [member._count_of(below) for member in resources]
            self._first_child = alignment.enter(resources[0].level, first, self._counts)
        for member in resources:
            member._siblings = self

    def __len__(self) -> int:
        return len(self._members)

    @property
    def next_batch(self) -> int:
        """How many members are read ahead for the next time: what the siblings of the next page may begin with."""
        return self._next_batch

    def read_ahead(self, member: AnyResource, level: LevelName) -> list[AnyResource]:
        """The relatives of a member; those of the members after it that lack them too come by the same request."""
        with self._lock:
            known = member._relatives.get(level)
            if known is not None:  # another thread was faster
                return known
            position, batch = self._batch(member, level)
            self._next_batch = min(max(self._next_batch, len(batch)) * GROWTH, MOST_AT_ONCE)
            return self._fetch(batch, level, position)[0][0]

    def read_all(self, level: LevelName) -> list[Siblings]:
        """Fetches the relatives of all members; returned are these, as the siblings that they are."""
        found: list[Siblings] = []
        with self._lock:
            members = [member for reference in self._members if (member := reference()) is not None]
            lacking = [member for member in members if not member._has_relatives(level)]
            position = 0 if len(lacking) == len(self._members) else None
            while lacking:
                batch = _limited(lacking, level)
                found.append(self._fetch(batch, level, position)[1])
                lacking = lacking[len(batch) :]
                position = None if position is None else position + len(batch)
        return found

    def _batch(self, member: AnyResource, level: LevelName) -> tuple[int | None, Sequence[AnyResource]]:
        """The members to read ahead for, and the place of the first one if no other one is in between."""
        batch = [member]
        start: int | None = None
        gap = False
        for number, reference in enumerate(self._members):
            if len(batch) >= self._next_batch:
                break
            other = reference()
            if other is member:
                start = number
            elif start is not None and other is not None and not other._has_relatives(level):
                batch.append(other)
                gap = gap or number != start + len(batch) - 1
        return None if gap else start, _limited(batch, level)

    def _fetch(self, batch: Sequence[AnyResource], level: LevelName, position: int | None) -> Fetched:
        """Asks for the relatives of a batch.

        Args:
            batch: Some of the members.
            level: The level of their relatives.
            position: Where the batch begins among the members, if it has no gap.
        """
        first: int | None = None
        if self._first_child is not None and position is not None and level == _below(batch[0].level):
            first = self._first_child + sum(self._counts[:position])
        return fetch(batch[0].client, batch, level, self._alignment, first)


def _below(level: LevelName) -> LevelName | None:
    return None if level == LEVELS[-1] else LEVELS[LEVELS.index(level) + 1]


Fetched: TypeAlias = "tuple[list[list[AnyResource]], Siblings]"
"""The relatives of each resource, and the siblings that they are."""


def _limited(members: Sequence[AnyResource], level: LevelName) -> Sequence[AnyResource]:
    """As many of them as one answer may well describe, but at least one."""
    total = 0
    for number, member in enumerate(members):
        total += member._count_of(level)
        if number > 0 and total > MOST_INSTANCES:
            return members[:number]
    return members


def fetch(
    client: Orthanc,
    members: Sequence[AnyResource],
    level: LevelName,
    alignment: Alignment | None = None,
    first: int | None = None,
) -> Fetched:
    """Asks for the relatives of all members at once, and gives each its own.

    Args:
        client: The server.
        members: Resources of one level.
        level: The level next to it, below or above.
        alignment: The listing that the members come from.
        first: The place of their first child in the listing of its level, if it is known.

    Returns:
        The relatives of each member, in the order of the members, and the siblings that they are.
    """
    listing = None if alignment is None or first is None else alignment.listing(level, first)
    found = fetch_relatives(client, members, level, listing)
    if alignment is not None and listing is not None and 2 * found.listed < len(members):
        alignment.holds = False
    made: dict[str, AnyResource] = {}
    taken = [member._take_relatives(level, infos, made) for member, infos in zip(members, found.of_each, strict=True)]
    if first is None:
        alignment = None
    return taken, Siblings(made.values(), first_batch=len(made), alignment=alignment, first=first or 0)
