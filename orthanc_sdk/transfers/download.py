"""Downloads single files into a tree of folders, several at once."""

# pyright: reportPrivateUsage=false
# A friend of the resources: it lets them forget what it has only walked through.

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Literal

from orthanc_sdk.errors import InvalidArgument, OrthancError, Unauthorized, UnexpectedAnswer
from orthanc_sdk.files.names import safe_name
from orthanc_sdk.files.progress import Progress, check_progress, reporting
from orthanc_sdk.files.save import PIECE, StrPath, replacing
from orthanc_sdk.http.concurrency import number_of_workers, work
from orthanc_sdk.http.raw import raw_stream
from orthanc_sdk.resources.base import AnyResource, Resource
from orthanc_sdk.resources.instance import Instance
from orthanc_sdk.resources.patient import Patient
from orthanc_sdk.resources.series import Series
from orthanc_sdk.resources.siblings import Siblings
from orthanc_sdk.resources.study import Study
from orthanc_sdk.transfers.download_report import DownloadedFile, DownloadReport

Verify = Literal["size", "md5"]

_BATCH = 16
"""How many of the given resources are read ahead for at once; what is below them is limited anyway."""


def download_tree(
    resources: AnyResource | Iterable[AnyResource],
    folder: StrPath,
    *,
    workers: int | None = None,
    verify: Verify = "size",
    progress: Progress = None,
) -> DownloadReport:
    """Downloads the DICOM files of patients, studies, series and instances, several at once.

    They become ``PatientID/StudyInstanceUID/SeriesInstanceUID/SOPInstanceUID.dcm`` in the folder. What cannot be a name
    is changed, and marked by a part of its checksum: no value leads out of the folder, and no two become one. Without a
    PatientID, the first part is ``no-PatientID``.

    Files that are there and whole are left alone: the same call once more goes on where one was interrupted. A file
    gets its name when it is complete and verified. One that fails never stops the rest.

    Args:
        resources: What to download: one, or several of any level; an iterator of them is read as it goes.
        folder: Where to; it is made if it is not there.
        workers: How many files are fetched at once; 8 by default.
        verify: Files are whole if they have the size that the server tells (``size``), or its checksum as well
            (``md5``: one small request more for each file; what is there is read, too).
        progress: See :data:`orthanc_sdk.Progress`; counted are files.

    Returns:
        What became of each file; ``report.raise_for_failures()`` raises an error if some are not there.

    Raises:
        InvalidArgument: if an argument cannot be used; nothing was sent.
        Unauthorized: if the server wants other credentials.

    Example:
        >>> download_tree(find_studies(client, labels="export"), "/data/export")  # doctest: +SKIP
        DownloadReport(812 downloaded)
    """
    threads = number_of_workers(workers)
    check_progress(progress)
    if verify not in ("size", "md5"):
        raise InvalidArgument(f"verify must be 'size' or 'md5', not {verify!r}")
    root = Path(folder)
    if root.exists() and not root.is_dir():
        raise InvalidArgument(f"folder: {str(root)!r} is no folder")
    report = DownloadReport()
    with reporting(progress, "files", "download") as tell:

        def note(_: object, file: DownloadedFile) -> Iterable[_Wanted]:
            report.add(file)
            if tell is not None:
                tell(len(report.files), None)
            return ()

        work(_wanted_files(_several(resources), root), _Fetcher(verify == "md5").fetch, note, threads)
    return report


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to download, or what could not be listed."""

    resource: AnyResource
    path: Path = field(repr=False)
    error: OrthancError | None = None


def _several(resources: AnyResource | Iterable[AnyResource]) -> Iterable[AnyResource]:
    """The resources.

    Raises:
        InvalidArgument: if they are none.
    """
    if isinstance(resources, Resource):
        return [resources]
    if isinstance(resources, str) or not isinstance(resources, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
        raise InvalidArgument(f"resources must be patients, studies, series or instances, not {resources!r}")
    return resources


def _wanted_files(resources: Iterable[AnyResource], root: Path) -> Iterator[_Wanted]:
    """The files of all instances of the resources, as the server lists them now."""
    for _, alike in groupby(resources, lambda resource: (type(resource), resource.client.url)):
        while batch := list(islice(alike, _BATCH)):
            if not isinstance(batch[0], Instance):
                batch = [_fresh(resource) for resource in batch]
                Siblings(batch, first_batch=_BATCH)  # all of them will be asked
            yield from _below(batch, root)


def _fresh(resource: AnyResource) -> AnyResource:
    """The resource, without what it remembers of those below it: that may have changed."""
    copy = type(resource)(resource.id, resource.client)
    copy._info = resource._info  # for its DICOM identifiers, which cannot change
    return copy


def _below(resources: Iterable[AnyResource], root: Path) -> Iterator[_Wanted]:
    """The files of some resources, one after the other; what is done with does not stay in memory."""
    left = deque(resources)
    del resources
    while left:
        resource = left.popleft()
        try:
            wanted = _files_of(resource, root)
        except Unauthorized:
            raise
        except OrthancError as error:
            yield _Wanted(resource, root, error)
        else:
            yield from wanted


def _files_of(resource: AnyResource, root: Path) -> Iterator[_Wanted]:
    """The files of a resource: its children are asked for now, and those of these as it goes."""
    if isinstance(resource, Instance):
        return iter([_Wanted(resource, _path_of(resource, _folder_of(resource.series, root)))])
    if isinstance(resource, Series):
        folder, instances = _folder_of(resource, root), resource.instances
        resource._relatives.clear()
        return (_Wanted(instance, _path_of(instance, folder)) for instance in instances)
    children: list[AnyResource] = []
    if isinstance(resource, Patient):
        children += resource.studies
    elif isinstance(resource, Study):
        children += resource.series
    resource._relatives.clear()
    return _below(children, root)


def _folder_of(series: Series, root: Path) -> Path:
    study = series.study
    patient_id = study.info.patient_main_dicom_tags.raw.get("PatientID")
    return (
        root
        / safe_name(str(patient_id or "no-PatientID"))
        / safe_name(str(study.tags.raw.get("StudyInstanceUID") or study.id))
        / safe_name(str(series.tags.raw.get("SeriesInstanceUID") or series.id))
    )


def _path_of(instance: Instance, folder: Path) -> Path:
    return folder / f"{safe_name(str(instance.tags.raw.get('SOPInstanceUID') or instance.id))}.dcm"


class _Fetcher:
    """Fetches one file; used by several threads."""

    def __init__(self, by_checksum: bool) -> None:
        self._by_checksum = by_checksum

    def fetch(self, wanted: _Wanted) -> DownloadedFile:
        """Fetches it, unless it is there and whole.

        Raises:
            Unauthorized: the others would fail as well.
        """
        path, instance = wanted.path, wanted.resource
        if wanted.error is not None or not isinstance(instance, Instance):
            return DownloadedFile(path, instance, "failed", wanted.error)
        try:
            if self._fetched(instance, path):
                return DownloadedFile(path, instance, "downloaded")
            return DownloadedFile(path, instance, "already there")
        except Unauthorized:
            raise
        except (OrthancError, OSError) as error:
            return DownloadedFile(path, instance, "failed", error)

    def _fetched(self, instance: Instance, path: Path) -> bool:
        """Whether it was fetched; False if it is there."""
        client, size, expected = instance.client, instance.file_size, None
        if self._by_checksum:
            expected = client.get_instances_id_attachments_name_md5(instance.id, "dicom")
        if path.is_file() and path.stat().st_size == size and (expected is None or _md5_of(path) == expected):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            with part.open("xb") as file:
                with raw_stream(client.get_instances_id_file, instance.id) as response:
                    for piece in response.iter_content(PIECE):
                        file.write(piece)
                come = file.tell()
            if come != size:
                raise UnexpectedAnswer(f"GET /instances/{{id}}/file: {come} bytes came, of {size}")
            if expected is not None and _md5_of(part) != expected:
                raise UnexpectedAnswer("GET /instances/{id}/file: what came has not the MD5 that the server tells")
        return True


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
