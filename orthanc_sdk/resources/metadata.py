"""The metadata of a resource, as a mapping."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any

from orthanc_sdk.errors import NotFound
from orthanc_sdk.http.raw import raw_response

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.routes_of_level import LevelRoutes


class Metadata(MutableMapping[str, str]):
    """What is noted about a resource, by name: all values are text.

    Names are those that the server knows, or numbers from 1024 on; those of Orthanc itself cannot be changed. Each
    access asks the server; ``dict(resource.metadata.items())`` has all by one request.

    Example:
        >>> patient.metadata["1030"] = "blue"  # doctest: +SKIP
        >>> value, revision = patient.metadata.read("1030")  # doctest: +SKIP
        >>> patient.metadata.write("1030", "green", revision=revision)  # doctest: +SKIP
    """

    def __init__(self, client: Orthanc, id_: str, routes: LevelRoutes[Any]) -> None:  # Any: of whatever level
        self._client = client
        self._id = id_
        self._routes = routes

    def read(self, name: str) -> tuple[str, str | None]:
        """A value, and the revision that it has; None on servers that have no revisions.

        Raises:
            NotFound: if there is no such metadata.
        """
        method = self._routes.metadata_value.__get__(self._client)
        response = raw_response(method, self._id, name)
        return response.content.decode("utf-8", "surrogateescape"), response.headers.get("ETag")

    def write(self, name: str, value: str, *, revision: str | None = None) -> None:
        """Sets a value.

        Args:
            name: Name or number.
            value: Text.
            revision: The one that :meth:`read` gave; servers with ``CheckRevisions`` want it to change what is there.

        Raises:
            RevisionConflict: if somebody else has changed it since.
            Forbidden: if it is one of Orthanc's own.
        """
        self._routes.set_metadata(self._client, self._id, name, value, if_match=revision)

    def remove(self, name: str, *, revision: str | None = None) -> None:
        """Deletes a value; see :meth:`write`."""
        self._routes.delete_metadata(self._client, self._id, name, if_match=revision)

    def __getitem__(self, name: str) -> str:
        try:
            value = self._routes.metadata_value(self._client, self._id, name)
        except NotFound as error:
            if error.orthanc_status == 17:  # not the metadata: the resource itself is not there
                raise
            raise KeyError(name) from error
        return "" if value is None else value

    def __setitem__(self, name: str, value: str) -> None:
        self.write(name, value)

    def __delitem__(self, name: str) -> None:
        _ = self[name]  # deleting what is not there is no error of the server
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        try:
            _ = self[name]  # a number may have a name, and is not listed then
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def items(self) -> ItemsView[str, str]:
        """All names and values, by one request."""
        return self._all().items()

    def keys(self) -> KeysView[str]:
        """All names, by one request."""
        return self._all().keys()

    def values(self) -> ValuesView[str]:
        """All values, by one request."""
        return self._all().values()

    def _all(self) -> dict[str, str]:
        return self._routes.metadata(self._client, self._id)

    def __repr__(self) -> str:
        return f"Metadata({self._routes.level} {self._id!r})"
