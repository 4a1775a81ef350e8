"""Searching a server: lists of resources, page after page, with all their tags."""

# pyright: reportPrivateUsage=false
# A friend of the resources: it makes them from what it has found.

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, cast

from orthanc_sdk.errors import InvalidArgument, NotSupportedByServer
from orthanc_sdk.resources.paging import Search
from orthanc_sdk.resources.query import Order, QueryValue, ordering, written
from orthanc_sdk.resources.results import class_of
from orthanc_sdk.resources.siblings import Siblings

if TYPE_CHECKING:
    from typing import Unpack

    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource
    from orthanc_sdk.resources.instance import Instance
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.routes_of_level import LevelName
    from orthanc_sdk.resources.series import Series
    from orthanc_sdk.resources.study import Study

PAGE = 1000

_BELOW: dict[str, tuple[LevelName, ...]] = {
    "Patient": ("Study", "Series", "Instance"),
    "Study": ("Series", "Instance"),
    "Series": ("Instance",),
    "Instance": (),
}
_PREFETCH: dict[str, LevelName] = {"studies": "Study", "series": "Series", "instances": "Instance"}


class FindOptions(TypedDict, total=False):
    """What is searched for, and how.

    Attributes:
        query: Values by tag, by keyword or as ``0010,0010``: see :data:`QueryValue`.
        labels: Labels, or one. Since Orthanc 1.12.0.
        labels_constraint: Have ``All`` of the labels (the default), ``Any`` of them, or ``None`` of them.
        case_sensitive: Whether person names are; the server has a default.
        metadata_query: Values by name of metadata. Since Orthanc 1.12.5.
        parent: Only what is below this resource. Since Orthanc 1.12.5.
        requested_tags: More tags to be read, to be found in ``info.requested_tags``. Since Orthanc 1.11.0.
        order_by: Tags to sort by, ``-StudyDate`` for descending order. Since Orthanc 1.12.5.
        limit: Most resources to find; all by default. Orthanc 1.10 finds no more than its ``LimitFindResults``.
        since: How many to leave out at the beginning.
        page_size: How many are asked for at once; 1,000 by default.
        prefetch: Also read what is below, down to these: one request for each level and page.
    """

    query: Mapping[str, QueryValue]
    labels: str | Sequence[str]
    labels_constraint: Literal["All", "Any", "None"]
    case_sensitive: bool
    metadata_query: Mapping[str, str]
    parent: AnyResource
    requested_tags: Sequence[str]
    order_by: Order | Sequence[Order]
    limit: int
    since: int
    page_size: int
    prefetch: Literal["studies", "series", "instances"]


def find_patients(client: Orthanc, **options: Unpack[FindOptions]) -> list[Patient]:
    """Finds patients, with their tags: reading these costs no more requests.

    Args:
        client: The server.
        options: See :class:`FindOptions`.

    Example:
        >>> for patient in find_patients(client, query={"PatientName": "DOE*"}):  # doctest: +SKIP
        ...     print(patient.name, patient.birth_date)
    """
    return list(iter_patients(client, **options))


def find_studies(client: Orthanc, **options: Unpack[FindOptions]) -> list[Study]:
    """Finds studies; see :func:`find_patients`.

    Example:
        >>> find_studies(client, query={"StudyDate": (date(2024, 1, 1), None)}, order_by="-StudyDate")  # doctest: +SKIP
    """
    return list(iter_studies(client, **options))


def find_series(client: Orthanc, **options: Unpack[FindOptions]) -> list[Series]:
    """Finds series; see :func:`find_patients`."""
    return list(iter_series(client, **options))


def find_instances(client: Orthanc, **options: Unpack[FindOptions]) -> list[Instance]:
    """Finds instances; see :func:`find_patients`."""
    return list(iter_instances(client, **options))


def iter_patients(client: Orthanc, **options: Unpack[FindOptions]) -> Iterator[Patient]:
    """Finds patients, one page after the other, as they are asked for; see :func:`find_patients`."""
    return cast("Iterator[Patient]", _search(client, "Patient", options))


def iter_studies(client: Orthanc, **options: Unpack[FindOptions]) -> Iterator[Study]:
    """Finds studies, one page after the other, as they are asked for; see :func:`find_patients`."""
    return cast("Iterator[Study]", _search(client, "Study", options))


def iter_series(client: Orthanc, **options: Unpack[FindOptions]) -> Iterator[Series]:
    """Finds series, one page after the other, as they are asked for; see :func:`find_patients`."""
    return cast("Iterator[Series]", _search(client, "Series", options))


def iter_instances(client: Orthanc, **options: Unpack[FindOptions]) -> Iterator[Instance]:
    """Finds instances, one page after the other, as they are asked for; see :func:`find_patients`."""
    return cast("Iterator[Instance]", _search(client, "Instance", options))


