"""Anonymizing and modifying patients, studies and series, as jobs."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from orthanc_sdk.errors import InvalidArgument, NotFound
from orthanc_sdk.resources.base import TagsT
from orthanc_sdk.resources.character_sets import fitting
from orthanc_sdk.resources.container import Container
from orthanc_sdk.resources.identity import all_stay, check_deletion, check_force, stays
from orthanc_sdk.resources.job import Job, started
from orthanc_sdk.resources.options import AnonymizeOptions, ModifyOptions, body_of, check_options
from orthanc_sdk.resources.results import id_of_job, nothing_made
from orthanc_sdk.resources.routes_of_level import HolderInfoT

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk import models


class ModifiableResource(Container[HolderInfoT, TagsT]):
    """A patient, a study or a series: what can be anonymized and modified as a whole."""

    def _start_anonymizing(self, options: AnonymizeOptions) -> Job[Self, models.ResourceModificationContent]:
        self._check(options, anonymized=True)
        body = fitting(self, body_of(options), anonymized=True)
        return self._submit(self._routes.anonymize, body, self._forget_family)

    def _start_modifying(self, options: ModifyOptions) -> Job[Self, models.ResourceModificationContent]:
        self._check(options, anonymized=False)
        same = self._stays(options)
        body = fitting(self, body_of(options), anonymized=False)
        return self._submit(self._routes.modify, body, self._after_modifying_in_place if same else self._forget_family)

    # -- how --------------------------------------------------------------------------------------------------------

    def _check(self, options: AnonymizeOptions | ModifyOptions, *, anonymized: bool) -> None:
        """Refuses what the server would refuse, and what it would do although it destroys data or changes nothing."""
        check_force(options)
        check_options(self._client, options)
        if not options.get("keep_source", True):
            check_deletion(options)
        if not all_stay(self.level, self._identifier, options, anonymized=anonymized):
            return
        if not options.get("keep_source", True):
            # The server deletes the source at the end: what it has just modified.
            raise InvalidArgument(
                "keep_source=False with all identifiers kept: the server would delete what it has modified;"
                " leave out keep_source"
            )
        if self._overwrites() is False:
            raise InvalidArgument(
                "all identifiers kept: this server does not overwrite instances (OverwriteInstances),"
                " so it would change nothing; leave out an identifier, or keep_source=False with it"
            )

    def _stays(self, options: ModifyOptions) -> bool:
        """Whether the modified resource is this one."""
        return stays(self.level, self.level, self._identifier, options, anonymized=False)

    def _identifier(self, tag: str) -> str:
        """The value of an identifying tag, of this resource or of one above it."""
        return str(self.tags.raw.get(tag) or "")

    def _overwrites(self) -> bool | None:
        """Whether the server stores an instance over one that it has; those before 1.11.0 do not tell."""
        return self._client.get_system().overwrite_instances

    def _submit(
        self,
        post: Callable[..., models.ResourceModificationContent | models.JobReference],
        body: dict[str, Any],  # Any: JSON
        when_ended: Callable[[], None],
    ) -> Job[Self, models.ResourceModificationContent]:
        from orthanc_sdk import models

        return started(
            id_of_job(post(self._client, self._id, {**body, "Asynchronous": True})),
            self._client,
            models.ResourceModificationContent,
            self._made_by,
            when_ended,
        )

    def _made_by(self, info: models.JobInfo) -> Self:
        """The resource that a job has made."""
        from orthanc_sdk import models

        content = info.content
        if not isinstance(content, models.ResourceModificationContent) or not content.id:
            raise nothing_made(info)
        return self if content.id == self._id else type(self)(content.id, self._client)

    def _after_modifying_in_place(self) -> None:
        if not self._client.supports("1.11.2"):
            with suppress(NotFound):  # if the job failed
                self.reconstruct()  # these servers keep the tags of the resource that they had before
        self._forget_family()
