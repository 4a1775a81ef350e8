"""Searches page after page, so that nothing is left out and nothing comes twice."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from orthanc_sdk.errors import BadRequest, ServerError
from orthanc_sdk.resources.results import check_level

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

_most_at_once: weakref.WeakKeyDictionary[object, dict[bool, int]] = weakref.WeakKeyDictionary()
"""How many results each session has seen given at once, of instances (True) and of anything else: see `_is_all`."""

_PROBE = 100


_cannot_sort: weakref.WeakSet[object] = weakref.WeakSet()
"""The sessions of servers whose database cannot sort."""

_NOT_IMPLEMENTED = 2


def find_sorted(client: Orthanc, body: Mapping[str, object], order: Sequence[str]) -> list[models.ResourceInfo]:
    """An expanded search, sorted by tags where the server can do that: Orthanc ignores it before 1.12.5.

    Some databases cannot sort, which is found out once.
    """
    by = [{"Type": "DicomTag", "Key": key, "Direction": "ASC"} for key in order]
    if by and client.session not in _cannot_sort:
        try:
            found = client.post_tools_find({**body, "OrderBy": by})
        except ServerError as error:
            if error.orthanc_status != _NOT_IMPLEMENTED:
                raise
            _cannot_sort.add(client.session)
        else:
            return cast("list[models.ResourceInfo]", found)  # as "Expand" wants, and no identifiers
    return cast("list[models.ResourceInfo]", client.post_tools_find(body))  # likewise


class _CannotContinueError(Exception):
    """The server cannot leave out the first results of this search."""


class Search:
    """A search of one server, and how far it has come.

    A page that is not full is not always the last one: a server may be configured to give no more at once
    (``LimitFindResults``). And while a loop over the pages deletes or labels what it gets, what is left moves to the
    front. So each page begins with the last result of the one before: if that is not there any more, something has
    moved, and the search starts again from the beginning, leaving out what has come already.

    Args:
        client: The server.
        body: What is searched for, in Orthanc's spelling.
        first: How many results to leave out at the beginning.
        limit: The most results to find; None for all.
        size: The most results to ask for at once.
        default_order: By which tags the results are sorted where the server can do that, if the user has not said it.
    """

    def __init__(
        self,
        client: Orthanc,
        body: Mapping[str, object],
        first: int,
        limit: int | None,
        size: int,
        default_order: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._body = body
        self._default_order = default_order
        self._first = first
        self._limit = limit
        self._size = size
        self._seen: set[str] = set()

    def pages(self) -> Iterator[Sequence[models.ResourceInfo]]:
        """The results, page after page; no page is empty."""
        position = self._first  # of the first one that has not come yet
        last: str | None = None  # what came last, to be found again at the beginning of the next page
        anything_new = False  # since the last start from the beginning
        is_short = False
        while self._limit is None or len(self._seen) < self._limit:
            wanted = self._size if self._limit is None else min(self._size, self._limit - len(self._seen))
            overlap = 0 if last is None else 1
            try:
                found = self._find({"Limit": wanted + overlap, "Since": position - overlap})
            except _CannotContinueError:
                if not is_short:
                    yield from self._all_at_once()
                return
            if overlap and (not found or found[0].id != last) and anything_new:
                position, last, anything_new = self._first, None, False
                continue
            fresh = self._fresh(found)
            if fresh:
                anything_new = True
                yield fresh
            position += len(found) - overlap
            is_short = len(found) < wanted + overlap
            if not is_short:
                self._at_once(len(found))
            if len(found) <= overlap or (is_short and self._is_all(len(found))):
                return
            if not fresh and position - self._first > len(self._seen):
                return  # the server gives the same again and again
            last = found[-1].id

    def _fresh(self, found: Sequence[models.ResourceInfo]) -> Sequence[models.ResourceInfo]:
        fresh = [info for info in found if info.id not in self._seen]
        if self._limit is not None:
            fresh = fresh[: self._limit - len(self._seen)]
        self._seen.update(info.id for info in fresh)
        return fresh

    def _find(self, paging: Mapping[str, int]) -> Sequence[models.ResourceInfo]:
        arguments = {name: number for name, number in paging.items() if number}
        try:
            found = find_sorted(self._client, {**self._body, **arguments}, self._default_order)
        except BadRequest as error:
            # A server without HttpDescribeErrors does not say why: if it is for something else, it refuses again.
            if "Since" not in arguments or (error.body is not None and "Since" not in str(error)):
                raise
            raise _CannotContinueError from error
        check_level(found, str(self._body["Level"]), "POST /tools/find")
        return found

    def _all_at_once(self) -> Iterator[Sequence[models.ResourceInfo]]:
        """What is left of a search for tags that are not in the database: those cannot be continued."""
        fresh = self._fresh(self._find({})[self._first :])
        if fresh:
            yield fresh

    def _is_all(self, count: int) -> bool:
        """Whether a page of so many results can be the last one: whether the server is known to give more at once.

        That is asked once for small pages, so that not each small search needs a second request.
        """
        before = self._at_once(count)
        if before is None:
            return count == 0  # it may be the only search: the next page tells
        is_narrow = any(cast("Mapping[str, str]", self._body["Query"]).values())
        if count >= before and is_narrow:
            probe: dict[str, object] = {"Level": self._body["Level"], "Query": {}, "Limit": max(_PROBE, 2 * count)}
            before = len(self._client.post_tools_find(probe))
            self._at_once(before)
        return count < before

    def _at_once(self, count: int) -> int | None:
        """Notes how many results have come at once, and returns the most before that."""
        known = _most_at_once.setdefault(self._client.session, {})
        of_instances = self._body["Level"] == "Instance"
        before = known.get(of_instances)
        known[of_instances] = max(count, before or 0)
        return before
