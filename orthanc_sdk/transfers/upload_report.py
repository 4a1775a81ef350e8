"""What became of each file of an upload."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args, overload

from orthanc_sdk.errors import InvalidArgument, TransferFailed
from orthanc_sdk.resources.instance import Instance
from orthanc_sdk.resources.results import resource_of

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource
    from orthanc_sdk.resources.routes_of_level import LevelName
    from orthanc_sdk.transfers.upload_sources import Item

UploadStatus: TypeAlias = Literal["stored", "already stored", "filtered out", "not DICOM", "rejected", "failed"]
"""What became of a file.

``stored``: the server has stored it. ``already stored``: the server had this instance, and has kept what it had.
``filtered out``: a filter of the server does not want it. ``not DICOM``: it is another kind of file, or a DICOMDIR; it
was not sent. ``rejected``: the server refused it. ``failed``: it could not be read or sent, or the server could not
store it."""

_KEPT: Final = frozenset({"stored", "already stored"})
_FAILURES: Final = frozenset({"rejected", "failed"})

_BEGIN: Final = '{"file": '
"""How each line on the disk begins."""

_Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What became of one file.

    Attributes:
        name: The path of the file, with the name in the ZIP archive behind it if it is from one; ``item 3`` for what
            has no path.
        status: What became of it.
        instance: The instance on the server, if it is there.
        reason: Why it is not there, in the server's words if it was rejected; None if it is.
        error: The error, if there was one in this process; None if it was read from the file of a report.
        study_id: Orthanc identifier of the study, if it is there; ``series_id`` and ``patient_id`` likewise.
    """

    name: str
    status: UploadStatus
    instance: Instance | None = None
    reason: str | None = None
    error: Exception | None = field(default=None, repr=False, compare=False)
    series_id: str | None = None
    study_id: str | None = None
    patient_id: str | None = None

    def id_of(self, level: LevelName) -> str | None:
        """The Orthanc identifier of its instance, or of what that is in; None if it is not there."""
        instance = None if self.instance is None else self.instance.id
        ids = {"Instance": instance, "Series": self.series_id, "Study": self.study_id, "Patient": self.patient_id}
        return ids[level]

    @property
    def is_stored(self) -> bool:
        """Whether the server has it."""
        return self.status in _KEPT

    @property
    def is_failure(self) -> bool:
        """Whether it should be on the server, and is not."""
        return self.status in _FAILURES


