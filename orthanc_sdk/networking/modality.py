"""Other DICOM applications that the server knows, what they are asked by C-FIND, and what they answer.

A modality has queries, a query has a modality and answers: three classes that know each other, in one module.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, cast, overload

from orthanc_models.redaction import escape_unprintable
from orthanc_sdk.errors import InvalidArgument, NetworkProtocolError, OrthancError
from orthanc_sdk.networking.answer_tags import AnswerTags
from orthanc_sdk.networking.levels import LEVELS, Level, level_named
from orthanc_sdk.networking.modality_retrieval import ModalityRetrieval
from orthanc_sdk.networking.modality_storage import ModalityStorage
from orthanc_sdk.networking.query_tags import WorklistValue, find_tags, worklist_tags
from orthanc_sdk.networking.retrievable import Retrievable
from orthanc_sdk.networking.transfer_jobs import fields_of, without_http_timeout

if TYPE_CHECKING:
    from typing import Self

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.query import QueryValue

log: Final = logging.getLogger("orthanc_sdk")


class Modality(ModalityRetrieval, ModalityStorage):
    """A DICOM application that the server knows by a name of its own.

    Making one asks nothing. What lasts longer than a moment is waited for without a limit of HTTP: ``timeout`` says how
    long the *modality* may be silent, in whole seconds (``Timeout`` of its configuration by default, then
    ``DicomScuTimeout`` of the server). All failures of the DICOM network are :class:`NetworkProtocolError`; its
    ``details`` say what happened, and :func:`dimse_status` is what the modality answered.

    Args:
        client: The server.
        name: The name by which it knows the modality (one of ``client.get_modalities()``).

    Example:
        >>> modality = Modality(client, "MY_MODALITY")  # doctest: +SKIP
        >>> with modality.query({"Level": "Study", "Query": {"StudyDescription": "Brain*"}}) as query:  # doctest: +SKIP
        ...     for answer in query:
        ...         print(answer["StudyDate"], answer["PatientName"])
        ...     modality.move(query, target_aet="MY_PACS")
    """

    def __init__(self, client: Orthanc, name: str) -> None:
        self._client = client
        self._name = name
        if not isinstance(name, str) or not name:  # pyright: ignore[reportUnnecessaryIsInstance]  # for those who check no types
            raise InvalidArgument(f"Modality: name must be the name of a modality, not {name!r}")

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name by which the server knows it; not its DICOM title."""
        return self._name

    @property
    def client(self) -> Orthanc:
        """The server."""
        return self._client

    @property
    def configuration(self) -> models.ModalityInfo:
        """Its DICOM title, host, port and so on; asked each time.

        Raises:
            NotFound: if the server does not know it.
        """
        return self._client.get_modalities_id_configuration(self._name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Modality):
            return NotImplemented
        return (self._client.url, self._name) == (other._client.url, other._name)

    def __hash__(self) -> int:
        return hash((Modality, self._client.url, self._name))

    def __repr__(self) -> str:
        return f"Modality({self._client!r}, {self._name!r})"

    # -- C-ECHO -------------------------------------------------------------------------------------------------------

    def echo(self, *, timeout: int | None = None, check_find: bool = False) -> bool:
        """Whether the modality answers to a C-ECHO. :meth:`check_echo` says why not.

        Args:
            timeout: Seconds that it may be silent, 0 for ever.
            check_find: Whether it has to answer to a C-FIND, too.

        Raises:
            NotFound: if the server does not know it.
            OrthancError: if it is the server that cannot be asked: not reached, wrong password.
        """
        try:
            self.check_echo(timeout=timeout, check_find=check_find)
        except NetworkProtocolError:
            return False
        return True

    def check_echo(self, *, timeout: int | None = None, check_find: bool = False) -> None:
        """Makes sure that the modality answers to a C-ECHO; the arguments are those of :meth:`echo`.

        Raises:
            NetworkProtocolError: if it does not answer, or refuses; ``details`` say why.
            NotFound: if the server does not know it.
        """
        body: dict[str, object] = {} if timeout is None else {"Timeout": timeout}
        if check_find:
            body["CheckFind"] = True
        self._client.post_modalities_id_echo(self._name, body, timeout=without_http_timeout(self._client))

    # -- C-FIND -------------------------------------------------------------------------------------------------------

    def query(
        self,
        json: models.QueryRequest | Mapping[str, object] | None = None,
        *,
        level: Level | None = None,
        query: Mapping[str, QueryValue] | None = None,
        timeout: int | None = None,
        normalize: bool | None = None,
        local_aet: str | None = None,
    ) -> Query:
        """Searches the modality by C-FIND: one request for the search, and one for all the answers.

        Values may be text with ``*`` and ``?``, dates and times, pairs of these for ranges, and lists of which one has
        to match. Tags with an empty value are asked for. Letters beyond ASCII are sent as UTF-8, unless the query has
        a ``SpecificCharacterSet``. In the answers, Orthanc only keeps the letters that its own ``DefaultEncoding``
        has, and nothing shows what it has left out: set it to ``Utf8`` if there are names in several alphabets.

        The server keeps the query: use ``with``, or :meth:`Query.delete`.

        Args:
            json: The search in Orthanc's spelling: ``{"Level": "Study", "Query": {"PatientID": "12345"}}``.
            level: What to search for; in place of ``json``, as are the others.
            query: Values by tag, by keyword or as ``0010,0010``.
            timeout: Seconds that the modality may be silent, 0 for ever.
            normalize: False also sends tags that do not belong to the level.
            local_aet: What the server calls itself in this search.

        Raises:
            InvalidArgument: if a value has letters that are not in that character set; names the tag.
            NetworkProtocolError: if the modality cannot be reached, or refuses.
            DicomQueryRefused: if it says that it cannot do this query.
            BadRequest: if the server does not know a tag.
            NotFound: if the server does not know the modality.

        Example:
            >>> modality.query(level="Study", query={"StudyDate": (date(2024, 1, 1), None)})  # doctest: +SKIP
            <Query '24b5b8a9-...' with 3 answers>
        """
        body = fields_of(json)
        given: Mapping[str, object] = {
            "Level": level, "Query": query, "Timeout": timeout, "Normalize": normalize, "LocalAet": local_aet,
        }  # fmt: skip
        body |= {name: value for name, value in given.items() if value is not None}
        if "Level" not in body:
            raise InvalidArgument("level must be given")
        wanted = body.get("Query")
        if wanted is not None and not isinstance(wanted, Mapping):
            raise InvalidArgument("query must be a mapping of tags to values")
        asked_level = level_named(body["Level"])
        body["Level"] = asked_level
        body["Query"] = find_tags(cast("Mapping[str, QueryValue] | None", wanted))
        reference = self._client.post_modalities_id_query(self._name, body, timeout=without_http_timeout(self._client))
        return Query._done(reference, self, asked_level)  # pyright: ignore[reportPrivateUsage]  # its other constructor

    find = query

    def find_worklist(
        self, query: Mapping[str, WorklistValue], *, timeout: int | None = None
    ) -> list[models.TypedTags]:
        """Searches the modality worklist by C-FIND.

        Args:
            query: Values by tag, as in :meth:`query`; a list of a mapping is a sequence. Only tags that are in it come
                back.
            timeout: Seconds that the modality may be silent, 0 for ever.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or has no worklist.

        Example:
            >>> step = {"Modality": "CT", "ScheduledProcedureStepStartDate": date.today()}  # doctest: +SKIP
            >>> modality.find_worklist({"PatientName": "", "ScheduledProcedureStepSequence": [step]})  # doctest: +SKIP
        """
        from orthanc_sdk import models

        body: dict[str, object] = {"Query": worklist_tags(query), "Simplify": False, "Short": True}
        if timeout is not None:
            body["Timeout"] = timeout
        found = self._client.post_modalities_id_find_worklist(
            self._name, body, timeout=without_http_timeout(self._client)
        )
        return [models.TypedTags(tags) for tags in found]

    def _query_of(self, id_: str) -> Query:
        return Query(id_, self._client)


