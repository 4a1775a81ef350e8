"""Patients."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from orthanc_sdk.errors import NotFound
from orthanc_sdk.resources.archive import ArchivableResource
from orthanc_sdk.resources.character_sets import fitting
from orthanc_sdk.resources.identity import UIDS, check_deletion, keyword, named
from orthanc_sdk.resources.main_tags import PatientAttributes
from orthanc_sdk.resources.modification import ModifiableResource
from orthanc_sdk.resources.modification_methods import PatientModification
from orthanc_sdk.resources.options import ModifyOptions, body_of
from orthanc_sdk.resources.routes_of_level import PATIENT, ContainerRoutes, LevelName

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk import models
    from orthanc_sdk.resources.job import Job
    from orthanc_sdk.resources.study import Study


class Patient(  # pyright: ignore[reportIncompatibleMethodOverride]  # what returns Self returns a Patient here
    ArchivableResource["models.PatientInfo", "models.PatientTags"],
    ModifiableResource["models.PatientInfo", "models.PatientTags"],
    PatientModification,
    PatientAttributes,
):
    """A patient of a server.

    Example:
        >>> patient = Patient("0946fcb6-cf12ab43-bad958c1-bf057ad5-0fc6f54c", client)  # doctest: +SKIP
        >>> patient.name, patient.birth_date  # doctest: +SKIP
        ('Doe^Jane', datetime.date(1941, 9, 1))
    """

    _routes: ClassVar[ContainerRoutes[Any]] = PATIENT

    @property
    def studies(self) -> list[Study]:
        """The studies, in no particular order; those of other patients of the same listing are read ahead."""
        return cast("list[Study]", list(self._relatives_of("Study")))

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
    def module(self) -> models.DicomTagsSimplified:
        """The tags of the patient module, by keyword, read from one of the files; asked each time."""
        return self._client.get_patients_id_module(self._id, simplify=True)

    # -- changes ------------------------------------------------------------------------------------------------------

    def _start_modifying(self, options: ModifyOptions) -> Job[Self, models.ResourceModificationContent]:
        self._check(options, anonymized=False)
        if not self._stays(options):
            body = fitting(self, body_of(options), anonymized=False)
            return self._submit(self._routes.modify, body, self._forget_family)
        body = fitting(self, self._body_in_place(options), anonymized=False)
        self.refresh()
        state = (self.protected, self.labels if self._client.supports("1.12.0") else [])
        return self._submit(self._routes.modify, body, partial(self._restore, *state))

    def _body_in_place(self, options: ModifyOptions) -> dict[str, Any]:  # Any: JSON
        """Orthanc wants ``PatientID`` to be replaced, if only by itself."""
        body = body_of(options)
        replace = {tag: value for tag, value in body.get("Replace", {}).items() if keyword(tag) != "PatientID"}
        body["Replace"] = {**replace, "PatientID": self._identifier("PatientID")}
        body["Force"] = True
        if "KeepSource" in body or named(options, "keep") & set(UIDS):
            return body
        if self._overwrites():
            body["Keep"] = [*body.get("Keep", []), *UIDS]
        else:
            check_deletion(options)
            body["KeepSource"] = False
            if self._client.supports("1.12.3"):
                body.setdefault("KeepLabels", True)
        return body

    def _restore(self, protected: bool, labels: list[str]) -> None:
        """Gives back what a patient of a single instance has lost: to overwrite that is to delete the patient first."""
        self._after_modifying_in_place()
        try:
            if protected and not self.protected:
                self.protected = True
            for label in labels:
                if label not in self.labels:
                    self.add_label(label)
        except NotFound:  # the job has failed, or somebody else has deleted the patient
            self._forget()

    def _count_of(self, level: LevelName) -> int:  # noqa: ARG002  # it has studies only
        return 1 if self._info is None else len(self._info.studies)
