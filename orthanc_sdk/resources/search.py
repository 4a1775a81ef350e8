"""Searches: what a user looks for becomes a request, and its answers become resources."""

# pyright: reportPrivateUsage=false
# A friend of the resources: it makes them from what it has found.

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from orthanc_sdk.errors import InvalidArgument, NotSupportedByServer
from orthanc_sdk.resources.alignment import Alignment, order_of
from orthanc_sdk.resources.paging import Search
from orthanc_sdk.resources.queries import PatientQuery, SeriesQuery, StudyQuery
from orthanc_sdk.resources.query import Order, ordering, written
from orthanc_sdk.resources.results import class_of
from orthanc_sdk.resources.routes_of_level import LevelName
from orthanc_sdk.resources.siblings import FIRST_BATCH, Siblings

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource
    from orthanc_sdk.resources.instance import Instance
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.query import QueryValue
    from orthanc_sdk.resources.series import Series
    from orthanc_sdk.resources.study import Study

ResourceT = TypeVar("ResourceT", bound="AnyResource")

PAGE_SIZE: Final = 1000

_BELOW: dict[str, tuple[LevelName, ...]] = {
    "Patient": ("Study", "Series", "Instance"),
    "Study": ("Series", "Instance"),
    "Series": ("Instance",),
    "Instance": (),
}
_QUERIES: Final[Mapping[str, frozenset[str]]] = {
    "Patient": PatientQuery.__optional_keys__,
    "Study": StudyQuery.__optional_keys__,
    "Series": SeriesQuery.__optional_keys__,
}
"""The main DICOM tags of each level and of those above it."""

_PREFETCH: dict[str, LevelName] = {"studies": "Study", "series": "Series", "instances": "Instance"}


def search(
    client: Orthanc,
    level: type[ResourceT],
    *,
    query: Mapping[str, QueryValue] | Mapping[str, object] | None,
    labels: str | Sequence[str],
    labels_constraint: Literal["All", "Any", "None"] | None,
    case_sensitive: bool | None,
    metadata_query: Mapping[str, str] | None,
    requested_tags: Sequence[str],
    order_by: Order | Sequence[Order],
    limit: int | None,
    since: int,
    page_size: int,
    parent: AnyResource | None = None,
    prefetch: str | None = None,
) -> Iterator[ResourceT]:
    """Searches a level: the arguments are checked at once, and the iterator that is returned does the rest.

    What they mean is said by :func:`orthanc_sdk.find_studies`.
    """
    name = level._routes.level
    body: dict[str, object] = {"Level": name, "Query": written(query), "Expand": True}
    if labels:
        _needs(client, "labels", "1.12.0")
        body["Labels"] = [labels] if isinstance(labels, str) else list(labels)
    if labels_constraint is not None:
        body["LabelsConstraint"] = labels_constraint
    if case_sensitive is not None:
        body["CaseSensitive"] = case_sensitive
    if metadata_query:
        _needs(client, "metadata_query", "1.12.5")
        body["MetadataQuery"] = dict(metadata_query)
    if parent is not None:
        _needs(client, "parent", "1.12.5")
        if parent.level not in _BELOW or name not in _BELOW[parent.level]:
            raise InvalidArgument(f"parent: there is no {name.lower()} below a {parent.level.lower()}")
        body[f"Parent{parent.level}"] = parent.id
    if requested_tags:
        _needs(client, "requested_tags", "1.11.0")
        body["RequestedTags"] = [requested_tags] if isinstance(requested_tags, str) else list(requested_tags)
    if order := ordering(order_by):
        _needs(client, "order_by", "1.12.5")
        body["OrderBy"] = order
    if limit is not None and limit < 1:
        raise InvalidArgument("limit must be 1 or more; leave it out for all")
    if since < 0 or page_size < 1:
        raise InvalidArgument("since must be 0 or more, and page_size 1 or more")
    to_prefetch = _levels_to_prefetch(name, prefetch)
    alignment = None
    if since == 0 and _is_about_levels_above(name, body):
        alignment = Alignment(name, cast("dict[str, str]", body["Query"]))
    default_order = () if order_by else order_of(name, name)
    pages = Search(client, body, since, limit, page_size, default_order)
    found = _resources(client, name, pages, to_prefetch, alignment)
    return cast("Iterator[ResourceT]", found)  # of the level that was searched


def search_level(
    client: Orthanc,
    level: Literal["Patient", "Study", "Series", "Instance"],
    *,
    query: Mapping[str, QueryValue] | Mapping[str, object] | None,
    labels: str | Sequence[str],
    labels_constraint: Literal["All", "Any", "None"] | None,
    case_sensitive: bool | None,
    metadata_query: Mapping[str, str] | None,
    parent: AnyResource | None,
    requested_tags: Sequence[str],
    order_by: Order | Sequence[Order],
    limit: int | None,
    since: int,
    page_size: int,
    prefetch: str | None,
) -> list[Patient] | list[Study] | list[Series] | list[Instance]:
    """Searches a level that is given by its name."""
    found = search(
        client,
        class_of(level),
        query=query,
        labels=labels,
        labels_constraint=labels_constraint,
        case_sensitive=case_sensitive,
        metadata_query=metadata_query,
        parent=parent,
        requested_tags=requested_tags,
        order_by=order_by,
        limit=limit,
        since=since,
        page_size=page_size,
        prefetch=prefetch,
    )
    return cast("list[Patient]", list(found))  # of the one level that was named


def _resources(
    client: Orthanc, level: LevelName, search: Search, prefetch: Sequence[LevelName], alignment: Alignment | None
) -> Iterator[AnyResource]:
    make = class_of(level)._from_info
    batch, before = FIRST_BATCH, 0
    for infos in search.pages():
        if alignment is not None:
            alignment.check(infos)
        page = deque(make(info, client) for info in infos)
        listing = Siblings(page, batch, alignment, before)
        levels = [listing]
        for below in prefetch:
            levels = [found for siblings in levels for found in siblings.read_all(below)]
        while page:  # what the loop is done with is not kept
            yield page.popleft()
        batch = listing.next_batch  # a loop that has come so far goes on
        before += len(infos)


def _is_about_levels_above(level: LevelName, body: Mapping[str, object]) -> bool:
    """Whether the levels below can be searched for the same: by tags of the level and of those above it alone."""
    if set(body) - {"Level", "Query", "Expand", "RequestedTags"} or level not in _QUERIES:
        return False
    return cast("Mapping[str, str]", body["Query"]).keys() <= _QUERIES[level] - {"ModalitiesInStudy"}


def _levels_to_prefetch(level: LevelName, prefetch: str | None) -> Sequence[LevelName]:
    if prefetch is None:
        return ()
    below = _BELOW[level]
    if prefetch not in _PREFETCH or _PREFETCH[prefetch] not in below:
        raise InvalidArgument(
            f"prefetch must be one of {', '.join(name for name, to in _PREFETCH.items() if to in below)}"
        )
    return below[: below.index(_PREFETCH[prefetch]) + 1]


def _needs(client: Orthanc, option: str, version: str) -> None:
    """Servers ignore what they do not know, and would find too much."""
    if not client.supports(version):
        raise NotSupportedByServer.needs(option, version, client.version, route="POST /tools/find", argument=option)
