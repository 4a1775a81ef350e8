"""Patients."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from orthanc_sdk.resources.archive import ArchivableResource
from orthanc_sdk.resources.main_tags import PatientAttributes
from orthanc_sdk.resources.modification import ModifiableResource, ModifyOptions, body_of, keyword
from orthanc_sdk.resources.routes_of_level import PATIENT, LevelName, LevelRoutes

if TYPE_CHECKING:
    import datetime as dt
    from typing import Self, Unpack

    from orthanc_sdk import models
    from orthanc_sdk.jobs import Job
    from orthanc_sdk.resources.study import Study


class Patient(
    ArchivableResource["models.PatientInfo", "models.PatientTags"],
    ModifiableResource["models.PatientInfo", "models.PatientTags"],
    PatientAttributes,
):
    """A patient of a server.

    Example:
        >>> patient = Patient("0946fcb6-cf12ab43-bad958c1-bf057ad5-0fc6f54c", client)  # doctest: +SKIP
        >>> patient.name, patient.birth_date  # doctest: +SKIP
        ('Doe^Jane', datetime.date(1941, 9, 1))
    """

    _routes: ClassVar[LevelRoutes[Any]] = PATIENT

    @property
    def studies(self) -> list[Study]:
        """The studies, in no particular order; those of other patients of the same listing are read ahead."""
        return cast("list[Study]", list(self._relatives_of("Study")))

    @property
    def is_stable(self) -> bool:
        """Whether nothing has come for some time (``StableAge`` of the server); asked each time."""
        return self._ask().is_stable

    @property
    def last_update(self) -> dt.datetime | None:
        """When something came or went last, in UTC; asked each time."""
        return self._ask().last_update

    @property
    def statistics(self) -> models.PatientStatistics:
        """Sizes in bytes, and how much there is; asked each time."""
        return self._client.get_patients_id_statistics(self._id)

    # -- protection ---------------------------------------------------------------------------------------------------

    @property
    def protected(self) -> bool:
        """Whether the server keeps the patient when it makes room for others; can be set."""
        if self._info is not None and self._info.is_protected is not None:
            return self._info.is_protected
        return self._client.get_patients_id_protected(self._id)

    @protected.setter
    def protected(self, protected: bool) -> None:
        self._client.put_patients_id_protected(self._id, protected)
        self._forget()

    # -- tags ---------------------------------------------------------------------------------------------------------

    @property
    def shared_tags(self) -> models.DicomTagsSimplified:
        """The tags that have the same value in all instances, by keyword; asked each time."""
        return self._client.get_patients_id_shared_tags(self._id, simplify=True)

    @property
    def module(self) -> models.DicomTagsSimplified:
        """The tags of the patient module, by keyword, read from one of the files; asked each time."""
        return self._client.get_patients_id_module(self._id, simplify=True)

    # -- changes ------------------------------------------------------------------------------------------------------

    def modify(self, **options: Unpack[ModifyOptions]) -> Self:
        """Modifies the patient and waits for it: in place, unless ``PatientID`` is replaced.

        In place means that the identifier of the patient stays. A server that overwrites instances
        (``OverwriteInstances``) keeps the UIDs of studies, series and instances, too; on others these are new, and the originals are
        deleted when all is done (``keep_source=True`` keeps them beside the modified ones).

        Args:
            options: See :class:`ModifyOptions`.

        Returns:
            The patient itself, or the new one if ``PatientID`` is replaced.

        Raises:
            InvalidArgument: if ``PatientID`` is replaced without ``force``.
            JobFailed: if it does not succeed.

        Example:
            >>> patient.modify(replace={"PatientName": "Doe^Jane"}).name  # doctest: +SKIP
            'Doe^Jane'
        """
        return super().modify(**options)

    def modify_as_job(self, **options: Unpack[ModifyOptions]) -> Job[Self]:
        """Starts to modify the patient; see :meth:`modify`.

        Args:
            options: See :class:`ModifyOptions`.
        """
        self._check(options)
        if "PatientID" in {keyword(tag) for tag in options.get("replace", {})}:
            return self._submit(self._post_modify, body_of(options))
        return self._modify_in_place(options)

    def _modify_in_place(self, options: ModifyOptions) -> Job[Self]:
        body = body_of(options)
        body["Replace"] = {**body.get("Replace", {}), "PatientID": self.tags.raw.get("PatientID", "")}
        body["Force"] = True
        if "KeepSource" not in body and not options.get("keep"):
            if self._overwrites():
                body["Keep"] = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
            else:
                body["KeepSource"] = False
        return self._submit(self._post_modify, body)

    def _made_by(self, info: models.JobInfo) -> Self:
        made = super()._made_by(info)
        if made is self and not self._client.supports("1.11.2"):
            self.reconstruct()  # these servers keep the tags of the patient that they had before
        return made

    def _overwrites(self) -> bool:
        """Whether the server stores an instance over one that it has; those before 1.11.0 do not tell."""
        return bool(self._client.get_system().overwrite_instances)

    def _post_anonymize(self, body: dict[str, Any]) -> object:  # Any: JSON
        return self._client.post_patients_id_anonymize(self._id, body)

    def _post_modify(self, body: dict[str, Any]) -> object:  # Any: JSON
        return self._client.post_patients_id_modify(self._id, body)

    # -- archives -----------------------------------------------------------------------------------------------------

    def _get_archive(self, **arguments: Any) -> bytes:  # Any: as the public methods declare them
        return self._client.get_patients_id_archive(self._id, **arguments)

    def _get_media(self, **arguments: Any) -> bytes:  # Any: as the public methods declare them
        return self._client.get_patients_id_media(self._id, **arguments)

    def _post_archive(self, body: dict[str, Any]) -> object:  # Any: JSON
        return self._client.post_patients_id_archive(self._id, body)

    def _post_media(self, body: dict[str, Any]) -> object:  # Any: JSON
        return self._client.post_patients_id_media(self._id, body)

    def _count_of(self, level: LevelName) -> int:
        return 1 if self._info is None else len(self._info.studies)
