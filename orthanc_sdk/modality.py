"""Other DICOM applications that the server knows: PACS, workstations, scanners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast, overload

from orthanc_sdk.errors import InvalidArgument, NetworkProtocolError, NotSupportedByServer
from orthanc_sdk.jobs import Job
from orthanc_sdk.queries import Answer, Named, Query, identifiers_of
from orthanc_sdk.remote_query import WorklistValue, check_identifiers, find_tags, worklist_tags
from orthanc_sdk.storage_commitment import StorageCommitment
from orthanc_sdk.transfers import (
    GetOptions,
    Level,
    MoveOptions,
    MoveResourcesOptions,
    StoreOptions,
    body_of,
    fields_of,
    job_of,
    level_named,
    result_of,
    without_http_timeout,
)

if TYPE_CHECKING:
    from typing import Unpack

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.base import AnyResource
    from orthanc_sdk.resources.query import QueryValue

_MOVE = "POST /modalities/{id}/move"
_GET = "POST /modalities/{id}/get"
_STORE = "POST /modalities/{id}/store"


class Modality:
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

    # -- C-MOVE -------------------------------------------------------------------------------------------------------

    def move(
        self,
        query: Query | Answer | str,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        **options: Unpack[MoveOptions],
    ) -> models.DicomMoveScuContent:
        """Makes the modality send what a query has found, by C-MOVE, and waits for the end.

        Args:
            query: The query, its identifier, or one answer of it.
            json: How to, in Orthanc's spelling (``{"TargetAet": "MY_PACS"}``), or just the title of who gets it.
            options: The same by keyword: see :class:`MoveOptions`. The server itself gets the instances by default.

        Returns:
            What the server tells of it; which instances came, since Orthanc 1.12.10.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it: it may not know the
                target, for instance.
            JobFailed: if the transfer fails otherwise, or is cancelled.
            NotFound: if the server does not have the query any more.
        """
        return self._found(query).retrieve(json, **options)

    def move_as_job(
        self,
        query: Query | Answer | str,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        **options: Unpack[MoveOptions],
    ) -> Job[models.DicomMoveScuContent]:
        """Starts to move what a query has found; see :meth:`move`."""
        return self._found(query).retrieve_as_job(json, **options)

    def _found(self, query: Query | Answer | str) -> Query | Answer:
        found = Query(query, self._client) if isinstance(query, str) else query
        asked = found.query if isinstance(found, Answer) else found
        if not isinstance(query, str) and asked.modality != self:
            raise InvalidArgument(f"query: it was answered by {asked.modality.name}, not by {self._name}")
        return found

    def move_resources(
        self, level: Level, resources: Named | Sequence[Named], **options: Unpack[MoveResourcesOptions]
    ) -> models.DicomMoveScuContent:
        """Makes the modality send resources that are named by their identifiers, by C-MOVE, and waits for the end.

        Args:
            level: Of which level they are.
            resources: For each, its identifiers by tag, such as ``{"StudyInstanceUID": "1.2.3"}``, or an answer to a
                query; a patient or a study may also be named by its one identifier alone.
            options: See :class:`MoveResourcesOptions`.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it.
            JobFailed: if the transfer fails otherwise, or is cancelled.

        Example:
            >>> modality.move_resources("Study", ["1.2.840.113619.2.176.2025"], target_aet="MY_PACS")  # doctest: +SKIP
        """
        from orthanc_sdk import models

        body = self._resources(level, resources, options)
        answer = self._client.post_modalities_id_move(self._name, body, timeout=without_http_timeout(self._client))
        if answer is None:  # before Orthanc 1.11.1: it is done
            return self._moved(body)
        return result_of(job_of(answer, self._client, models.DicomMoveScuContent), _MOVE)

    def move_resources_as_job(
        self, level: Level, resources: Named | Sequence[Named], **options: Unpack[MoveResourcesOptions]
    ) -> Job[models.DicomMoveScuContent]:
        """Starts to move resources that are named by their identifiers; see :meth:`move_resources`.

        Raises:
            NotSupportedByServer: before Orthanc 1.11.1. :meth:`move_as_job` of a query is known to all versions.
        """
        from orthanc_sdk import models

        body = self._resources(level, resources, options)
        self._needs("a C-MOVE as a job", "1.11.1", _MOVE)
        answer = self._client.post_modalities_id_move(self._name, body)
        return job_of(answer, self._client, models.DicomMoveScuContent)

    def _moved(self, body: Mapping[str, object]) -> models.DicomMoveScuContent:
        """What newer servers answer."""
        from orthanc_sdk import models

        configuration = self.configuration
        local_aet = body.get("LocalAet") or configuration.local_aet or self._client.get_system().dicom_aet
        content = {
            "Description": "REST API",
            "LocalAet": local_aet,
            "RemoteAet": configuration.aet,
            "Query": body["Resources"],
            "TargetAet": body.get("TargetAet", local_aet),
        }
        return models.DicomMoveScuContent.model_validate(content)

    # -- C-GET --------------------------------------------------------------------------------------------------------

    @overload
    def get(self, query: Query | Answer, /, **options: Unpack[GetOptions]) -> models.DicomGetScuContent: ...

    @overload
    def get(
        self, level: Level, resources: Named | Sequence[Named], /, **options: Unpack[GetOptions]
    ) -> models.DicomGetScuContent: ...

    def get(
        self,
        what: Query | Answer | Level,
        resources: Named | Sequence[Named] | None = None,
        /,
        **options: Unpack[GetOptions],
    ) -> models.DicomGetScuContent:
        """Fetches from the modality by C-GET, and waits for the end. Since Orthanc 1.12.6.

        It works where the modality cannot connect to the server. Before Orthanc 1.12.10 a C-GET that fails looks like a
        success: :func:`orthanc_sdk.retrieval.retrieve_verified` looks at what has arrived.

        Args:
            what: A query or one answer of it; or the level of ``resources``.
            resources: As in :meth:`move_resources`.
            options: See :class:`GetOptions`.

        Raises:
            NotSupportedByServer: before Orthanc 1.12.6.
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it.
            JobFailed: if the transfer fails otherwise, or is cancelled.

        Example:
            >>> modality.get("Study", [{"StudyInstanceUID": "1.2.840.113619.2.176.2025"}])  # doctest: +SKIP
        """
        return result_of(self._get_job(what, resources, options), _GET)

    @overload
    def get_as_job(self, query: Query | Answer, /, **options: Unpack[GetOptions]) -> Job[models.DicomGetScuContent]: ...

    @overload
    def get_as_job(
        self, level: Level, resources: Named | Sequence[Named], /, **options: Unpack[GetOptions]
    ) -> Job[models.DicomGetScuContent]: ...

    def get_as_job(
        self,
        what: Query | Answer | Level,
        resources: Named | Sequence[Named] | None = None,
        /,
        **options: Unpack[GetOptions],
    ) -> Job[models.DicomGetScuContent]:
        """Starts to fetch by C-GET; see :meth:`get`."""
        return self._get_job(what, resources, options)

    def _get_job(
        self, what: Query | Answer | Level, resources: Named | Sequence[Named] | None, options: GetOptions
    ) -> Job[models.DicomGetScuContent]:
        from orthanc_sdk import models

        if isinstance(what, Query | Answer):
            self._found(what)
            # By identifiers alone: what else the answer has, such as an empty AccessionNumber, would mean "any".
            body = self._resources(what.level, [what] if isinstance(what, Answer) else what.answers, options)
        elif resources is None:
            raise InvalidArgument("resources must be given")
        else:
            body = self._resources(what, resources, options)
        answer = self._client.post_modalities_id_get(self._name, body)
        return job_of(answer, self._client, models.DicomGetScuContent)

    def _resources(
        self, level: Level, resources: Named | Sequence[Named], options: MoveResourcesOptions | GetOptions
    ) -> dict[str, object]:
        level = level_named(level)
        named = identifiers_of(level, resources)
        check_identifiers(self._client, named)
        return {**body_of(options), "Level": level, "Resources": named, "Asynchronous": True}

    # -- C-STORE ------------------------------------------------------------------------------------------------------

    def store(
        self, resources: AnyResource | str | Iterable[AnyResource | str], **options: Unpack[StoreOptions]
    ) -> models.DicomModalityStoreContent:
        """Sends resources of the server to the modality by C-STORE, and waits for the end.

        Args:
            resources: Patients, studies, series and instances, or their Orthanc identifiers.
            options: See :class:`StoreOptions`. With ``permissive``, nothing tells whether instances were refused.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or refuses an instance.
            JobFailed: if the transfer fails otherwise, or is cancelled.
            NotFound: if there is no such resource; a :class:`ServerError` since Orthanc 1.13.0.
            NotSupportedByServer: if the server is too old for an option.
        """
        return result_of(self.store_as_job(resources, **options), _STORE)

    def store_as_job(
        self, resources: AnyResource | str | Iterable[AnyResource | str], **options: Unpack[StoreOptions]
    ) -> Job[models.DicomModalityStoreContent]:
        """Starts to send resources to the modality by C-STORE; see :meth:`store`."""
        from orthanc_sdk import models

        for option in ("called_aet", "host", "port"):
            if option in options:  # old servers would send to somebody else
                self._needs(option, "1.11.3", _STORE, option)
        body = {**body_of(options), "Resources": _ids(resources), "Asynchronous": True}
        answer = self._client.post_modalities_id_store(self._name, body)
        return job_of(answer, self._client, models.DicomModalityStoreContent)

    def store_file(self, content: bytes | BinaryIO | Iterable[bytes]) -> models.StoreStraightResult:
        """Sends a DICOM file to the modality by C-STORE, without storing it on the server.

        Args:
            content: The file: its bytes, a binary file, or pieces of bytes.

        Raises:
            BadFileFormat: if it is not a DICOM file.
            NetworkProtocolError: if the modality cannot be reached, or refuses it.
        """
        timeout = without_http_timeout(self._client)
        return self._client.post_modalities_id_store_straight(self._name, content, timeout=timeout)

    # -- storage commitment -------------------------------------------------------------------------------------------

    def request_storage_commitment(
        self,
        resources: AnyResource | str | Iterable[AnyResource | str] = (),
        *,
        instances: Iterable[tuple[str, str]] = (),
        timeout: int | None = None,
    ) -> StorageCommitment:
        """Asks the modality to confirm that it keeps instances. It answers later: ``wait()`` of what is returned.

        Args:
            resources: Patients, studies, series and instances of the server, or their Orthanc identifiers.
            instances: Instances by their UIDs: pairs of SOP class and SOP instance.
            timeout: Seconds that the modality may be silent, 0 for ever.

        Raises:
            InvalidArgument: if nothing is asked for.
            NetworkProtocolError: if the modality cannot be reached, or does not know the server.
            NotFound: if there is no such modality or resource.
        """
        body: dict[str, object] = {} if timeout is None else {"Timeout": timeout}
        if ids := _ids(resources):
            body["Resources"] = ids
        if pairs := [list(pair) for pair in instances]:
            body["DicomInstances"] = pairs
        if not (ids or pairs):
            raise InvalidArgument("resources or instances must be given")
        reference = self._client.post_modalities_id_storage_commitment(
            self._name, body, timeout=without_http_timeout(self._client)
        )
        return StorageCommitment(reference.id, self._client)

    def _needs(self, what: str, version: str, route: str, argument: str | None = None) -> None:
        if not self._client.supports(version):
            raise NotSupportedByServer.needs(what, version, self._client.version, route=route, argument=argument)


def _ids(resources: AnyResource | str | Iterable[AnyResource | str]) -> list[str]:
    from orthanc_sdk.resources.base import Resource

    if isinstance(resources, str | Resource):
        several: Iterable[AnyResource | str] = [resources]
    else:
        several = resources
    return [one if isinstance(one, str) else one.id for one in several]
