"""The answers of a modality to a C-FIND, which the server keeps, and what can be done with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, overload

from orthanc_models.redaction import escape_unprintable
from orthanc_sdk.errors import InvalidArgument, OrthancError
from orthanc_sdk.networking.query_tags import find_tags
from orthanc_sdk.networking.transfer_jobs import (
    LEVELS,
    Level,
    MoveOptions,
    body_of,
    fields_of,
    job_of,
    level_named,
    result_of,
    without_http_timeout,
)
from orthanc_sdk.resources.job import Job

if TYPE_CHECKING:
    from typing import Self, Unpack

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.networking.modality import Modality
    from orthanc_sdk.resources.query import QueryValue

log: Final = logging.getLogger("orthanc_sdk")

IDENTIFIERS: Final[Mapping[Level, tuple[str, ...]]] = {
    "Patient": ("PatientID",),
    "Study": ("StudyInstanceUID",),
    "Series": ("StudyInstanceUID", "SeriesInstanceUID"),
    "Instance": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"),
}
"""The tags by which a modality finds a resource of each level again."""

_COUNTS: Final[Mapping[Level, str]] = {
    "Patient": "NumberOfPatientRelatedInstances",
    "Study": "NumberOfStudyRelatedInstances",
    "Series": "NumberOfSeriesRelatedInstances",
}


class Query:
    """A C-FIND that is done, with its answers.

    The server keeps it until it is deleted, at the end of a ``with`` block for instance, and only the last 100 of them
    (``QueryRetrieveSize``). Making this object asks nothing.

    Args:
        id_: Identifier of the query, as ``POST /modalities/{id}/query`` answers it.
        client: The server that has asked.

    Example:
        >>> with modality.query(level="Study", query={"PatientID": "12345"}) as query:  # doctest: +SKIP
        ...     for answer in query:
        ...         print(answer["StudyDate"], answer.study_tags.study_description)
        ...         answer.retrieve()
    """

    def __init__(self, id_: str, client: Orthanc) -> None:
        self._id = id_
        self._client = client
        self._level: Level | None = None
        self._modality: Modality | None = None
        self._answers: list[Answer] | None = None
        if not isinstance(id_, str) or not id_:  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
            raise InvalidArgument(f"Query: id_ must be the identifier of a query, not {id_!r}")

    @classmethod
    def _done(cls, reference: models.QueryReference, modality: Modality, level: Level) -> Self:
        """A query that was just sent, with its answers; it is not left behind if these cannot be had."""
        query = cls(reference.id, modality.client)
        query._level = level
        query._modality = modality
        try:
            _ = query.answers
        except BaseException:
            query._try_to_delete()
            raise
        return query

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Identifier of the query."""
        return self._id

    @property
    def client(self) -> Orthanc:
        """The server that has asked."""
        return self._client

    @property
    def level(self) -> Level:
        """What was looked for: ``Patient``, ``Study``, ``Series`` or ``Instance``."""
        if self._level is None:
            self._level = level_named(self._client.get_queries_id_level(self._id))
        return self._level

    @property
    def modality(self) -> Modality:
        """Who has answered."""
        if self._modality is None:
            from orthanc_sdk.networking.modality import Modality

            self._modality = Modality(self._client, self._client.get_queries_id_modality(self._id))
        return self._modality

    @property
    def tags(self) -> models.TypedTags:
        """What was asked for; asked each time."""
        from orthanc_sdk import models

        return models.TypedTags(self._client.get_queries_id_query(self._id, short=True))

    @property
    def answers(self) -> list[Answer]:
        """The answers; :meth:`Modality.query` has read them already, others are read once.

        Raises:
            NotFound: if the server does not have the query any more.
        """
        if self._answers is None:
            # By number: private tags and those of other dictionaries would all have the same name.
            found = self._client.get_queries_id_answers(self._id, expand=True, short=True)
            self._answers = [Answer(self, index, tags) for index, tags in enumerate(found)]
        return self._answers

    @overload
    def __getitem__(self, key: Literal["ID"], /) -> str: ...

    @overload
    def __getitem__(self, key: Literal["answers"], /) -> list[Answer]: ...

    @overload
    def __getitem__(self, key: int, /) -> Answer: ...

    @overload
    def __getitem__(self, key: slice, /) -> list[Answer]: ...

    def __getitem__(self, key: str | int | slice, /) -> str | list[Answer] | Answer:
        """An answer by its number; also ``query["ID"]`` and ``query["answers"]``."""
        if isinstance(key, str):
            if key not in ("ID", "answers"):
                raise KeyError(key)
            return self.id if key == "ID" else self.answers
        return self.answers[key]

    def __len__(self) -> int:
        return len(self.answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    def __repr__(self) -> str:
        found = "" if self._answers is None else f" with {len(self._answers)} answers"
        return f"<Query {self._id!r}{found}>"

    # -- fetching all of it -------------------------------------------------------------------------------------------

    def retrieve(
        self, json: models.RetrieveRequest | Mapping[str, object] | str | None = None, **options: Unpack[MoveOptions]
    ) -> models.DicomMoveScuContent:
        """Fetches all that was found, by C-MOVE, and waits for the end. No answers are no error.

        A modality that accepts a C-MOVE may still not send everything:
        :func:`orthanc_sdk.networking.retrieve_verified.retrieve_verified` looks at what has arrived.

        Args:
            json: How to, in Orthanc's spelling (``{"TargetAet": "MY_PACS"}``), or just the title of who gets it.
            options: The same by keyword: see :class:`MoveOptions`.

        Returns:
            What the server tells of it; which instances came, since Orthanc 1.12.10.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it.
            JobFailed: if the transfer fails otherwise, or is cancelled.
            NotFound: if the server does not have the query any more.
        """
        return result_of(self._submit(json, options, waits=True), "POST /queries/{id}/retrieve")

    def retrieve_as_job(
        self, json: models.RetrieveRequest | Mapping[str, object] | str | None = None, **options: Unpack[MoveOptions]
    ) -> Job[models.DicomMoveScuContent]:
        """Starts to fetch all that was found, by C-MOVE; see :meth:`retrieve`."""
        return self._submit(json, options)

    def _submit(
        self,
        json: models.RetrieveRequest | Mapping[str, object] | str | None,
        options: MoveOptions,
        index: int | None = None,
        *,
        waits: bool = False,
    ) -> Job[models.DicomMoveScuContent]:
        from orthanc_sdk import models

        given = {"TargetAet": json} if isinstance(json, str) else fields_of(json)
        if waits and given.get("Asynchronous"):
            raise InvalidArgument(
                "Asynchronous: this call waits for the end; the one with _as_job in its name does not"
            )
        if given.get("RetrieveMethod", "C-MOVE") != "C-MOVE":
            raise InvalidArgument("RetrieveMethod: this call is for C-MOVE; Modality.get is for C-GET")
        given.pop("Synchronous", None)
        # Without it, the modality may be configured for C-GET. Servers before 1.12.6 do not know it, nor C-GET.
        body = {**given, **body_of(options), "Asynchronous": True, "RetrieveMethod": "C-MOVE"}
        if index is None:
            answer = self._client.post_queries_id_retrieve(self._id, body)
        else:
            answer = self._client.post_queries_id_answers_index_retrieve(self._id, index, body)
        return job_of(answer, self._client, models.DicomMoveScuContent)

    # -- its end ------------------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Lets the server forget the query; it may be gone already. The answers that were read stay here."""
        self._client.delete_queries_id(self._id)

    def _try_to_delete(self) -> None:
        try:
            self.delete()
        except OrthancError as error:
            log.warning("query %s is left on the server: %s", escape_unprintable(self._id), error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.delete()
        else:  # that is the error to see
            self._try_to_delete()


class Answer(Mapping[str, "models.DicomValue"]):
    """One answer to a C-FIND: DICOM tags by keyword or number, as Python values.

    It has the tags that were asked for and that the modality supports. ``answer["StudyDate"]`` is a ``date``, and
    ``answer.study_tags.study_date`` is one for type checkers as well; ``answer.raw["StudyDate"]`` is the text.
    """

    def __init__(self, query: Query, index: int, tags: Mapping[str, object]) -> None:
        from orthanc_sdk import models

        self._query = query
        self._index = index
        self._tags = models.TypedTags(tags)

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def query(self) -> Query:
        """The query that it answers."""
        return self._query

    @property
    def index(self) -> int:
        """Its number, from 0 on."""
        return self._index

    @property
    def level(self) -> Level:
        """What it is about: ``Patient``, ``Study``, ``Series`` or ``Instance``."""
        return self._query.level

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
        count = self._tags.get(_COUNTS[self.level])
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
        return self._tags == (other._tags if isinstance(other, Answer) else other)

    __hash__ = None  # type: ignore[assignment]  # as of all mappings that compare by their values

    def __repr__(self) -> str:
        return f"<Answer {self._index}: {', '.join(map(escape_unprintable, self._tags))}>"

    # -- what can be done with it -------------------------------------------------------------------------------------

    def retrieve(
        self, json: models.RetrieveRequest | Mapping[str, object] | str | None = None, **options: Unpack[MoveOptions]
    ) -> models.DicomMoveScuContent:
        """Fetches what this answer is about, by C-MOVE, and waits for the end; see :meth:`Query.retrieve`."""
        route = "POST /queries/{id}/answers/{index}/retrieve"
        return result_of(self._query._submit(json, options, self._index, waits=True), route)  # pyright: ignore[reportPrivateUsage]  # of this module

    def retrieve_as_job(
        self, json: models.RetrieveRequest | Mapping[str, object] | str | None = None, **options: Unpack[MoveOptions]
    ) -> Job[models.DicomMoveScuContent]:
        """Starts to fetch what this answer is about, by C-MOVE; see :meth:`Query.retrieve`."""
        return self._query._submit(json, options, self._index)  # pyright: ignore[reportPrivateUsage]  # of this module

    def children(
        self,
        level: Literal["Study", "Series", "Instance"] | None = None,
        query: Mapping[str, QueryValue] | None = None,
        *,
        timeout: int | None = None,
    ) -> Query:
        """Asks the modality by another C-FIND what is below.

        Args:
            level: Of which level; the next one by default, which all modalities support.
            query: More values by tag; an empty one asks for the tag.
            timeout: Seconds that the modality may be silent, 0 for ever.

        Raises:
            InvalidArgument: if there is nothing of that level below.
            NetworkProtocolError: if the modality cannot be reached, or refuses.
        """
        below = LEVELS[LEVELS.index(self.level) + 1 :]
        wanted = below[0] if level is None and below else level
        if wanted is None or level_named(wanted) not in below:
            raise InvalidArgument(f"level: there is no {wanted or 'level'} below {self.level}")
        body: dict[str, object] = {"Query": find_tags(query)}
        if timeout is not None:
            body["Timeout"] = timeout
        client, id_ = self._query.client, self._query.id
        routes = {
            "Study": client.post_queries_id_answers_index_query_studies,
            "Series": client.post_queries_id_answers_index_query_series,
            "Instance": client.post_queries_id_answers_index_query_instances,
        }
        reference = routes[level_named(wanted)](id_, self._index, body, timeout=without_http_timeout(client))
        return Query._done(reference, self._query.modality, level_named(wanted))  # pyright: ignore[reportPrivateUsage]  # of this module


def identifiers_in(level: Level, tags: Mapping[str, object]) -> dict[str, str]:
    """The tags that identify a resource of a level.

    Raises:
        InvalidArgument: names the one that is missing.
    """
    found: dict[str, str] = {}
    for keyword in IDENTIFIERS[level]:
        value = tags.get(keyword)
        if not isinstance(value, str) or not value.strip(" \0"):
            raise InvalidArgument(f"there is no {keyword}, which it takes to identify a {level.lower()}")
        found[keyword] = value
    return found


Named: TypeAlias = Answer | Mapping[str, str] | str
"""A resource of a modality: an answer to a C-FIND, its identifiers by tag, or the one of a patient or a study alone."""


def identifiers_of(level: Level, resources: Named | Sequence[Named]) -> list[dict[str, str]]:
    """What is sent for resources that a user has named.

    Raises:
        InvalidArgument: if identifiers are missing.
    """
    several = [resources] if isinstance(resources, str | Mapping) else list(resources)
    return [_identifiers(level, one) for one in several]


def _identifiers(level: Level, one: Named) -> dict[str, str]:
    if isinstance(one, Answer):
        return identifiers_in(level, one.raw)
    if isinstance(one, str):
        if len(IDENTIFIERS[level]) > 1:
            raise InvalidArgument(
                f"a {level.lower()} is identified by {' and '.join(IDENTIFIERS[level])}, in a mapping"
            )
        return identifiers_in(level, {IDENTIFIERS[level][0]: one})
    if any(not value for value in one.values()):
        # The modality would take it for "any".
        raise InvalidArgument("an identifier must not be empty")
    return dict(one)
