"""Fetching from a modality, and looking at what has arrived.

A modality that accepts a C-MOVE may send less than it has found, and report a success all the same. Here it is asked by
C-FIND first which instances there are; these are looked for on the server afterwards, and what is missing is fetched
again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orthanc_sdk.errors import InvalidArgument, JobFailed, NetworkProtocolError
from orthanc_sdk.networking.dimse_status import dimse_status
from orthanc_sdk.resources.find import iter_instances

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.networking.levels import Level
    from orthanc_sdk.networking.modality import Answer, Modality

_PAUSE: Final = 0.5
_SAMPLE: Final = 5
"""How many single instances are tried before it is looked whether any has come at all."""

Manifest: TypeAlias = Mapping[str, str]
"""The instances that a modality has of a study or a series: the UID of its series by the UID of each instance."""


@dataclass(frozen=True)
class Retrieval:
    """What came of fetching a study or a series.

    Attributes:
        study_uid: ``StudyInstanceUID``.
        promised: The instances that the modality says it has: the UID of the series by the UID of each.
        present: Those of them that were on the server before.
        missing: Those of them that are not on the server now, sorted.
        attempts: How often something was fetched.
        failures: What the modality has refused meanwhile; empty does not mean that all has arrived.
    """

    study_uid: str
    promised: Manifest
    present: frozenset[str]
    missing: tuple[str, ...]
    attempts: int
    failures: tuple[NetworkProtocolError | JobFailed, ...]

    @property
    def is_complete(self) -> bool:
        """Whether all that was promised is on the server. Nothing is never complete."""
        return bool(self.promised) and not self.missing

    @property
    def arrived(self) -> int:
        """How many instances came."""
        return len(self.promised) - len(self.present) - len(self.missing)

    @property
    def reason(self) -> str:
        """Why it is not complete, in words; empty if it is."""
        if self.is_complete:
            return ""
        if not self.promised:
            return "the modality lists no instances"
        said = f"{len(self.missing)} of {len(self.promised)} instances are missing"
        if not self.failures:
            return f"{said}, though the modality reports success"
        status = dimse_status(self.failures[-1])
        return f"{said}: {'' if status is None else f'DIMSE status 0x{status:04X}: '}{self.failures[-1]}"


def manifest_of(answer: Answer) -> Manifest:
    """The instances that a modality has of a study or a series, by C-FIND.

    It is asked for the series, then for the instances of each series, as all modalities support it. The query that the
    answer comes from is not needed any more, and no other one stays on the server.

    Args:
        answer: The study or the series, as the modality has told of it.

    Raises:
        NetworkProtocolError: if the modality cannot be reached, or refuses.
        InvalidArgument: if it is about something else, or if identifiers are missing.
    """
    if answer.level not in ("Study", "Series"):
        raise InvalidArgument(f"answer: it must be about a study or a series, not about a {answer.level.lower()}")
    modality, known = answer.query.modality, answer.identifiers
    if answer.level == "Series":
        return _instances_of(modality, known)
    with modality.query(level="Series", query={**known, "SeriesInstanceUID": ""}) as found:
        series = [one.identifiers for one in found]
    return {uid: series_uid for one in series for uid, series_uid in _instances_of(modality, one).items()}


def _instances_of(modality: Modality, series: Mapping[str, str]) -> Manifest:
    with modality.query(level="Instance", query={**series, "SOPInstanceUID": ""}) as instances:
        return {one.identifiers["SOPInstanceUID"]: series["SeriesInstanceUID"] for one in instances}


def instances_on(client: Orthanc, answer: Answer) -> frozenset[str]:
    """The UIDs of the instances that a server has of a study or a series."""
    found = iter_instances(client, query=_of_this(answer))
    return frozenset(uid for instance in found if isinstance(uid := instance.tags.raw.get("SOPInstanceUID"), str))


def retrieve_verified(
    answer: Answer,
    *,
    into: Orthanc | None = None,
    target_aet: str | None = None,
    method: Literal["C-MOVE", "C-GET"] = "C-MOVE",
    attempts: int = 3,
    patience: float = 5.0,
    timeout: int | None = None,
) -> Retrieval:
    """Fetches a study or a series from a modality, looks at what has arrived, and fetches again what has not.

    What is there already is not fetched again. Failures of the modality are collected in what is returned; other
    errors, such as those of the server itself, are raised.

    Args:
        answer: The study or the series, as the modality has told of it.
        into: Where to look for the instances; the server that asks by default, to which they come by default.
        target_aet: DICOM title of who gets the instances, if it is not the server that asks.
        method: C-GET works where the modality cannot connect to the server. Since Orthanc 1.12.6.
        attempts: How often to fetch what is missing: all at once first, then series by series, then single instances.
        patience: Seconds to wait for another instance after each attempt: some modalities report a success before they
            have sent everything.
        timeout: Seconds that the modality may be silent in a transfer, 0 for ever.

    Raises:
        NetworkProtocolError: if the modality cannot be asked which instances it has.

    Example:
        >>> with modality.query(level="Study", query={"AccessionNumber": "A-1"}) as query:  # doctest: +SKIP
        ...     outcome = retrieve_verified(query[0])
        ...     print(outcome.is_complete, outcome.reason)
    """
    if attempts < 1 or patience < 0:
        raise InvalidArgument("attempts must be 1 or more, and patience 0 or more seconds")
    if method == "C-GET" and target_aet is not None:
        raise InvalidArgument("target_aet: instances come to the server itself by C-GET")
    server = answer.query.client if into is None else into
    promised = manifest_of(answer)
    present = instances_on(server, answer)
    missing = set(promised.keys() - present)
    failures: list[NetworkProtocolError | JobFailed] = []
    fetch = _Fetch(answer, server, method, target_aet, timeout)
    attempt = 0
    while missing and attempt < attempts:
        attempt += 1
        refused = list(fetch.all_of(_requests(answer, promised, missing, attempt), missing))
        missing = _wait_for(server, answer, missing, 0 if refused else patience)
        failures += refused
    return Retrieval(
        study_uid=answer.identifiers["StudyInstanceUID"],
        promised=promised,
        present=frozenset(promised.keys() & present),
        missing=tuple(sorted(missing)),
        attempts=attempt,
        failures=tuple(failures),
    )


_Request: TypeAlias = "tuple[Level, dict[str, str]]"
"""The level and the identifiers of what is fetched by one command."""


def _of_this(answer: Answer) -> dict[str, str]:
    return {tag: value for tag, value in answer.identifiers.items() if tag in ("StudyInstanceUID", "SeriesInstanceUID")}


def _requests(answer: Answer, promised: Manifest, missing: set[str], attempt: int) -> Iterator[_Request]:
    """What is fetched by one attempt: as much as possible at once, and less at once by each further attempt.

    A modality may stop at the first instance that it cannot send: alone, the others can be fetched.
    """
    study = answer.identifiers["StudyInstanceUID"]
    all_series = set(promised.values())
    if attempt == 1 and len(missing) == len(promised):
        yield answer.level, answer.identifiers
        return
    begun = {promised[uid] for uid in promised.keys() - missing}
    untouched = {promised[uid] for uid in missing} - begun
    whole = untouched if attempt == 1 or (attempt == 2 and len(all_series) > 1) else frozenset[str]()
    for series in sorted(whole):
        yield "Series", {"StudyInstanceUID": study, "SeriesInstanceUID": series}
    for uid in sorted(uid for uid in missing if promised[uid] not in whole):
        yield "Instance", {"StudyInstanceUID": study, "SeriesInstanceUID": promised[uid], "SOPInstanceUID": uid}


@dataclass(frozen=True)
class _Fetch:
    """How instances are fetched."""

    answer: Answer
    server: Orthanc
    method: Literal["C-MOVE", "C-GET"]
    target_aet: str | None
    timeout: int | None

    def all_of(self, requests: Iterator[_Request], missing: set[str]) -> Iterator[NetworkProtocolError | JobFailed]:
        """Fetches one after the other; a refusal does not stop the others, unless all seems to be in vain."""
        singles = 0
        for level, identifiers in requests:
            try:
                self._one(level, identifiers)
            except (NetworkProtocolError, JobFailed) as failure:
                yield failure
                if dimse_status(failure) is None:  # it cannot be reached
                    return
            singles += level == "Instance"
            if singles == _SAMPLE and missing.isdisjoint(instances_on(self.server, self.answer)):
                return

    def _one(self, level: Level, identifiers: dict[str, str]) -> None:
        modality = self.answer.query.modality
        if self.method == "C-GET":
            modality.get(level, [identifiers], timeout=self.timeout)
        else:
            modality.move_resources(level, [identifiers], target_aet=self.target_aet, timeout=self.timeout)


def _wait_for(server: Orthanc, answer: Answer, missing: set[str], patience: float) -> set[str]:
    """What is missing once nothing more has come for that long."""
    end = time.monotonic() + patience
    while True:
        still = missing - instances_on(server, answer)
        if len(still) < len(missing):
            end = time.monotonic() + patience
        missing = still
        if not missing or time.monotonic() >= end:
            return missing
        time.sleep(min(_PAUSE, patience))
