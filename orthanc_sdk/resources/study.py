"""Studies."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from orthanc_sdk.resources.archive import ArchivableResource
from orthanc_sdk.resources.base import AnyResource
from orthanc_sdk.resources.character_sets import check_merge, fitting_split
from orthanc_sdk.resources.job import Job, started
from orthanc_sdk.resources.main_tags import StudyAttributes
from orthanc_sdk.resources.modification import ModifiableResource
from orthanc_sdk.resources.modification_methods import StudyModification
from orthanc_sdk.resources.results import id_of_job, nothing_made
from orthanc_sdk.resources.routes_of_level import STUDY, ContainerRoutes, LevelName

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.series import Series

TargetContentT = TypeVar("TargetContentT", bound="models.SplitStudyContent | models.MergeStudyContent")


class Study(  # pyright: ignore[reportIncompatibleMethodOverride]  # what returns Self returns a Study here
    ArchivableResource["models.StudyInfo", "models.StudyTags"],
    ModifiableResource["models.StudyInfo", "models.StudyTags"],
    StudyModification,
    StudyAttributes,
):
    """A study of a server.

    Example:
        >>> study = Study("27f7126f-4f66fb14-03f4081b-f9341db2-53925988", client)  # doctest: +SKIP
        >>> study.date, study.description  # doctest: +SKIP
        (datetime.date(2003, 5, 5), 'Carotids')
    """

    _routes: ClassVar[ContainerRoutes[Any]] = STUDY

    @property
    def series(self) -> list[Series]:
        """The series, in no particular order; those of other studies of the same listing are read ahead."""
        return cast("list[Series]", list(self._relatives_of("Series")))

    @property
    def patient(self) -> Patient:
        """The patient. The tags that came with the study cost no request."""
        from orthanc_sdk.resources.patient import Patient

        parent = self._parent()
        if parent is not None:
            return cast("Patient", parent)
        known = self._relatives.get("Patient")
        if known is not None:
            return cast("Patient", known[0])
        patient = Patient(self.info.parent_patient, self._client)
        patient._known_tags = self.info.patient_main_dicom_tags
        self._relatives["Patient"] = [patient]
        return patient

    parent_patient = patient

    @property
    def statistics(self) -> models.StudyStatistics:
        """Sizes in bytes, and how much there is; asked each time."""
        return self._client.get_studies_id_statistics(self._id)

    @property
    def module(self) -> models.DicomTagsSimplified:
        """The tags of the study module, by keyword, read from one of the files; asked each time."""
        return self._client.get_studies_id_module(self._id, simplify=True)

    @property
    def patient_module(self) -> models.DicomTagsSimplified:
        """The tags of the patient module, by keyword, read from one of the files; asked each time."""
        return self._client.get_studies_id_module_patient(self._id, simplify=True)

    # -- changes ------------------------------------------------------------------------------------------------------

    def split(
        self,
        series: Iterable[Series | str] = (),
        instances: Iterable[AnyResource | str] = (),
        *,
        replace: Mapping[str, str] | None = None,
        remove: Sequence[str] = (),
        keep_source: bool = False,
    ) -> Study:
        """Moves series and instances to a new study, and waits for it.

        Args:
            series: What moves.
            instances: What moves, too.
            replace: New values of tags of the patient and the study, by tag.
            remove: Tags of the patient and the study to delete.
            keep_source: Copy instead of moving.

        Returns:
            The new study.

        Raises:
            InvalidArgument: if a new value has characters that are not in the character set of a file.
            JobFailed: if it does not succeed.
        """
        return self.split_as_job(series, instances, replace=replace, remove=remove, keep_source=keep_source).result()

    def split_as_job(
        self,
        series: Iterable[Series | str] = (),
        instances: Iterable[AnyResource | str] = (),
        *,
        replace: Mapping[str, str] | None = None,
        remove: Sequence[str] = (),
        keep_source: bool = False,
    ) -> Job[Study, models.SplitStudyContent]:
        """Starts to move series and instances to a new study; the arguments are those of :meth:`split`."""
        from orthanc_sdk import models

        series_ids, instance_ids = [_id(item) for item in series], [_id(item) for item in instances]
        body = {
            "Series": series_ids,
            "Instances": instance_ids,
            "Replace": fitting_split(self._client, replace or {}, series_ids, instance_ids),
            "Remove": list(remove),
            "KeepSource": keep_source,
            "Asynchronous": True,
        }
        reference = self._client.post_studies_id_split(self._id, body)
        return self._job_with_target(reference, models.SplitStudyContent)

    def merge(self, resources: Iterable[AnyResource | str], *, keep_source: bool = False) -> Study:
        """Moves studies, series and instances into this study, and waits for it.

        Args:
            resources: What moves.
            keep_source: Copy instead of moving.

        Returns:
            This study.

        Raises:
            InvalidArgument: if tags of this study, which Orthanc copies, have characters that are not in the character
                set of a file that comes in.
            JobFailed: if it does not succeed.
        """
        return self.merge_as_job(resources, keep_source=keep_source).result()

    def merge_as_job(
        self, resources: Iterable[AnyResource | str], *, keep_source: bool = False
    ) -> Job[Study, models.MergeStudyContent]:
        """Starts to move resources into this study; the arguments are those of :meth:`merge`."""
        from orthanc_sdk import models

        ids = [_id(item) for item in resources]
        check_merge(self, ids)
        body = {"Resources": ids, "KeepSource": keep_source, "Asynchronous": True}
        reference = self._client.post_studies_id_merge(self._id, body)
        return self._job_with_target(reference, models.MergeStudyContent)

    def _job_with_target(self, reference: object, content: type[TargetContentT]) -> Job[Study, TargetContentT]:
        return started(id_of_job(reference), self._client, content, self._target_of, self._forget_family)

    def _target_of(self, info: models.JobInfo) -> Study:
        from orthanc_sdk import models

        content = info.content
        if isinstance(content, models.SplitStudyContent | models.MergeStudyContent) and content.target_study:
            return self if content.target_study == self._id else Study(content.target_study, self._client)
        raise nothing_made(info)

    def _count_of(self, level: LevelName) -> int:
        return len(self._info.series) if self._info is not None and level == "Series" else 1

    def _identifier(self, tag: str) -> str:
        if tag == "PatientID":
            return str(self.info.patient_main_dicom_tags.raw.get(tag) or "")
        return super()._identifier(tag)


def _id(item: AnyResource | str) -> str:
    return item if isinstance(item, str) else item.id
