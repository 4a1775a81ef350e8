"""Uploads files, folders, archives and datasets, several at once, and tells what became of each."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext, suppress
from os import PathLike
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast

from orthanc_models.redaction import escape_unprintable
from orthanc_sdk.errors import (
    InvalidArgument,
    MethodNotAllowed,
    NotFound,
    NotSupportedByServer,
    OrthancError,
    OrthancHTTPError,
    ServerError,
    Unauthorized,
    UnexpectedAnswer,
)
from orthanc_sdk.files.progress import Progress, Report, check_progress, reporting
from orthanc_sdk.http.concurrency import number_of_workers, work
from orthanc_sdk.resources.identifiers import orthanc_id
from orthanc_sdk.resources.instance import Instance
from orthanc_sdk.resources.routes_of_level import LEVELS, LevelName
from orthanc_sdk.transfers.upload_report import UploadedFile, UploadReport, UploadStatus
from orthanc_sdk.transfers.upload_sources import (
    IN_MEMORY,
    Item,
    Kind,
    NotAFileError,
    UploadSource,
    items_of,
    kind_in_gzip,
    kind_of,
    members_of,
)

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc


_STATUS: Final[dict[str, UploadStatus]] = {
    "Success": "stored",
    "AlreadyStored": "already stored",
    "FilteredOut": "filtered out",
}
# Nothing of the rest can succeed: a wrong password, a read-only server.
_HOPELESS: Final = (Unauthorized, MethodNotAllowed)
_UNREADABLE: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile)


def upload(
    client: Orthanc,
    source: UploadSource,
    *,
    workers: int | None = None,
    check_before_upload: bool = False,
    labels: str | Iterable[str] = (),
    labels_level: LevelName = "Study",
    progress: Progress = None,
    report: UploadReport | None = None,
) -> UploadReport:
    """Uploads DICOM files.

    What is DICOM is told by content, not by name: all files of a folder are looked at, and those of ZIP archives, too.
    Files compressed by gzip are sent as they are. One bad file never stops the rest. Files of more than 256 KiB are
    streamed, so that memory is bounded however much there is.

    A file that was being sent when the connection was lost is ``failed``, and may be on the server nevertheless:
    uploading it again, with this report, answers that it is ``already stored``.

    Args:
        client: The server.
        source: The path of a file, of a ZIP archive or of a folder (with all that is below it), the bytes of a file, a
            file opened in binary mode, a dataset of pydicom, or several of these; an iterator is read as it goes.
        workers: How many files are sent at once; 8 by default.
        check_before_upload: Ask before whether the server has an instance of the same identifiers, and do not send it
            then: one small request more for each file, which pays for large ones.
        labels: Labels to give to what the server has then. Since Orthanc 1.12.0.
        labels_level: What gets the labels: the studies, by default, that the instances are in.
        progress: See :data:`orthanc_sdk.Progress`; counted are files.
        report: A report to go on with: what it says is done is left out, what has failed is tried again, and what comes
            is added to it; also if the upload is interrupted. What has no path is sent again.

    Returns:
        What became of each file; ``report.raise_for_failures()`` raises an error if some are not on the server.

    Raises:
        InvalidArgument: if an argument cannot be used; nothing was sent.
        NotSupportedByServer: if the server knows no labels; nothing was sent.
        Unauthorized: if the server wants other credentials. What was uploaded until then is in ``report``, if given.
        MethodNotAllowed: if the server is read-only.

    Example:
        >>> report = upload(client, "/data/scans", labels="import-2026")  # doctest: +SKIP
        >>> report  # doctest: +SKIP
        UploadReport(998 stored, 1 not DICOM, 1 rejected)
        >>> for file in report.failures:  # doctest: +SKIP
        ...     print(file.name, file.reason)
    """
    threads = number_of_workers(workers)
    wanted = _checked_labels(client, labels, labels_level)
    check_progress(progress)
    if report is None:
        report = UploadReport(client)
    elif report.client.url != client.url:
        raise InvalidArgument(f"report is about {report.client.url}, not about {client.url}")
    items = items_of(source)
    report.begin()
    with closing(report), reporting(progress, "files", "upload") as tell:
        upload_ = _Upload(report, tell, _number_of_files(source) if tell is not None else None)
        work(upload_.to_do(items), _Sender(client, check_before_upload).send, upload_.note, threads)
    _put_labels(report, wanted, labels_level)
    return report


class _Upload:
    """One upload, in the thread of the caller: what is to be done, and what came of it."""

    def __init__(self, report: UploadReport, tell: Report | None, total: int | None) -> None:
        self._report = report
        self._tell = tell
        self._total = total
        self._done = 0

    def to_do(self, items: Iterable[Item]) -> Iterator[Item]:
        """The files that are not done yet."""
        for item in items:
            if self._report.is_done(item):
                item.closed()
                self._count()
            else:
                self._report.expect(item)
                yield item

    def note(self, item: Item, outcome: UploadedFile | list[Item]) -> Iterator[Item]:
        """Notes what became of a file; a ZIP archive is followed by its members."""
        if isinstance(outcome, UploadedFile):
            self._report.add(item, outcome)
            item.closed()
            self._count()
            return iter(())
        self._report.forget(item)
        if self._total is not None:
            self._total += len(outcome) - 1
        return self.to_do(outcome)

    def _count(self) -> None:
        self._done += 1
        if self._tell is not None:
            self._tell(self._done, self._total)


class _Sender:
    """Sends one file; used by several threads."""

    def __init__(self, client: Orthanc, check: bool) -> None:
        self._client = client
        self._check = check

    def send(self, item: Item) -> UploadedFile | list[Item]:
        """Sends it, or tells what is in it if it is a ZIP archive.

        Raises:
            OrthancError: if there is no use in sending any other file.
        """
        try:
            with item.open_() as file:
                kind = kind_of(file)
                if kind is Kind.ZIP and item.member is None:
                    return members_of(item)
                packed = kind is Kind.GZIP
                if packed:
                    kind = kind_in_gzip(file)
                return self._send(item, file, packed) if kind is Kind.DICOM else _not_sent(item, kind)
        except _HOPELESS:
            raise
        except OrthancHTTPError as error:
            refused = not isinstance(error, ServerError)
            return UploadedFile(item.name, "rejected" if refused else "failed", reason=str(error), error=error)
        except OrthancError as error:
            return UploadedFile(item.name, "failed", reason=str(error), error=error)
        except NotAFileError:
            return UploadedFile(item.name, "not DICOM", reason="it is no regular file")
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return UploadedFile(item.name, "failed", reason=f"it cannot be read: {reason}", error=error)
        except Exception as error:
            # zipfile raises RuntimeError for a password and NotImplementedError for a compression, pydicom almost
            # anything for a dataset that cannot be written; its messages may quote values.
            return UploadedFile(item.name, "failed", reason=f"it cannot be read: {type(error).__name__}", error=error)

    def _send(self, item: Item, file: IO[bytes], packed: bool) -> UploadedFile:
        start = file.tell()
        if self._check:
            there = self._already_there(item, file, packed)
            if there is not None:
                return there
            file.seek(start)
        content = file.read(IN_MEMORY)
        is_large = len(content) == IN_MEMORY
        if is_large:
            file.seek(start)
        stored = self._client.post_instances(
            cast("BinaryIO", file) if is_large else content,  # which is IO[bytes] by another name
            content_encoding="gzip" if packed else None,
        )
        if isinstance(stored, list):
            raise UnexpectedAnswer("POST /instances: one file was sent, and the answer is about several")
        return _stored(item.name, stored, self._client)

    def _already_there(self, item: Item, file: IO[bytes], packed: bool) -> UploadedFile | None:
        """Its instance, if the server has it; what cannot be read here is for the server to judge."""
        ids = _identifiers(file, packed)
        if ids is None:
            return None
        patient, study, series, id_ = ids
        instance = Instance(id_, self._client)
        if not instance.exists():
            return None
        return UploadedFile(item.name, "already stored", instance, series_id=series, study_id=study, patient_id=patient)


def _stored(name: str, stored: models.UploadedInstance, client: Orthanc) -> UploadedFile:
    """What the server says that it did with a file."""
    status = _STATUS.get(stored.status, "rejected")
    if status not in ("stored", "already stored") or stored.id is None:
        return UploadedFile(name, status, reason=escape_unprintable(f"the server answered {stored.status}"))
    return UploadedFile(
        name,
        status,
        Instance(stored.id, client),
        series_id=stored.parent_series,
        study_id=stored.parent_study,
        patient_id=stored.parent_patient,
    )


def _not_sent(item: Item, kind: Kind) -> UploadedFile:
    if kind is Kind.ZIP:  # there may be DICOM files in it: nobody should think that they are on the server
        return UploadedFile(item.name, "failed", reason="a ZIP archive within another archive is not opened")
    reason = "it is a DICOMDIR" if kind is Kind.DICOMDIR else "it is no DICOM file"
    return UploadedFile(item.name, "not DICOM", reason=reason)


def _identifiers(file: IO[bytes], packed: bool) -> tuple[str, str, str, str] | None:
    """The Orthanc identifiers of patient, study, series and instance of a DICOM file."""
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types

    tags = ["PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
    try:
        with gzip.open(file) if packed else nullcontext(file) as plain:
            dataset = dcmread(plain, stop_before_pixels=True, force=True, specific_tags=tags)
            patient, *uids = (str(dataset.get(tag) or "") for tag in tags)
    except Exception:  # pydicom raises almost anything for a damaged file
        return None
    if not all(uids):
        return None
    study, series, instance = uids
    return (
        orthanc_id(patient),
        orthanc_id(patient, study),
        orthanc_id(patient, study, series),
        orthanc_id(patient, study, series, instance),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Labels, and how many files there are
# ---------------------------------------------------------------------------------------------------------------------


def _checked_labels(client: Orthanc, labels: str | Iterable[str], level: str) -> list[str]:
    wanted = [labels] if isinstance(labels, str) else list(dict.fromkeys(labels))
    for label in wanted:
        if not isinstance(label, str) or re.fullmatch(r"[A-Za-z0-9_-]{1,64}", label) is None:  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
            raise InvalidArgument("labels must be of letters, digits, '_' and '-', 64 of them at most")
    if level not in LEVELS:
        raise InvalidArgument(f"labels_level must be one of {', '.join(LEVELS)}")
    if wanted and not client.supports("1.12.0"):
        raise NotSupportedByServer.needs("labels", "1.12.0", client.version, argument="labels")
    return wanted


def _put_labels(report: UploadReport, labels: Iterable[str], level: LevelName) -> None:
    """Gives the labels to all that the report says is on the server, after an interrupted upload too."""
    for resource in report.resources(level):
        for label in labels:
            with suppress(NotFound):  # something on the server has deleted it since
                resource.add_label(label)


def _number_of_files(source: UploadSource) -> int | None:
    """How many files there are, archives counted as one; None for what can be read only once."""
    if isinstance(source, str | PathLike | list | tuple):
        return sum(1 for _ in items_of(source))
    return None