class Query(Retrievable):
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

    _retrieve_route = "POST /queries/{id}/retrieve"

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

    @property
    def modality_name(self) -> str:
        """The name by which the server knows the modality that has answered."""
        return self.modality.name

    def all_identifiers(self) -> list[dict[str, str]]:
        """What the modality finds each answer again by.

        Raises:
            InvalidArgument: if an identifier is not among the tags of an answer.
        """
        return [answer.identifiers for answer in self.answers]

    def _post_retrieve(self, body: Mapping[str, object]) -> object:
        return self._client.post_queries_id_retrieve(self._id, body)

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


class Answer(AnswerTags, Retrievable):
    """One answer to a C-FIND: DICOM tags by keyword or number, as Python values.

    It has the tags that were asked for and that the modality supports. ``answer["StudyDate"]`` is a ``date``, and
    ``answer.study_tags.study_date`` is one for type checkers as well; ``answer.raw["StudyDate"]`` is the text.
    """

    _retrieve_route = "POST /queries/{id}/answers/{index}/retrieve"

    def __init__(self, query: Query, index: int, tags: Mapping[str, object]) -> None:
        super().__init__(index, tags)
        self._query = query

    @property
    def query(self) -> Query:
        """The query that it answers."""
        return self._query

    @property
    def client(self) -> Orthanc:
        """The server that has asked."""
        return self._query.client

    @property
    def level(self) -> Level:
        """What it is about: ``Patient``, ``Study``, ``Series`` or ``Instance``."""
        return self._query.level

    @property
    def modality_name(self) -> str:
        """The name by which the server knows the modality that has answered."""
        return self._query.modality_name

    def all_identifiers(self) -> list[dict[str, str]]:
        """What the modality finds it again by, as the one item of a list."""
        return [self.identifiers]

    def _post_retrieve(self, body: Mapping[str, object]) -> object:
        return self.client.post_queries_id_answers_index_retrieve(self._query.id, self._index, body)

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
        client, id_ = self.client, self._query.id
        routes = {
            "Study": client.post_queries_id_answers_index_query_studies,
            "Series": client.post_queries_id_answers_index_query_series,
            "Instance": client.post_queries_id_answers_index_query_instances,
        }
        reference = routes[level_named(wanted)](id_, self._index, body, timeout=without_http_timeout(client))
        return Query._done(reference, self._query.modality, level_named(wanted))  # pyright: ignore[reportPrivateUsage]  # of this module
