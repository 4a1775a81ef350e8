"""What patients, studies, series and instances have in common."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

from orthanc_sdk.errors import InvalidArgument, NotFound, NotSupportedByServer
from orthanc_sdk.resources.attachments import Attachments
from orthanc_sdk.resources.metadata import Metadata
from orthanc_sdk.resources.routes_of_level import LEVELS, InfoT, LevelName, LevelRoutes
from orthanc_sdk.resources.siblings import Siblings, fetch

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

TagsT = TypeVar("TagsT", bound="models.TypedTags")

AnyResource: TypeAlias = "Resource[Any, Any]"  # Any: a resource of whatever level, with its information and tags


class Resource(ABC, Generic[InfoT, TagsT]):
    """A patient, study, series or instance of a server.

    Making one asks nothing. What it reads it remembers: :meth:`refresh` forgets, and what is changed through it is
    forgotten by itself. Two resources are equal if level, server and identifier are; they can be pickled.

    Args:
        id_: Orthanc identifier, 44 characters.
        client: The server.
    """

    _routes: ClassVar[LevelRoutes[Any]]  # Any: each level has its own information

    def __init__(self, id_: str, client: Orthanc) -> None:
        self._id = id_
        self._client = client
        if not isinstance(id_, str) or not id_:  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
            raise InvalidArgument(f"{type(self).__name__}: id_ must be an Orthanc identifier, not {id_!r}")
        self._siblings: Siblings | None = None
        self._listed_by: weakref.ref[AnyResource] | None = None
        self._forget()

    def _forget(self) -> None:
        """Forgets what was read of this resource; what others have read of it is theirs."""
        self._info: InfoT | None = None
        self._known_tags: TagsT | None = None
        self._relatives: dict[LevelName, list[AnyResource]] = {}

    def _forget_above(self) -> None:
        """Forgets what this resource and those above it remember: what is below them has changed."""
        above = self._above()
        self._forget()
        for resource in above:
            resource._forget_above()

    def _forget_family(self) -> None:
        """Forgets what this resource remembers, and those above and below it that it knows."""
        above = self._above()
        below = [relative for relatives in self._relatives.values() for relative in relatives]
        self._forget()
        for resource in below:
            resource._forget_family()
        for resource in above:
            resource._forget_above()

    def _above(self) -> list[AnyResource]:
        parent = self._parent()
        known = [relative for level, found in self._relatives.items() if self._is_above(level) for relative in found]
        return known if parent is None else [*known, parent]

    def _is_above(self, level: LevelName) -> bool:
        return LEVELS.index(level) < LEVELS.index(self.level)

    def _parent(self) -> AnyResource | None:
        """The resource that this one was listed by, if somebody still has it."""
        return None if self._listed_by is None else self._listed_by()

    @classmethod
    def _from_info(cls, info: InfoT, client: Orthanc) -> Self:
        """A resource of which the information is there already."""
        resource = cls(info.id, client)
        resource._info = info
        return resource

    # -- identity -----------------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Orthanc identifier, 44 characters."""
        return self._id

    @property
    def id_(self) -> str:
        """The same as :attr:`id`."""
        return self._id

    @property
    def identifier(self) -> str:
        """The same as :attr:`id`."""
        return self._id

    @property
    def client(self) -> Orthanc:
        """The server."""
        return self._client

    @property
    def level(self) -> LevelName:
        """``Patient``, ``Study``, ``Series`` or ``Instance``."""
        return self._routes.level

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (self.level, self._client.url, self._id) == (other.level, other._client.url, other._id)

    def __hash__(self) -> int:
        return hash((self.level, self._client.url, self._id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._id!r})"

    def __getstate__(self) -> dict[str, object]:
        return {"id": self._id, "client": self._client, "info": self._info, "tags": self._known_tags}

    def __setstate__(self, state: dict[str, Any]) -> None:  # Any: what __getstate__ has made
        self.__init__(state["id"], state["client"])  # type: ignore[misc]  # as a new one, with what was known
        self._info = state["info"]
        self._known_tags = state["tags"]

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def info(self) -> InfoT:
        """All that the server tells of the resource, as it was when it was read first.

        Raises:
            NotFound: if the server does not have it (any more).
        """
        return self._ask() if self._info is None else self._info

    def _ask(self) -> InfoT:
        """The information as it is now; relatives that are remembered stay."""
        self._info = cast(InfoT, self._routes.info(self._client, self._id))
        self._known_tags = None
        return self._info

    @property
    def tags(self) -> TagsT:
        """The main DICOM tags, as Python values.

        ``tags.raw`` has them as they were sent, ``tags.problems`` what is wrong with them.

        Raises:
            NotFound: if the server does not have the resource (any more).
        """
        if self._known_tags is None:
            self._known_tags = cast(TagsT, self.info.main_dicom_tags)
        return self._known_tags

    def refresh(self) -> Self:
        """Forgets what was read, so that the server is asked anew."""
        self._forget()
        return self

    def exists(self) -> bool:
        """Whether the server has the resource now."""
        self._forget()
        try:
            return self.info.id == self._id
        except NotFound:
            return False

    # -- labels -------------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The labels, sorted. Since Orthanc 1.12.0.

        Raises:
            NotSupportedByServer: if the server knows no labels.
        """
        if self.info.labels is None:
            raise NotSupportedByServer.needs("labels", "1.12.0", self._client.version)
        return sorted(self.info.labels)

    @labels.setter
    def labels(self, labels: Iterable[str]) -> None:
        wanted = {labels} if isinstance(labels, str) else set(labels)
        current = set(self.refresh().labels)
        for label in sorted(wanted - current):
            self.add_label(label)
        for label in sorted(current - wanted):
            self.remove_label(label)

    def add_label(self, label: str) -> None:
        """Adds a label: letters, digits, ``_`` and ``-``, at most 64 of them. It may be there already.

        Raises:
            BadRequest: if it has other characters.
        """
        self._routes.add_label(self._client, self._id, label)
        self._forget()

    def remove_label(self, label: str) -> None:
        """Removes a label, if it is there."""
        self._routes.remove_label(self._client, self._id, label)
        self._forget()

    # -- what belongs to it -------------------------------------------------------------------------------------------

    @property
    def metadata(self) -> Metadata:
        """What Orthanc and others have noted about the resource, by name."""
        return Metadata(self._client, self._id, self._routes)

    @property
    def attachments(self) -> Attachments:
        """The files that belong to the resource, by name."""
        return Attachments(self._client, self._id, self._routes)

    def reconstruct(self, *, files: bool = False) -> None:
        """Reads the main DICOM tags anew from the files; takes long for large resources.

        Args:
            files: Also rewrite the files, by the current settings of compression and transcoding. Since Orthanc 1.11.0.
        """
        self._routes.reconstruct(self._client, self._id, {"ReconstructFiles": True} if files else {}, timeout=None)
        self._forget()

    def delete(self) -> AnyResource | None:
        """Deletes the resource with all that is below it.

        Returns:
            The nearest ancestor that remains; None if the patient is gone with it.

        Raises:
            NotFound: if the server does not have it (any more).
        """
        from orthanc_sdk.resources.results import resource_of

        remaining = self._routes.delete(self._client, self._id).remaining_ancestor
        self._forget_above()
        return None if remaining is None else resource_of(remaining.type, remaining.id, self._client)

    # -- relatives ----------------------------------------------------------------------------------------------------

    def _relatives_of(self, level: LevelName) -> list[AnyResource]:
        """The children, or the parent, read ahead for the siblings too."""
        parent = self._parent()
        if parent is not None and parent.level == level:
            return [parent]
        known = self._relatives.get(level)
        if known is None:
            if self._siblings is not None:
                known = self._siblings.read_ahead(self, level)
            else:
                known = fetch(self._client, [self], level)[0][0]
        if not known:
            # Nothing is without children or parent: the resource is not there. This says so.
            self._forget()
            _ = self.info
        return known

    def _has_relatives(self, level: LevelName) -> bool:
        return level in self._relatives

    def _take_relatives(
        self, level: LevelName, infos: Iterable[models.ResourceInfo], made: dict[str, AnyResource]
    ) -> list[AnyResource]:
        """Remembers relatives that were read; those that several members share are made once."""
        from orthanc_sdk.resources.results import class_of

        make = class_of(level)._from_info
        resources: list[AnyResource] = []
        for info in infos:
            if info.id not in made:
                made[info.id] = make(info, self._client)
            resources.append(made[info.id])
            if not self._is_above(level):
                made[info.id]._listed_by = weakref.ref(self)
        self._relatives[level] = resources
        return resources

    @abstractmethod
    def _count_of(self, level: LevelName) -> int:
        """How many relatives there will be, if that is known; 1 otherwise."""
