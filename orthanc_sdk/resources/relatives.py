"""Reads the children, or the parents, of many resources at once.

For each resource that Orthanc describes by its identifier it goes through a whole table, however it is asked: what one
costs grows with the server. A search goes through the table once, too. So many resources are asked for by one search:
for a part of the listing of their level, if it is known where they are in it, or for their UIDs (``1.2.3\\4.5``).
What is found is compared with the identifiers that are known already, so that nothing is lost where the server limits
its results (``LimitFindResults``).
"""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from orthanc_sdk.resources.alignment import IDENTIFIERS, Listing
from orthanc_sdk.resources.paging import find_sorted
from orthanc_sdk.resources.results import check_level
from orthanc_sdk.resources.routes_of_level import LEVELS, LevelName

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource

MOST_IN_A_SEARCH: Final = 200
"""How many UIDs are searched for at once: the time that each takes is least there, and doubles at 1,000."""

_CHILDREN: Final[Mapping[LevelName, str]] = {"Patient": "studies", "Study": "series", "Series": "instances"}
_PARENT: Final[Mapping[LevelName, str]] = {
    "Study": "parent_patient",
    "Series": "parent_study",
    "Instance": "parent_series",
}
_NOT_PLAIN: Final = re.compile(r"[\\*?]|^\s*$")
"""What an identifier must not have to be searched for: it would be several values, or a pattern."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """What was asked for.

    Attributes:
        of_each: The relatives of each member, in the order of the members.
        listed: Of how many members they were where they should be in the listing.
    """

    of_each: list[list[models.ResourceInfo]]
    listed: int


def fetch_relatives(
    client: Orthanc, members: Sequence[AnyResource], level: LevelName, listing: Listing | None = None
) -> Relatives:
    """Asks for the children, or the parent, of all members.

    Args:
        client: The server.
        members: Resources of one level.
        level: The level next to it, below or above.
        listing: Where the children should be in the listing of their level.
    """
    is_above = LEVELS.index(level) < LEVELS.index(members[0].level)
    found: dict[str, list[models.ResourceInfo]] = {}
    if listing is not None:
        found = _listed(client, members, level, listing)
    listed = len(found)
    left = [member for member in members if member.id not in found]
    if left:
        found |= _parents(client, left, level) if is_above else _children(client, left, level)
    lacking = {member.id: member for member in members if member.id not in found}
    if lacking:
        described = client.post_tools_bulk_content({"Resources": list(lacking), "Level": level, "Metadata": False})
        check_level(described, level, "reading relatives")
        if is_above:
            by_id = {info.id: info for info in described}
            for id_, member in lacking.items():
                parent = by_id.get(_parent_of(member)) if member._info is not None else None
                found[id_] = [parent] if parent is not None else _holders(described, id_, member.level)
        else:
            found |= _by_parent(described, lacking, level)
    keyword = IDENTIFIERS[level]
    return Relatives(
        [sorted(found[member.id], key=lambda info: str(info.main_dicom_tags.raw.get(keyword))) for member in members],
        listed=listed,
    )


def _listed(
    client: Orthanc, members: Sequence[AnyResource], level: LevelName, listing: Listing
) -> dict[str, list[models.ResourceInfo]]:
    """The children of those members whose children are all where they should be, by the identifiers of the members."""
    wanted = {member.id: set(_children_of(member)) for member in members}
    left = sum(map(len, wanted.values()))
    since = listing.since
    infos: list[models.ResourceInfo] = []
    while left > 0:
        body: dict[str, object] = {"Level": level, "Query": listing.query, "Expand": True, "Limit": left}
        some = find_sorted(client, {**body, "Since": since} if since else body, listing.order)
        if not some:
            break
        check_level(some, level, "reading relatives")
        infos += some
        since += len(some)
        left -= len(some)  # a server may be configured to give no more than so many results at once
    return _complete(_by_parent(infos, wanted, level), wanted)


def _children(
    client: Orthanc, members: Sequence[AnyResource], level: LevelName
) -> dict[str, list[models.ResourceInfo]]:
    """The children of those members of which all children are found, by the identifiers of the members."""
    wanted = {
        identifier: (member.id, set(_children_of(member)))
        for member in members
        if member._info is not None and (identifier := _identifier_of(member)) is not None
    }
    if not wanted:
        return {}
    infos = _search(
        client, level, IDENTIFIERS[members[0].level], {identifier: ids for identifier, (_, ids) in wanted.items()}
    )
    expected = dict(wanted.values())
    return _complete(_by_parent(infos, expected, level), expected)


def _parents(client: Orthanc, members: Sequence[AnyResource], level: LevelName) -> dict[str, list[models.ResourceInfo]]:
    """The parents of those members whose parent is found, by the identifiers of the members."""
    children: dict[str, list[AnyResource]] = {}
    for member in members:
        if member._info is not None:
            children.setdefault(_parent_of(member), []).append(member)
    wanted = _identifiers_of_parents(client, {parent: group[0] for parent, group in children.items()}, level)
    infos = _search(client, level, IDENTIFIERS[level], {identifier: {id_} for identifier, id_ in wanted.items()})
    return {member.id: [info] for info in infos for member in children.get(info.id, ())}


def _identifiers_of_parents(client: Orthanc, children: Mapping[str, AnyResource], level: LevelName) -> dict[str, str]:
    """What parents can be searched for by, with the identifier of each.

    Args:
        client: The server.
        children: One child of each parent, by the identifier of the parent.
        level: The level of the parents.
    """
    keyword = IDENTIFIERS[level]
    if level == "Patient":  # a study knows it
        named = [(id_, cast("models.StudyInfo", child.info).patient_main_dicom_tags) for id_, child in children.items()]
        return {identifier: id_ for id_, tags in named if (identifier := _plain(tags.raw.get(keyword))) is not None}
    if not client.supports("1.11.0"):  # there are no RequestedTags
        return {}
    asked = {uid: {child.id} for child in children.values() if (uid := _identifier_of(child)) is not None}
    own: LevelName = LEVELS[LEVELS.index(level) + 1]
    infos = _search(client, own, IDENTIFIERS[own], asked, requested=keyword)
    found: dict[str, str] = {}
    for info in infos:
        requested = info.requested_tags
        identifier = None if requested is None else _plain(requested.raw.get(keyword))
        if identifier is not None:
            found[identifier] = getattr(info, _PARENT[own])
    return found


def _search(
    client: Orthanc,
    level: LevelName,
    keyword: str,
    wanted: Mapping[str, Set[str]],
    *,
    requested: str | None = None,
) -> list[models.ResourceInfo]:
    """Searches for identifiers, until all that is expected of them has come or there is no more.

    Args:
        client: The server.
        level: What to find.
        keyword: By which tag.
        wanted: The values of the tag, each with the identifiers of what is expected to be found by it.
        requested: A tag to be told as well.
    """
    found: dict[str, models.ResourceInfo] = {}
    values = list(wanted)
    for start in range(0, len(values), MOST_IN_A_SEARCH):
        some = values[start : start + MOST_IN_A_SEARCH]
        body: dict[str, object] = {"Level": level, "Query": {keyword: "\\".join(some)}, "Expand": True}
        if requested is not None:
            body["RequestedTags"] = [requested]
        missing = {id_ for value in some for id_ in wanted[value]}
        since = 0
        # A server may be configured to give no more than so many results at once, and does not say so.
        while missing or since == 0:
            answer = client.post_tools_find({**body, "Since": since} if since else body)
            infos = cast("list[models.ResourceInfo]", answer)  # as "Expand" wants, and no identifiers
            if not infos:
                break
            check_level(infos, level, "reading relatives")
            since += len(infos)
            missing.difference_update(info.id for info in infos)
            found |= {info.id: info for info in infos}
    return list(found.values())


def _by_parent(
    infos: Iterable[models.ResourceInfo], parents: Iterable[str], level: LevelName
) -> dict[str, list[models.ResourceInfo]]:
    """Children by the identifiers of their parents."""
    found: dict[str, list[models.ResourceInfo]] = {parent: [] for parent in parents}
    for info in infos:
        parent: str = getattr(info, _PARENT[level])
        if parent in found:
            found[parent].append(info)
    return found


def _complete(
    found: Mapping[str, list[models.ResourceInfo]], expected: Mapping[str, set[str]]
) -> dict[str, list[models.ResourceInfo]]:
    """Those of which all children are there; others may have lost some since, or are not found by their identifier."""
    return {parent: infos for parent, infos in found.items() if expected[parent].issubset(info.id for info in infos)}


def _holders(infos: Iterable[models.ResourceInfo], child: str, level: LevelName) -> list[models.ResourceInfo]:
    """Those that have the child."""
    field = _CHILDREN[LEVELS[LEVELS.index(level) - 1]]
    return [info for info in infos if child in getattr(info, field)]


def _children_of(member: AnyResource) -> Iterable[str]:
    return cast("list[str]", getattr(member.info, _CHILDREN[member.level]))


def _parent_of(member: AnyResource) -> str:
    return cast("str", getattr(member.info, _PARENT[member.level]))


def _identifier_of(member: AnyResource) -> str | None:
    """What a member can be searched for by; None if it cannot."""
    return _plain(member.info.main_dicom_tags.raw.get(IDENTIFIERS[member.level]))


def _plain(identifier: object) -> str | None:
    return identifier if isinstance(identifier, str) and _NOT_PLAIN.search(identifier) is None else None
