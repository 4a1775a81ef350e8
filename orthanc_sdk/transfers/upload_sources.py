"""What there is to upload: files of folders and of ZIP archives, bytes, open files and datasets, told by content."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from io import TextIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeAlias, TypeGuard, cast

from orthanc_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    OneSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Dataset

UploadSource: TypeAlias = "OneSource | Iterable[OneSource]"
"""What can be uploaded: the path of a file or a folder, the bytes of a file, an open file, a dataset of pydicom, or
several of these."""

_PREAMBLE: Final = 128
_HEAD: Final = 1024
IN_MEMORY: Final = 256 * 1024
"""Bytes up to which a file is read into memory. Larger ones are streamed, which is as fast: with buffers of megabytes
in each thread the process would grow by a hundred."""
_SPOOLED: Final = 1024 * 1024
"""Bytes up to which a member of an archive is unpacked in memory."""

# (0002,0002) MediaStorageSOPClassUID of a DICOMDIR, as it is in its file meta information.
_DICOMDIR: Final = b"\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10"


class Kind(Enum):
    """What a file is, as its first bytes tell."""

    DICOM = auto()
    DICOMDIR = auto()
    ZIP = auto()
    GZIP = auto()
    OTHER = auto()


class NotAFileError(Exception):
    """What is in the folder cannot be read as a file: a socket, a pipe, a device."""


class _Open(Protocol):
    def __call__(self) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One file to upload, or a ZIP archive of them.

    Attributes:
        path: Where it is, if it is on the disk; of a member of an archive, where that is.
        member: Its name in the ZIP archive, if it is in one.
        offset: Where it is in the ZIP archive, which may have several members of one name.
        number: Its position among the things that were given, from 1 on, if it has no path.
        stamp: Size in bytes and time of the last change, of a file on the disk: it is another file if these are others.
        open_: Opens it.
        closed: Is called when it is done with.
    """

    path: Path | None
    open_: _Open = field(repr=False)
    member: str | None = None
    offset: int = 0
    number: int | None = None
    stamp: tuple[int, int] | None = None
    closed: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def name(self) -> str:
        """What it is called in messages and reports."""
        place = f"item {self.number}" if self.path is None else str(self.path)
        return place if self.member is None else f"{place}/{self.member}"


def items_of(source: UploadSource) -> Iterator[Item]:
    """What is to be uploaded, one after the other; folders are walked through as it goes.

    Raises:
        InvalidArgument: if it cannot be uploaded, or does not exist; at once.
    """
    if _is_path(source) and not os.path.lexists(source):
        raise InvalidArgument(f"source: there is no file or folder {os.fspath(source)!r}")
    if _is_one(source):
        return _items_of_one(source, 1)
    given: object = source  # which may be anything, of those who check no types
    if not isinstance(source, Iterable) or isinstance(source, TextIOBase | Mapping):
        raise _unusable(given)
    if isinstance(source, list | tuple):
        for one in source:
            if not _is_one(one):
                raise _unusable(one)
    return (item for number, one in enumerate(source, 1) for item in _items_of_one(one, number))


def members_of(item: Item) -> list[Item]:
    """The files in a ZIP archive.

    Raises:
        OSError: if it cannot be read.
        zipfile.BadZipFile: if it is damaged.
    """
    file = item.open_()
    try:
        archive = zipfile.ZipFile(file)
    except BaseException:
        file.close()
        raise
    files = [info for info in archive.infolist() if not info.is_dir()]
    shared = _SharedArchive(archive, file, len(files))
    return [
        Item(
            path=item.path,
            member=info.filename,
            offset=info.header_offset,
            number=item.number,
            stamp=item.stamp,
            open_=_member_opener(archive, info),
            closed=shared.one_is_closed,
        )
        for info in files
    ]


def kind_of(file: IO[bytes]) -> Kind:
    """What a file is; it is left at its beginning."""
    start = file.tell()
    head = file.read(_HEAD)
    file.seek(start)
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return Kind.DICOMDIR if _DICOMDIR in head else Kind.DICOM
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(b"\x1f\x8b\x08"):
        return Kind.GZIP
    return Kind.DICOM if _begins_as_dataset(head) else Kind.OTHER


def kind_in_gzip(file: IO[bytes]) -> Kind:
    """What is in a gzip file; it is left at its beginning."""
    start = file.tell()
    with gzip.GzipFile(fileobj=file, mode="rb") as inner:
        head = io.BytesIO(inner.read(_HEAD))
    file.seek(start)
    return kind_of(head)


def _begins_as_dataset(head: bytes) -> bool:
    """Whether it begins with a data element of group 2 or 8: DICOM files of old have no preamble."""
    if head[:2] in (b"\x02\x00", b"\x08\x00") and head[3:4] == b"\x00":
        explicit = head[4:6].isalpha() and head[4:6].isupper()
        return explicit or (len(head) > 8 and head[6:8] == b"\x00\x00")
    return head[:3] == b"\x00\x08\x00" and head[4:6].isalpha() and head[4:6].isupper()


