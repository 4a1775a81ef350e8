"""Saves downloads in chunks: atomically, so that a file is there completely or not at all."""

from __future__ import annotations

import os
import stat
import struct
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from io import TextIOBase
from pathlib import Path
from typing import Final, Protocol, TypeAlias
from urllib.parse import urlsplit

import requests

from orthanc_sdk.errors import InvalidArgument, UnexpectedAnswer
from orthanc_sdk.files.names import safe_name
from orthanc_sdk.files.progress import Progress, check_progress, reporting

PIECE: Final = 256 * 1024
"""Bytes of a chunk; smaller ones are slower, larger ones are not faster."""

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_END64: Final = b"PK\x06\x06"
_TAIL: Final = 1024
"""Bytes at the end of a ZIP archive that are examined; its comment may have some 900."""


class Writable(Protocol):
    """Anything that bytes can be written to: an open file, a ``BytesIO``, a pipe."""

    def write(self, data: bytes, /) -> object:
        """Writes the bytes; a number that is returned says how many of them were written."""
        ...


StrPath: TypeAlias = str | os.PathLike[str]


class Saver:
    """The target of a download.

    A file is written under a temporary name beside the target and renamed when it is complete: on failure nothing is
    left behind, and an existing file stays as it was.

    Args:
        target: The file to write, a folder to put it in, or something to write to.
        default: Name of the file in a folder, unless ``filename`` is given.
        filename: Name of the file in a folder, as the user gave it.
        progress: See :data:`orthanc_sdk.Progress`.

    Raises:
        InvalidArgument: if it cannot be written to.
    """

    def __init__(
        self, target: StrPath | Writable, default: str, *, filename: str | None = None, progress: Progress = None
    ) -> None:
        check_progress(progress)
        self.path: Path | None = None
        self._writable: Writable | None = None
        self._progress: Progress = progress
        if isinstance(target, str | os.PathLike):
            self.path = _checked(Path(target), default, filename)
        elif not hasattr(target, "write") or isinstance(target, TextIOBase):
            what = "a file opened as text" if isinstance(target, TextIOBase) else type(target).__name__
            raise InvalidArgument(f"target must be a path, or a file opened in binary mode, not {what}")
        else:
            self._writable = target

    def save(self, response: requests.Response, check: Callable[[bytes], None] | None = None) -> Path | None:
        """Writes the body of a response and returns the path.

        Args:
            response: The answer, whose body was not read yet.
            check: Is given the last bytes of it, and raises an error if it is not complete.

        Raises:
            UnexpectedAnswer: if it is not complete, or if that cannot be known.
        """
        try:
            if check is None and not _has_an_end(response):
                raise UnexpectedAnswer("the answer has no length, so that nobody can tell whether it is complete")
            return self._save(response, check)
        except UnexpectedAnswer as error:
            error.route = f"{response.request.method} {urlsplit(response.url).path}"
            error.args = (f"{error.route}: {error.problem}",)
            raise

    def _save(self, response: requests.Response, check: Callable[[bytes], None] | None) -> Path | None:
        length = response.headers.get("Content-Length")
        total = int(length) if length is not None and length.isdecimal() else None
        with reporting(self._progress, "B", "download") as tell:
            pieces = _counted(response.iter_content(PIECE), tell, total)
            if self._writable is not None:
                _write(pieces, _all_of(self._writable), check)
            elif self.path is not None:
                with replacing(self.path) as part, part.open("xb") as file:
                    _write(pieces, file.write, check)
        return self.path


@contextmanager
def replacing(target: Path) -> Generator[Path]:
    """A temporary path beside the target: renamed to the target at the end of the block, or removed on failure."""
    part = target.with_name(f".orthanc-{uuid.uuid4().hex}.part")
    try:
        yield part
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check_archive(instances: int | None = None, more: int = 0) -> Callable[[bytes], None]:
    """Checks the end of a ZIP archive: most have no Content-Length, so that HTTP does not notice a truncated one.

    Args:
        instances: Number of instances that it must contain.
        more: Number of other files.
    """

    def check(tail: bytes) -> None:
        entries = _entries(tail)
        if entries is None:
            raise UnexpectedAnswer("the ZIP archive was cut short")
        if instances is not None and entries != instances + more:
            raise UnexpectedAnswer(
                f"the ZIP archive has {entries - more} of {instances} instances:"
                " the server leaves out those that it cannot transcode"
            )

    return check


def _has_an_end(response: requests.Response) -> bool:
    """Whether HTTP notices a truncated body; otherwise it ends where the connection does, for whatever reason."""
    length = response.headers.get("Content-Length", "")
    return length.isdecimal() or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _entries(tail: bytes) -> int | None:
    """Number of files in a ZIP archive, from its last bytes; None if these are not the end of one."""
    position = tail.rfind(_END)
    if position < 0 or len(tail) - position < _END_SIZE:
        return None
    entries, comment = struct.unpack_from("<H8xH", tail, position + 10)
    if position + _END_SIZE + comment != len(tail):
        return None
    large = tail.rfind(_END64, 0, position)
    if large >= 0:  # ZIP64
        entries = struct.unpack_from("<Q", tail, large + 32)[0]
    return int(entries)


def _checked(path: Path, default: str, filename: str | None) -> Path:
    """The file to write: links are resolved, and in a folder it gets that name."""
    if path.is_dir():
        path = path / safe_name(filename or default)
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise InvalidArgument(f"target: there is no folder {str(path.parent)!r}")
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise InvalidArgument(f"target: {str(path)!r} is no regular file; open it yourself to write to it")
    return path


def _counted(
    pieces: Iterator[bytes], tell: Callable[[int, int | None], None] | None, total: int | None
) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        yield piece
        if tell is not None:
            done += len(piece)
            tell(done, total)


def _write(pieces: Iterator[bytes], write: Callable[[bytes], object], check: Callable[[bytes], None] | None) -> None:
    tail = b""
    for piece in pieces:
        write(piece)
        tail = (tail + piece)[-_TAIL:] if len(piece) < _TAIL else piece[-_TAIL:]
    if check is not None:
        check(tail)


def _all_of(target: Writable) -> Callable[[bytes], None]:
    """Writes all of it, even to a raw file, which may accept less at once."""

    def write(data: bytes) -> None:
        written = target.write(data)
        while type(written) is int and 0 < written < len(data):
            data = data[written:]
            written = target.write(data)

    return write
