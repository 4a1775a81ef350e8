"""Instances: single DICOM files."""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, overload

from orthanc_sdk.character_sets.placeholders import Placeholders
from orthanc_sdk.errors import Conflict, NotSupportedByServer, UnexpectedAnswer
from orthanc_sdk.files.progress import Progress
from orthanc_sdk.files.save import Saver, StrPath, Writable
from orthanc_sdk.http.raw import raw_stream
from orthanc_sdk.resources.datasets import CHUNK, dataset_of, head_of
from orthanc_sdk.resources.identity import check_force
from orthanc_sdk.resources.images import InstanceImages
from orthanc_sdk.resources.main_tags import InstanceAttributes
from orthanc_sdk.resources.modification_methods import InstanceModification
from orthanc_sdk.resources.options import AnonymizeOptions, ModifyOptions, body_of, check_options
from orthanc_sdk.resources.routes_of_level import INSTANCE, LevelName, LevelRoutes

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.series import Series
    from orthanc_sdk.resources.study import Study


class Instance(InstanceModification, InstanceImages, InstanceAttributes):
    """An instance of a server: one DICOM file.

    Example:
        >>> instance = series.instances[0]  # doctest: +SKIP
        >>> instance.get_pydicom().PatientName  # doctest: +SKIP
        'Doe^Jane'
    """

    _routes: ClassVar[LevelRoutes[Any]] = INSTANCE

    @property
    def series(self) -> Series:
        """The series; those of other instances of the same listing are read ahead."""
        return cast("Series", self._relatives_of("Series")[0])

    parent_series = series

    @property
    def study(self) -> Study:
        """The study."""
        return self.series.study

    parent_study = study

    @property
    def patient(self) -> Patient:
        """The patient."""
        return self.study.patient

    parent_patient = patient

    @property
    def file_size(self) -> int:
        """Size of the DICOM file, in bytes."""
        return self.info.file_size

    @property
    def statistics(self) -> models.InstanceStatistics:
        """Sizes in bytes; asked each time."""
        return self._client.get_instances_id_statistics(self._id)

    # -- the file -----------------------------------------------------------------------------------------------------

    @overload
    def download(
        self,
        target: StrPath,
        *,
        transcode: str | None = None,
        filename: str | None = None,
        progress: Progress = None,
    ) -> Path: ...
    @overload
    def download(
        self,
        target: Writable,
        *,
        transcode: str | None = None,
        filename: str | None = None,
        progress: Progress = None,
    ) -> None: ...
    def download(
        self,
        target: StrPath | Writable,
        *,
        transcode: str | None = None,
        filename: str | None = None,
        progress: Progress = None,
    ) -> Path | None:
        """Downloads the DICOM file, piece by piece; it is there whole, or not at all.

        Args:
            target: The file to write, a folder to put it in, or something to write to, such as an open file.
            transcode: Transfer syntax UID to convert to. Since Orthanc 1.12.2.
            filename: What it is called in a folder; ``{id}.dcm`` by default.
            progress: See :data:`orthanc_sdk.Progress`; counted are bytes.

        Returns:
            The file; None if it was not a path that was given.

        Raises:
            InvalidArgument: if the target cannot be written to; nothing was sent.
            NotFound: if the server does not have it (any more).
            NotSupportedByServer: if the server would ignore ``transcode``.
            OSError: if it cannot be written.
        """
        saver = Saver(target, f"{self.id}.dcm", filename=filename, progress=progress)
        self._check_transcode(transcode)
        with raw_stream(self._client.get_instances_id_file, self._id, transcode=transcode) as response:
            return saver.save(response)

    def get_file(self, *, transcode: str | None = None) -> bytes:
        """The DICOM file, in memory.

        Args:
            transcode: Transfer syntax UID to convert to. Since Orthanc 1.12.2.

        Raises:
            NotSupportedByServer: if the server would ignore ``transcode``.
        """
        self._check_transcode(transcode)
        return self._client.get_instances_id_file(self._id, transcode=transcode)

    def _check_transcode(self, transcode: str | None) -> None:
        if transcode is not None and not self._client.supports("1.12.2"):
            raise NotSupportedByServer.needs("transcode", "1.12.2", self._client.version, argument="transcode")

    def get_dicom_file_content(self) -> bytes:
        """The same as :meth:`get_file`."""
        return self.get_file()

    def get_pydicom(self, *, stop_before_pixels: bool = False) -> FileDataset:
        """The file as a dataset of pydicom.

        Args:
            stop_before_pixels: Leave out the pixels, which are then not transferred either.
        """
        if not stop_before_pixels:
            return dataset_of(self.get_file())
        with raw_stream(self._client.get_instances_id_file, self._id) as response:
            return head_of(response.iter_content(CHUNK))

    # -- tags ---------------------------------------------------------------------------------------------------------

    @property
    def simplified_tags(self) -> models.DicomTagsSimplified:
        """All tags of the file, by keyword; asked each time."""
        return self._client.get_instances_id_simplified_tags(self._id)

    @property
    def full_tags(self) -> models.DicomTagsFull:
        """All tags of the file, by number, with keyword and type; asked each time."""
        return self._client.get_instances_id_tags(self._id)

    @property
    def module(self) -> models.DicomTagsSimplified:
        """The tags of the instance module, by keyword; asked each time."""
        return self._client.get_instances_id_module(self._id, simplify=True)

    def content(self, path: str) -> bytes | list[str]:
        """What the file holds at a path of tags and indices.

        Args:
            path: As ``PatientName`` or ``ReferencedImageSequence/0/ReferencedSOPInstanceUID``.

        Returns:
            The bytes of a value as they are in the file, or the names of what is below a sequence or an item.
        """
        return self._client.get_instances_id_content_path(self._id, path)

    # -- changes ------------------------------------------------------------------------------------------------------

    def _store_anonymized(self, options: AnonymizeOptions) -> Instance:
        return self._store(self._anonymized(options), options)

    def _store_modified(self, options: ModifyOptions) -> Instance:
        return self._store(self._modified(options), options)

    def _read_anonymized(self, options: AnonymizeOptions) -> FileDataset:
        return dataset_of(self._anonymized(options))

    def _read_modified(self, options: ModifyOptions) -> FileDataset:
        return dataset_of(self._modified(options))

    def _anonymized(self, options: AnonymizeOptions) -> bytes:
        texts = Placeholders(_body(self._client, options))
        return texts.filled(self._client.post_instances_id_anonymize(self._id, texts.body, timeout=None))

    def _modified(self, options: ModifyOptions) -> bytes:
        texts = Placeholders(_body(self._client, options))
        return texts.filled(self._client.post_instances_id_modify(self._id, texts.body, timeout=None))

    def _try(self, body: Mapping[str, object], *, anonymized: bool) -> FileDataset:
        """What a change would make of the file, without pixels."""
        if anonymized:
            changed = raw_stream(self._client.post_instances_id_anonymize, self._id, body, timeout=None)
        else:
            changed = raw_stream(self._client.post_instances_id_modify, self._id, body, timeout=None)
        with changed as response:
            return head_of(response.iter_content(CHUNK))

    def _store(self, file: bytes, options: AnonymizeOptions | ModifyOptions) -> Instance:
        from orthanc_sdk import models

        stored = self._client.post_instances(file)
        if not isinstance(stored, models.UploadedInstance):
            raise UnexpectedAnswer("one file was sent, and the answer is about several")
        if stored.status == "AlreadyStored":
            raise Conflict(
                "the server has an instance with these identifiers already, and does not overwrite it"
                " (OverwriteInstances)"
            )
        if stored.status != "Success" or stored.id is None:
            raise Conflict(f"the server did not store the new instance: {stored.status}")
        if not options.get("keep_source", True) and stored.id != self._id:
            self.delete()
        self._forget_above()
        return self if stored.id == self._id else Instance(stored.id, self._client)

    def _count_of(self, level: LevelName) -> int:  # noqa: ARG002  # there is one above, whichever level
        return 1


def _body(client: Orthanc, options: AnonymizeOptions | ModifyOptions) -> dict[str, Any]:  # Any: JSON
    check_force(options)
    check_options(client, options)
    body = body_of(options)
    body.pop("KeepSource", None)
    return body