# ---------------------------------------------------------------------------------------------------------------------
# What was given
# ---------------------------------------------------------------------------------------------------------------------


def _items_of_one(source: object, number: int) -> Iterator[Item]:
    if _is_path(source):
        return _items_at(Path(source).absolute())
    if _is_bytes(source):
        return iter([Item(path=None, number=number, open_=lambda: io.BytesIO(bytes(source)))])
    if _is_file(source):
        return iter([Item(path=None, number=number, open_=lambda: _borrowed(source))])
    if _is_dataset(source):
        return iter([Item(path=None, number=number, open_=lambda: _written(source))])
    raise _unusable(source)


def _items_at(path: Path) -> Iterator[Item]:
    if path.is_dir():
        yield from _items_below(path)
    else:
        yield _item_at(path)


def _items_below(folder: Path) -> Iterator[Item]:
    """All files in a folder and in those below it, links included, in the order of their names."""
    unreadable: list[OSError] = []
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, onerror=unreadable.append, followlinks=True):
        status = Path(place).stat()
        if (status.st_dev, status.st_ino) in seen:  # a link to a folder that it is in
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield from (_item_at(Path(place, name)) for name in sorted(files))
    for error in unreadable:
        yield Item(path=Path(str(error.filename)), open_=_raiser(error))


def _item_at(path: Path) -> Item:
    try:
        status = path.stat()
    except OSError as error:
        return Item(path=path, open_=_raiser(error))
    if not stat.S_ISREG(status.st_mode):  # to open a pipe could wait for ever
        return Item(path=path, open_=_raiser(NotAFileError()))
    return Item(path=path, stamp=(status.st_size, status.st_mtime_ns), open_=lambda: path.open("rb"))


def _raiser(error: Exception) -> _Open:
    def fail() -> IO[bytes]:
        raise error

    return fail


def _is_one(source: object) -> TypeGuard[OneSource]:
    return _is_bytes(source) or _is_path(source) or _is_file(source) or _is_dataset(source)


def _is_bytes(source: object) -> TypeGuard[bytes | bytearray | memoryview[int]]:
    return isinstance(source, bytes | bytearray | memoryview)


def _is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(source, str | os.PathLike)


def _is_file(source: object) -> TypeGuard[IO[bytes]]:
    return hasattr(source, "read") and not isinstance(source, TextIOBase)


def _is_dataset(source: object) -> TypeGuard[Dataset]:
    # Not by its class: pydicom need not be loaded for those who have no dataset.
    return any(base.__module__ == "pydicom.dataset" and base.__name__ == "Dataset" for base in type(source).__mro__)


def _unusable(source: object) -> InvalidArgument:
    what = "a file opened as text" if isinstance(source, TextIOBase) else type(source).__name__
    expected = "a path, bytes, a file opened in binary mode, a dataset of pydicom, or several of these"
    return InvalidArgument(f"source must be {expected}, not {what}")


# ---------------------------------------------------------------------------------------------------------------------
# Opening it
# ---------------------------------------------------------------------------------------------------------------------


class _Borrowed(io.BufferedIOBase):
    """A file of the user: read from where it stands, and left open."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self._file = file
        self._start = start

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset + self._start if whence == os.SEEK_SET else offset, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _borrowed(file: IO[bytes]) -> IO[bytes]:
    try:
        start = file.tell()
        file.seek(start)
    except (AttributeError, OSError):  # a pipe, or something that can only be read
        return _spooled(file)
    return cast("IO[bytes]", _Borrowed(file, start))  # IO has many more methods, which nobody calls here


def _written(dataset: Dataset) -> IO[bytes]:
    """The DICOM file of a dataset, which is left as it is."""
    from pydicom import dcmwrite  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    copy = dataset.copy()
    meta = FileMetaDataset()
    meta.update(getattr(dataset, "file_meta", None) or {})
    if "TransferSyntaxUID" not in meta and dataset.original_encoding == (None, None):
        meta.TransferSyntaxUID = ExplicitVRLittleEndian  # it was made here, and was never in any other
    copy.file_meta = meta
    buffer = io.BytesIO()
    dcmwrite(buffer, copy, enforce_file_format=True)
    buffer.seek(0)
    return buffer


def _spooled(file: IO[bytes]) -> IO[bytes]:
    """What can be read only once, to be read several times."""
    copy = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_SPOOLED))  # noqa: SIM115  # the caller closes it
    try:
        while piece := file.read(256 * 1024):
            copy.write(piece)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _member_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Open:
    def unpack() -> IO[bytes]:
        with archive.open(info) as file:
            return _spooled(file)

    return unpack


class _SharedArchive:
    """An open ZIP archive, until the last of its members is done with."""

    def __init__(self, archive: zipfile.ZipFile, file: IO[bytes], members: int) -> None:
        self._archive = archive
        self._file = file
        self._left = members
        self._lock = threading.Lock()
        if members == 0:
            self._close()

    def one_is_closed(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._close()

    def _close(self) -> None:
        self._archive.close()
        self._file.close()