def query_orthanc(
    client: Orthanc, level: Literal["Patient", "Study", "Series", "Instance"], **options: Unpack[FindOptions]
) -> list[Patient] | list[Study] | list[Series] | list[Instance]:
    """Finds resources of a level; see :func:`find_patients`.

    Args:
        client: The server.
        level: Which resources.
        options: See :class:`FindOptions`.
    """
    if level not in _BELOW:
        raise InvalidArgument(f"level must be one of {', '.join(_BELOW)}, not {level!r}")
    return cast("list[Patient]", list(_search(client, level, options)))


def _search(client: Orthanc, level: LevelName, options: FindOptions) -> Iterator[AnyResource]:
    """Checks the options at once; the iterator that it returns does the rest."""
    body = _body(client, level, options)
    limit, since, page_size = options.get("limit"), options.get("since", 0), options.get("page_size", PAGE)
    if limit is not None and limit < 1:
        raise InvalidArgument("limit must be 1 or more; leave it out for all")
    if since < 0 or page_size < 1:
        raise InvalidArgument("since must be 0 or more, and page_size 1 or more")
    prefetch = _levels_to_prefetch(level, options.get("prefetch"))
    return _resources(client, level, Search(client, body, since, limit, page_size), prefetch)


def _resources(
    client: Orthanc, level: LevelName, search: Search, prefetch: Sequence[LevelName]
) -> Iterator[AnyResource]:
    make = class_of(level)._from_info
    for infos in search.pages():
        page = deque(make(info, client) for info in infos)
        siblings = Siblings(page)
        for below in prefetch:
            siblings = _prefetch(page, siblings, below)
        while page:  # what the loop is done with is not kept
            yield page.popleft()


def _prefetch(members: Iterable[AnyResource], siblings: Siblings, level: LevelName) -> Siblings:
    """Reads what is below; what was read is the listing for the next level."""
    siblings.read_all(level)
    below: dict[str, AnyResource] = {}
    for member in members:
        for relative in _deepest(member, level):
            below[relative.id] = relative
    return Siblings(below.values(), first_batch=max(1, len(below)))


def _deepest(member: AnyResource, level: LevelName) -> Iterator[AnyResource]:
    for known, relatives in member._relatives.items():
        if known == level:
            yield from relatives
        else:
            for relative in relatives:
                yield from _deepest(relative, level)


def _levels_to_prefetch(level: LevelName, prefetch: str | None) -> Sequence[LevelName]:
    if prefetch is None:
        return ()
    below = _BELOW[level]
    if prefetch not in _PREFETCH or _PREFETCH[prefetch] not in below:
        raise InvalidArgument(
            f"prefetch must be one of {', '.join(name for name, to in _PREFETCH.items() if to in below)}"
        )
    return below[: below.index(_PREFETCH[prefetch]) + 1]


def _body(client: Orthanc, level: LevelName, options: FindOptions) -> dict[str, object]:
    unknown = sorted(set(options) - FindOptions.__optional_keys__)
    if unknown:
        raise InvalidArgument(f"{', '.join(unknown)}: there is no such option")
    body: dict[str, object] = {"Level": level, "Query": written(options.get("query")), "Expand": True}
    if labels := options.get("labels"):
        _needs(client, "labels", "1.12.0")
        body["Labels"] = [labels] if isinstance(labels, str) else list(labels)
    if "labels_constraint" in options:
        body["LabelsConstraint"] = options["labels_constraint"]
    if "case_sensitive" in options:
        body["CaseSensitive"] = options["case_sensitive"]
    if metadata := options.get("metadata_query"):
        _needs(client, "metadata_query", "1.12.5")
        body["MetadataQuery"] = dict(metadata)
    if parent := options.get("parent"):
        _needs(client, "parent", "1.12.5")
        if parent.level not in _BELOW or level not in _BELOW[parent.level]:
            raise InvalidArgument(f"parent: there is no {level.lower()} below a {parent.level.lower()}")
        body[f"Parent{parent.level}"] = parent.id
    if requested := options.get("requested_tags"):
        _needs(client, "requested_tags", "1.11.0")
        body["RequestedTags"] = [requested] if isinstance(requested, str) else list(requested)
    if order := ordering(options.get("order_by")):
        _needs(client, "order_by", "1.12.5")
        body["OrderBy"] = order
    return body


def _needs(client: Orthanc, option: str, version: str) -> None:
    """Servers ignore what they do not know, and would find too much."""
    if not client.supports(version):
        raise NotSupportedByServer.needs(option, version, client.version, route="POST /tools/find", argument=option)
