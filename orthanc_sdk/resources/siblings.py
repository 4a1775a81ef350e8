"""Reads ahead, so that a loop over resources does not cost a request for each of them.

Resources that came from one listing know each other.  When one of them is asked for its children (or its parent), those
of the next ones are fetched by the same request: of 1, 2, 4, 8 ... of them, so that at most twice as much is read as is
used.  What came by one request may be read ahead by one request in turn.
"""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from orthanc_sdk.resources.results import check_level
from orthanc_sdk.resources.routes_of_level import LevelName

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource

MOST_INSTANCES = 10_000
"""How many resources one answer may describe: some 10 MB of JSON."""


class Siblings:
    """The resources of one listing, in its order.

    They are held weakly: a loop over millions of resources does not keep those that it is done with.
    """

    def __init__(self, members: Iterable[AnyResource], first_batch: int = 1) -> None:
        self._members = [weakref.ref(member) for member in members]
        self._next_batch = first_batch
        self._lock = threading.Lock()
        for reference in self._members:
            member = reference()
            if member is not None:
                member._siblings = self

    def __len__(self) -> int:
        return len(self._members)

    def read_ahead(self, member: AnyResource, level: LevelName) -> list[AnyResource]:
        """The relatives of a member; those of the members after it that lack them too come by the same request."""
        with self._lock:
            known = member._relatives.get(level)
            if known is not None:  # another thread was faster
                return known
            batch = self._batch(member, level)
            self._next_batch = max(self._next_batch, len(batch)) * 2
            return fetch(member.client, batch, level)[0]

    def read_all(self, level: LevelName) -> None:
        """Fetches the relatives of all members."""
        with self._lock:
            members = [member for reference in self._members if (member := reference()) is not None]
            lacking = [member for member in members if not member._has_relatives(level)]
            while lacking:
                batch = _limited(lacking, level)
                fetch(batch[0].client, batch, level)
                lacking = lacking[len(batch) :]

    def _batch(self, member: AnyResource, level: LevelName) -> Sequence[AnyResource]:
        batch = [member]
        started = False
        for reference in self._members:
            if len(batch) >= self._next_batch:
                break
            other = reference()
            if other is member:
                started = True
            elif started and other is not None and not other._has_relatives(level):
                batch.append(other)
        return _limited(batch, level)


def _limited(members: Sequence[AnyResource], level: LevelName) -> Sequence[AnyResource]:
    """As many of them as one answer may well describe, but at least one."""
    total = 0
    for number, member in enumerate(members):
        total += member._count_of(level)
        if number > 0 and total > MOST_INSTANCES:
            return members[:number]
    return members


def fetch(client: Orthanc, members: Sequence[AnyResource], level: LevelName) -> list[list[AnyResource]]:
    """Asks for the relatives of all members at once, and gives each its own; returned in the order of the members."""
    found = _searched(client, members, level)
    if found is None:
        found = client.post_tools_bulk_content(
            {"Resources": [member.id for member in members], "Level": level, "Metadata": False}
        )
    check_level(found, level, "reading relatives")
    relatives: dict[str, list[models.ResourceInfo]] = {member.id: [] for member in members}
    field = _BELONGING[members[0].level, level]
    for info in found:
        belonging: str | list[str] = getattr(info, field)
        for id_ in [belonging] if isinstance(belonging, str) else belonging:
            if id_ in relatives:
                relatives[id_].append(info)
    made: dict[str, AnyResource] = {}
    taken = [member._take_relatives(level, relatives[member.id], made) for member in members]
    Siblings(made.values(), first_batch=len(made))
    return taken


_BELONGING: dict[tuple[LevelName, LevelName], str] = {
    ("Patient", "Study"): "parent_patient",
    ("Study", "Series"): "parent_study",
    ("Series", "Instance"): "parent_series",
    ("Study", "Patient"): "studies",
    ("Series", "Study"): "series",
    ("Instance", "Series"): "instances",
}
"""Which field of the information about the second one names the first one."""


def _searched(client: Orthanc, members: Sequence[AnyResource], level: LevelName) -> list[models.ResourceInfo] | None:
    """The children of all members by a search for their UIDs; None if they have to be described one by one.

    For each series that ``/tools/bulk-content`` describes, Orthanc 1.12 and 1.13 look through all that they have. A
    search does so once: that for the series of a hundred studies among two thousand takes a twentieth of the time.
    """
    if len(members) < _FEWEST_SEARCHED or (members[0].level, level) not in _SEARCHED:
        return None
    keyword, children = _SEARCHED[members[0].level, level]
    uids: list[str] = []
    known: set[str] = set()
    for member in members:
        info = member._info
        if info is None or info.labels is None:  # servers before 1.12 know no labels, and describe fast
            return None
        uid = info.main_dicom_tags.raw.get(keyword)
        if not isinstance(uid, str) or _PLAIN_UID.fullmatch(uid) is None:
            return None
        uids.append(uid)
        known.update(getattr(info, children))
    found: list[models.ResourceInfo] = []
    for number in range(0, len(uids), _MOST_UIDS):
        query = {keyword: "\\".join(uids[number : number + _MOST_UIDS])}
        # As "Expand" wants, it is these and no identifiers.
        answer = client.post_tools_find({"Level": level, "Query": query, "Expand": True})
        found += cast("list[models.ResourceInfo]", answer)
    # A server may be configured to give no more than so many results (LimitFindResults), and does not say so.
    return found if known <= {info.id for info in found} else None


_SEARCHED: Final[Mapping[tuple[LevelName, LevelName], tuple[str, str]]] = {
    ("Study", "Series"): ("StudyInstanceUID", "series"),
    ("Series", "Instance"): ("SeriesInstanceUID", "instances"),
}
"""What to search for, and the field that names what must be found."""

_PLAIN_UID: Final = re.compile(r"[0-9.]+")
_FEWEST_SEARCHED: Final = 4
_MOST_UIDS: Final = 500  # more in one search take longer than two searches