class UploadReport(Sequence[Instance]):
    """What became of the files of an upload: a list of the instances that the server has now, and more.

    A report can be given to another upload, which leaves out what is done and adds what is new: to go on where one was
    interrupted. With a path it is kept on the disk, too, where each line is written as soon as it is known, so that not
    even a crash loses it. Such a file names files, and is as confidential as these names are.

    Args:
        client: The server that is uploaded to.
        path: A file to keep the report in; one that is there is read first.

    Raises:
        InvalidArgument: if there is such a file, and it is no report.

    Example:
        >>> report = UploadReport(client, "import.jsonl")  # doctest: +SKIP
        >>> upload(client, "/data/scans", report=report)  # and once more, if it was interrupted  # doctest: +SKIP
        >>> report.raise_for_failures()  # doctest: +SKIP
    """

    def __init__(self, client: Orthanc, path: str | os.PathLike[str] | None = None) -> None:
        self._client = client
        self._path = None if path is None else Path(path)
        self._files: dict[_Key, _Fate] = {}
        self._journal: IO[str] | None = None
        self._uploads = 0
        if self._path is not None and self._path.exists():
            self._read(self._path)

    # -- what it tells ------------------------------------------------------------------------------------------------

    @property
    def client(self) -> Orthanc:
        """The server that was uploaded to."""
        return self._client

    @property
    def files(self) -> list[UploadedFile]:
        """All files, in the order in which they were found; in that in which they were done, if it was read again."""
        return [file for fate in self._files.values() for file in fate.members.values() if file is not None]

    @property
    def instances(self) -> list[Instance]:
        """The instances that the server has now, each once."""
        return list(dict.fromkeys(file.instance for file in self.files if file.instance is not None))

    def resources(self, level: LevelName) -> list[AnyResource]:
        """The patients, studies, series or instances that have what was uploaded, each once."""
        kept = [file for file in self.files if file.is_stored]
        ids = dict.fromkeys(file.id_of(level) for file in kept)
        return [resource_of(level, id_, self._client) for id_ in ids if id_ is not None]

    @property
    def failures(self) -> list[UploadedFile]:
        """The files that should be on the server and are not: ``rejected`` and ``failed``."""
        return [file for file in self.files if file.is_failure]

    @property
    def counts(self) -> Mapping[UploadStatus, int]:
        """How many files there are of each status, zeros included."""
        counted = Counter(file.status for file in self.files)
        return {status: counted[status] for status in get_args(UploadStatus)}

    def raise_for_failures(self) -> None:
        """Raises an error if a file was rejected, or has failed.

        Raises:
            TransferFailed: it names the first of them, and has this report.
        """
        failures = self.failures
        if failures:
            raise TransferFailed.of_files(
                [(file.name, file.reason) for file in failures], len(self.files), "uploaded", self
            )

    @overload
    def __getitem__(self, index: int, /) -> Instance: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[Instance]: ...
    def __getitem__(self, index: int | slice, /) -> Instance | list[Instance]:
        return self.instances[index]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self.instances)

    def __len__(self) -> int:
        return len(self.instances)

    def __repr__(self) -> str:
        told = ", ".join(f"{number} {status}" for status, number in self.counts.items() if number)
        return f"UploadReport({told or 'no files'})"

    # -- how it is filled ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begins with another upload: its ``item 1``, which has no path, is not that of an earlier one."""
        self._uploads += 1

    def is_done(self, item: Item) -> bool:
        """Whether an earlier upload was done with this file, and it has not changed since."""
        fate = self._files.get(self._key(item))
        known = None if fate is None or fate.stamp != item.stamp else fate.members.get(_member(item))
        return item.stamp is not None and known is not None and known.status != "failed"

    def expect(self, item: Item) -> None:
        """Keeps a place for a file, so that the order is that of the files, whichever comes first."""
        self._fate(self._key(item), item.stamp).members.setdefault(_member(item), None)

    def forget(self, item: Item) -> None:
        """Takes back what was said of a file: it is a ZIP archive, whose members are what counts."""
        self._fate(self._key(item), item.stamp).members.pop(_member(item), None)

    def add(self, item: Item, outcome: UploadedFile) -> None:
        """Notes what became of a file."""
        key, member = self._key(item), _member(item)
        self._fate(key, item.stamp).members[member] = outcome
        if self._path is not None:
            if self._journal is None:
                self._journal = _appendable(self._path)
            line = {"file": key, "stamp": item.stamp, "member": member, **_written(outcome)}
            self._journal.write(json.dumps(line) + "\n")
            self._journal.flush()

    def _fate(self, key: _Key, stamp: tuple[int, int] | None) -> _Fate:
        """What became of a file as it is now: of what it was before, only what is on the server counts."""
        fate = self._files.setdefault(key, _Fate(stamp))
        if fate.stamp != stamp:
            kept = [file for file in fate.members.values() if file is not None and file.is_stored]
            fate.members = {("before", number): file for number, file in enumerate(kept)}
            fate.stamp = stamp
        return fate

    def close(self) -> None:
        """Closes the file; it is opened again when there is more."""
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    def _read(self, path: Path) -> None:
        lines = path.read_text(encoding="ascii", errors="replace").split("\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                self._take(json.loads(line))
            except (ValueError, LookupError, TypeError):
                if number == len(lines) and _BEGIN.startswith(line[: len(_BEGIN)]):
                    continue  # it was cut off by a crash: its file is uploaded again
                raise InvalidArgument(f"{path}: line {number} is no line of a report") from None

    def _key(self, item: Item) -> _Key:
        """What tells a file from all others."""
        return (None, self._uploads, item.number) if item.path is None else (str(item.path),)

    def _take(self, line: Mapping[str, object]) -> None:
        """Takes what `add` has written."""
        status, id_ = line["status"], line.get("instance")
        if status not in get_args(UploadStatus):
            raise ValueError(status)
        texts = cast("Mapping[str, str]", line)
        key, member = (tuple(cast("list[object]", line[name])) for name in ("file", "member"))
        stamp = cast("list[int] | None", line["stamp"])
        if key[0] is None:
            self._uploads = max(self._uploads, cast("int", key[1]))
        self._fate(key, None if stamp is None else (stamp[0], stamp[1])).members[member] = UploadedFile(
            name=texts["name"],
            status=cast("UploadStatus", status),
            instance=None if id_ is None else Instance(cast("str", id_), self._client),
            reason=texts["reason"],
            series_id=texts.get("series"),
            study_id=texts.get("study"),
            patient_id=texts.get("patient"),
        )


@dataclass(slots=True)
class _Fate:
    """What became of a file, or of the members of an archive, in the order in which they are found.

    Attributes:
        stamp: What tells that the file has changed since.
        members: By name and offset in the archive; the empty key is the file itself.
    """

    stamp: tuple[int, int] | None
    members: dict[_Key, UploadedFile | None] = field(default_factory=dict[_Key, "UploadedFile | None"])


def _member(item: Item) -> _Key:
    return () if item.member is None else (item.member, item.offset)


def _written(file: UploadedFile) -> dict[str, str | None]:
    line: dict[str, str | None] = {"name": file.name, "status": file.status, "reason": file.reason}
    for name, level in (("instance", "Instance"), ("series", "Series"), ("study", "Study"), ("patient", "Patient")):
        id_ = file.id_of(cast("LevelName", level))
        if id_ is not None:
            line[name] = id_
    return line


def _appendable(path: Path) -> IO[str]:
    """The file, opened to add lines to it; a line that was cut off by a crash is removed."""
    content = path.read_bytes() if path.exists() else b""
    file = path.open("a", encoding="ascii")
    if content and not content.endswith(b"\n"):
        file.truncate(content.rfind(b"\n") + 1)
    return file
