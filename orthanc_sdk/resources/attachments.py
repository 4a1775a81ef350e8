"""The files that belong to a resource."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, overload

from orthanc_sdk.errors import InvalidArgument, RangeNotSatisfiable
from orthanc_sdk.files.progress import Progress
from orthanc_sdk.files.save import PIECE, Saver, StrPath, Writable
from orthanc_sdk.http.raw import raw_response, raw_stream
from orthanc_sdk.resources.results import given

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.routes_of_level import LevelRoutes


class Attachments:
    """The attachments of a resource, by name: ``dicom`` for an instance, and what users have added.

    Example:
        >>> study.attachments["notes"].write(b"...")  # doctest: +SKIP
        >>> list(study.attachments)  # doctest: +SKIP
        ['notes']
    """

    def __init__(self, client: Orthanc, id_: str, routes: LevelRoutes[Any]) -> None:  # Any: of whatever level
        self._client = client
        self._id = id_
        self._routes = routes

    def __iter__(self) -> Iterator[str]:
        return iter(self._routes.attachments(self._client, self._id))

    def __len__(self) -> int:
        return len(self._routes.attachments(self._client, self._id))

    def __contains__(self, name: object) -> bool:
        return name in self._routes.attachments(self._client, self._id)

    def __getitem__(self, name: str) -> Attachment:
        return Attachment(self._client, self._id, self._routes, name)

    def __repr__(self) -> str:
        return f"Attachments({self._routes.level} {self._id!r})"


class Attachment:
    """One file that belongs to a resource; it may have to be written first."""

    def __init__(self, client: Orthanc, id_: str, routes: LevelRoutes[Any], name: str) -> None:  # Any: as above
        self._client = client
        self._id = id_
        self._routes = routes
        self.name = name

    @property
    def info(self) -> models.AttachmentInfo:
        """Sizes and checksums."""
        return given(self._routes.attachment_info(self._client, self._id, self.name))

    @property
    def revision(self) -> str | None:
        """The revision that the file has now; None on servers that have no revisions."""
        method = self._routes.attachment_info.__get__(self._client)
        return raw_response(method, self._id, self.name).headers.get("ETag")

    def read(self, *, start: int | None = None, end: int | None = None) -> bytes:
        """The file, or a part of it; a part beyond its end is empty.

        Args:
            start: First byte, from 0 on. Parts need Orthanc 1.12.5: before, the part is cut out here.
            end: The byte after the last one.

        Raises:
            InvalidArgument: if there is no such part of any file.
            NotFound: if there is no such file, or no such resource.
        """
        if start is None and end is None:
            return self._read()
        first = 0 if start is None else start
        if first < 0 or (end is not None and end <= first):
            raise InvalidArgument("start and end must be positions in the file, from 0 on, and end after start")
        if not self._client.supports("1.12.5"):
            return self._read()[first:end]
        for last in ("" if end is None else str(end - 1), ""):  # an end beyond that of the file is refused
            with suppress(RangeNotSatisfiable):
                return self._read(range_=f"bytes={first}-{last}")
        return b""

    def _read(self, **arguments: str) -> bytes:
        return given(self._routes.attachment_data(self._client, self._id, self.name, **arguments))

    @contextmanager
    def stream(self) -> Generator[Iterator[bytes]]:
        """The file in pieces of 256 KiB.

        Example:
            >>> with instance.attachments["dicom"].stream() as pieces:  # doctest: +SKIP
            ...     for piece in pieces:
            ...         file.write(piece)
        """
        with raw_stream(self._routes.attachment_data.__get__(self._client), self._id, self.name) as response:
            yield response.iter_content(PIECE)

    @overload
    def download(self, target: StrPath, *, filename: str | None = None, progress: Progress = None) -> Path: ...
    @overload
    def download(self, target: Writable, *, filename: str | None = None, progress: Progress = None) -> None: ...
    def download(
        self, target: StrPath | Writable, *, filename: str | None = None, progress: Progress = None
    ) -> Path | None:
        """Downloads the file, piece by piece; it is there whole, or not at all.

        Args:
            target: The file to write, a folder to put it in, or something to write to, such as an open file.
            filename: What it is called in a folder; the name of the attachment by default.
            progress: See :data:`orthanc_sdk.Progress`; counted are bytes.

        Returns:
            The file; None if it was not a path that was given.

        Raises:
            InvalidArgument: if the target cannot be written to; nothing was sent.
            NotFound: if there is no such attachment, or no such resource.
            OSError: if it cannot be written.
        """
        saver = Saver(target, self.name, filename=filename, progress=progress)
        with raw_stream(self._routes.attachment_data.__get__(self._client), self._id, self.name) as response:
            return saver.save(response)

    def write(self, content: bytes | IO[bytes] | Iterable[bytes], *, revision: str | None = None) -> None:
        """Creates or replaces the file.

        Args:
            content: What it is to hold.
            revision: Of what is replaced; servers with ``CheckRevisions`` want it.

        Raises:
            RevisionConflict: if somebody else has changed it since.
            Forbidden: if it is one of Orthanc's own.
        """
        self._routes.put_attachment(self._client, self._id, self.name, content, if_match=revision)

    def delete(self, *, revision: str | None = None) -> None:
        """Deletes the file."""
        self._routes.delete_attachment(self._client, self._id, self.name, if_match=revision)

    def verify(self) -> None:
        """Lets the server compare the file on its disk with its checksum.

        Raises:
            ServerError: if they differ.
            BadRequest: if there is no checksum; before Orthanc 1.13 also if they differ.
        """
        self._routes.verify_attachment(self._client, self._id, self.name)

    def compress(self) -> None:
        """Compresses the file on the disk of the server."""
        self._routes.compress_attachment(self._client, self._id, self.name)

    def uncompress(self) -> None:
        """Undoes :meth:`compress`."""
        self._routes.uncompress_attachment(self._client, self._id, self.name)

    def __repr__(self) -> str:
        return f"Attachment({self.name!r})"
