"""The tags of an answer to a C-FIND, as Python values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from orthanc_models.redaction import escape_unprintable
from orthanc_sdk.networking.levels import INSTANCE_COUNTS, Level, identifiers_in

if TYPE_CHECKING:
    from orthanc_sdk import models


class AnswerTags(Mapping[str, "models.DicomValue"]):
    """The tags of an answer to a C-FIND: a part of :class:`orthanc_sdk.Answer`."""

    def __init__(self, index: int, tags: Mapping[str, object]) -> None:
        from orthanc_sdk import models

        self._index = index
        self._tags = models.TypedTags(tags)

    @property
    def index(self) -> int:
        """Its number, from 0 on."""
        return self._index

    @property
    @abstractmethod
    def level(self) -> Level:
        """What it is about: ``Patient``, ``Study``, ``Series`` or ``Instance``."""

    @property
    def tags(self) -> models.TypedTags:
        """All its tags; ``tags.problems`` says which are not as DICOM wants them."""
        return self._tags

    @property
    def raw(self) -> Mapping[str, models.RawValue]:
        """The values as the modality has sent them, by keyword."""
        return self._tags.raw

    @property
    def patient_tags(self) -> models.PatientTags:
        """Its tags, with those of patients as attributes: ``answer.patient_tags.patient_birth_date``."""
        from orthanc_sdk import models

        return models.PatientTags(self._tags)

    @property
    def study_tags(self) -> models.StudyTags:
        """Its tags, with those of studies as attributes: ``answer.study_tags.study_date``."""
        from orthanc_sdk import models

        return models.StudyTags(self._tags)

    @property
    def series_tags(self) -> models.SeriesTags:
        """Its tags, with those of series as attributes: ``answer.series_tags.modality``."""
        from orthanc_sdk import models

        return models.SeriesTags(self._tags)

    @property
    def instance_tags(self) -> models.InstanceTags:
        """Its tags, with those of instances as attributes: ``answer.instance_tags.instance_number``."""
        from orthanc_sdk import models

        return models.InstanceTags(self._tags)

    @property
    def instance_count(self) -> int | None:
        """How many instances the modality says there are; None if ``NumberOfStudyRelatedInstances`` was not asked for.

        For patients and series it is ``NumberOfPatientRelatedInstances`` and ``NumberOfSeriesRelatedInstances``.
        """
        if self.level == "Instance":
            return 1
        count = self._tags.get(INSTANCE_COUNTS[self.level])
        return count if isinstance(count, int) else None

    @property
    def identifiers(self) -> dict[str, str]:
        """What the modality finds it again by, such as ``{"StudyInstanceUID": "1.2.3"}``.

        Raises:
            InvalidArgument: if an identifier is not among the tags.
        """
        return identifiers_in(self.level, self._tags.raw)

    def __getitem__(self, key: str, /) -> models.DicomValue:
        return self._tags[key]

    def __contains__(self, key: object, /) -> bool:
        return key in self._tags

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)

    def __eq__(self, other: object, /) -> bool:
        return self._tags == (other._tags if isinstance(other, AnswerTags) else other)

    __hash__ = None  # type: ignore[assignment]  # as of all mappings that compare by their values

    def __repr__(self) -> str:
        return f"<Answer {self._index}: {', '.join(map(escape_unprintable, self._tags))}>"
