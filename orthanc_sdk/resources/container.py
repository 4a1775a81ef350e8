"""What patients, studies and series have in common, and single instances have not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from orthanc_sdk.resources.base import Resource, TagsT
from orthanc_sdk.resources.routes_of_level import ContainerRoutes, HolderInfoT

if TYPE_CHECKING:
    import datetime as dt

    from orthanc_sdk import models


class Container(Resource[HolderInfoT, TagsT]):
    """A patient, a study or a series."""

    # Any: each level has its own information. Narrower than in the base, which is safe as nobody changes it.
    _routes: ClassVar[ContainerRoutes[Any]]  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def is_stable(self) -> bool:
        """Whether nothing has come for some time (``StableAge`` of the server); asked each time."""
        return self._ask().is_stable

    @property
    def last_update(self) -> dt.datetime | None:
        """When something came or went last, in UTC; asked each time."""
        return self._ask().last_update

    @property
    def shared_tags(self) -> models.DicomTagsSimplified:
        """The tags that have the same value in all instances, by keyword; asked each time."""
        return self._routes.shared_tags(self._client, self._id)
