"""Anonymizing and modifying patients, studies and series, as jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from orthanc_sdk.errors import InvalidArgument, JobFailed
from orthanc_sdk.jobs import Job, started
from orthanc_sdk.resources.base import Resource, TagsT
from orthanc_sdk.resources.routes_of_level import InfoT

if TYPE_CHECKING:
    from typing import Self, Unpack

    from pydantic import JsonValue

    from orthanc_sdk import models


class JobOptions(TypedDict, total=False):
    """What anonymizing and modifying have in common.

    Attributes:
        remove: Tags to delete: keywords, numbers as ``0010,0010``, or paths into sequences.
        replace: New values by tag; None makes a tag empty, a list of mappings is a sequence.
        keep: Tags that keep the value they have.
        force: Needed to replace or keep DICOM identifiers.
        keep_source: Whether the original stays on the server.
        keep_labels: Whether labels are copied. Since Orthanc 1.12.3.
        priority: Jobs of higher priority start first; 0 by default.
        permissive: Whether to go on after the failure of an instance.
        private_creator: Creator of the private tags in ``replace``.
        transcode: Transfer syntax UID of the result.
        user_data: To be found again in the job. Since Orthanc 1.12.9.
    """

    remove: Sequence[str]
    replace: Mapping[str, models.TagInput]
    keep: Sequence[str]
    force: bool
    keep_source: bool
    keep_labels: bool
    priority: int
    permissive: bool
    private_creator: str
    transcode: str
    user_data: JsonValue


class AnonymizeOptions(JobOptions, total=False):
    """How to anonymize.

    Attributes:
        keep_private_tags: Whether private tags stay.
        dicom_version: Edition of DICOM whose profile is applied; ``2023b`` by default.
    """

    keep_private_tags: bool
    dicom_version: Literal["2008", "2017c", "2021b", "2023b"]


class ModifyOptions(JobOptions, total=False):
    """How to modify.

    Attributes:
        remove_private_tags: Whether private tags are deleted.
    """

    remove_private_tags: bool


IDENTIFIERS: dict[str, str] = {
    "Patient": "PatientID",
    "Study": "StudyInstanceUID",
    "Series": "SeriesInstanceUID",
    "Instance": "SOPInstanceUID",
}
"""The tag that identifies a resource of each level."""

_NUMBERS = {"00100020": "PatientID", "0020000d": "StudyInstanceUID", "0020000e": "SeriesInstanceUID",
            "00080018": "SOPInstanceUID"}  # fmt: skip


def keyword(tag: str) -> str:
    """The keyword of an identifying tag that was given by its number."""
    return _NUMBERS.get(tag.replace(",", "").replace("-", "").lower(), tag)


class ModifiableResource(Resource[InfoT, TagsT]):
    """A patient, a study or a series: what can be anonymized and modified as a whole.

    The calls that wait do so without a limit of time: the work is a job of the server, however large the resource is.
    """

    def anonymize(self, **options: Unpack[AnonymizeOptions]) -> Self:
        """Makes an anonymized copy, and waits for it.

        The original stays, unless ``keep_source=False``.

        Args:
            options: See :class:`AnonymizeOptions`.

        Returns:
            The new resource.

        Raises:
            JobFailed: if it does not succeed.
            UnknownDicomTag: if the server does not know a tag.

        Example:
            >>> patient.anonymize(keep=["PatientSex"], replace={"PatientID": "A-1"}, force=True)  # doctest: +SKIP
            Patient('b0f3b6a5-...')
        """
        return self.anonymize_as_job(**options).result()

    def anonymize_as_job(self, **options: Unpack[AnonymizeOptions]) -> Job[Self]:
        """Starts to make an anonymized copy; ``result()`` of the job is the new resource.

        Args:
            options: See :class:`AnonymizeOptions`.
        """
        self._check(options)
        return self._submit(self._post_anonymize, body_of(options))

    def modify(self, **options: Unpack[ModifyOptions]) -> Self:
        """Makes a modified copy, and waits for it; the original stays, unless ``keep_source=False``.

        Args:
            options: See :class:`ModifyOptions`.

        Returns:
            The new resource.

        Raises:
            InvalidArgument: if the identifier of the resource is replaced without ``force``, or if the call would destroy
                the instances.
            JobFailed: if it does not succeed.
        """
        return self.modify_as_job(**options).result()

    def modify_as_job(self, **options: Unpack[ModifyOptions]) -> Job[Self]:
        """Starts to make a modified copy; ``result()`` of the job is the new resource.

        Args:
            options: See :class:`ModifyOptions`.
        """
        self._check(options)
        return self._submit(self._post_modify, body_of(options))

    # -- how --------------------------------------------------------------------------------------------------------

    def _post_anonymize(self, body: dict[str, Any]) -> object:  # Any: JSON
        raise NotImplementedError

    def _post_modify(self, body: dict[str, Any]) -> object:  # Any: JSON
        raise NotImplementedError

    def _check(self, options: AnonymizeOptions | ModifyOptions) -> None:
        """Refuses what the server would refuse, and what it would do although it destroys data."""
        check_identifiers(options)
        kept = {keyword(tag) for tag in options.get("keep", ())}
        # Copies with the identifiers of their originals *are* the originals to Orthanc, which then deletes them as the
        # source. It refuses that in some cases, and answers with a success in others.
        if not options.get("keep_source", True) and "SOPInstanceUID" in kept and not self._moves(options):
            raise InvalidArgument(
                "keep_source=False with SOPInstanceUID kept: the server would delete what it has modified; leave out keep_source"
            )

    def _moves(self, options: AnonymizeOptions | ModifyOptions) -> bool:
        """Whether the result belongs to another patient, study or series than the original."""
        replaced = {keyword(tag): value for tag, value in options.get("replace", {}).items()}
        return any(
            tag in replaced and replaced[tag] != self._identifier(tag)
            for tag in IDENTIFIERS.values()
            if tag != "SOPInstanceUID"
        )

    def _identifier(self, tag: str) -> object:
        return self.tags.raw.get(tag)

    def _submit(self, post: Any, body: dict[str, Any]) -> Job[Self]:  # Any: one of the two methods above; JSON
        from orthanc_sdk import models

        reference = post({**body, "Asynchronous": True})
        assert isinstance(reference, models.JobReference)  # for nothing else was asked
        return started(reference.id, self._client, self._made_by, self._forget_family)

    def _made_by(self, info: models.JobInfo) -> Self:
        """The resource that a job has made."""
        from orthanc_sdk import models

        content = info.content
        if not isinstance(content, models.ResourceModificationContent) or content.id is None:
            raise JobFailed(f"job {info.id} has made nothing: all instances failed", job_id=info.id)
        return self if content.id == self._id else type(self)(content.id, self._client)

    def _forget_family(self) -> None:
        for relatives in self._relatives.values():
            for relative in relatives:
                relative._forget()
        self._forget()


def check_identifiers(options: AnonymizeOptions | ModifyOptions) -> None:
    """What identifies a resource is replaced and kept by force only, and never by mistake.

    Raises:
        InvalidArgument: names the tag.
    """
    if options.get("force", False):
        return
    identifiers = set(IDENTIFIERS.values())
    for tag in sorted(identifiers & {keyword(tag) for tag in options.get("replace", {})}):
        raise InvalidArgument(f"replace: {tag} identifies a resource; that needs force=True")
    for tag in sorted((identifiers - {"PatientID"}) & {keyword(tag) for tag in options.get("keep", ())}):
        raise InvalidArgument(f"keep: {tag} identifies a resource; that needs force=True")


def body_of(options: AnonymizeOptions | ModifyOptions) -> dict[str, Any]:  # Any: JSON
    """The options in Orthanc's spelling."""
    return {"".join(word.capitalize() for word in name.split("_")): value for name, value in options.items()}
