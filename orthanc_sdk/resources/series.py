"""Series."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from orthanc_sdk.resources.archive import ArchivableResource
from orthanc_sdk.resources.main_tags import SeriesAttributes
from orthanc_sdk.resources.modification import ModifiableResource
from orthanc_sdk.resources.modification_methods import SeriesModification
from orthanc_sdk.resources.routes_of_level import SERIES, ContainerRoutes, LevelName

if TYPE_CHECKING:
    import numpy

    from orthanc_sdk import models
    from orthanc_sdk.resources.instance import Instance
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.study import Study


class Series(  # pyright: ignore[reportIncompatibleMethodOverride]  # what returns Self returns a Series here
    ArchivableResource["models.SeriesInfo", "models.SeriesTags"],
    ModifiableResource["models.SeriesInfo", "models.SeriesTags"],
    SeriesModification,
    SeriesAttributes,
):
    """A series of a server.

    Example:
        >>> series = study.series[0]  # doctest: +SKIP
        >>> series.modality, len(series.instances)  # doctest: +SKIP
        ('CT', 2)
    """

    _routes: ClassVar[ContainerRoutes[Any]] = SERIES

    @property
    def instances(self) -> list[Instance]:
        """The instances, in no particular order; those of other series of the same listing are read ahead."""
        return cast("list[Instance]", list(self._relatives_of("Instance")))

    @property
    def study(self) -> Study:
        """The study; those of other series of the same listing are read ahead."""
        return cast("Study", self._relatives_of("Study")[0])

    parent_study = study

    @property
    def patient(self) -> Patient:
        """The patient."""
        return self.study.patient

    parent_patient = patient

    @property
    def status(self) -> models.SeriesStatus:
        """Whether all instances are there: ``Complete``, ``Missing``, ``Inconsistent``, or ``Unknown`` by the tags."""
        return self.info.status

    @property
    def expected_number_of_instances(self) -> int | None:
        """How many instances there should be; None if the tags do not tell."""
        return self.info.expected_number_of_instances

    @property
    def statistics(self) -> models.SeriesStatistics:
        """Sizes in bytes, and how much there is; asked each time."""
        return self._client.get_series_id_statistics(self._id)

    @property
    def module(self) -> models.DicomTagsSimplified:
        """The tags of the series module, by keyword, read from one of the files; asked each time."""
        return self._client.get_series_id_module(self._id, simplify=True)

    def get_numpy(
        self, *, rescale: bool = True
    ) -> numpy.ndarray[Any, Any]:  # Any: shape and type are those of the images
        """All frames of all instances, decoded by the server; needs numpy.

        Args:
            rescale: Apply rescale slope and intercept, which gives floats.

        Returns:
            An array of frames, rows, columns and, of colour images, channels.
        """
        from orthanc_sdk.resources.pixels import load

        return load(self._client.get_series_id_numpy(self._id, rescale=rescale, timeout=None))

    def _count_of(self, level: LevelName) -> int:
        return len(self._info.instances) if self._info is not None and level == "Instance" else 1

    def _identifier(self, tag: str) -> str:
        if tag in ("PatientID", "StudyInstanceUID"):
            return self.study._identifier(tag)
        return super()._identifier(tag)
