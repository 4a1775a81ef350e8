"""Fetching from a modality, by C-MOVE and C-GET."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, overload

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.networking.levels import level_named
from orthanc_sdk.networking.modality_base import ModalityBase
from orthanc_sdk.networking.named_resources import NamedResource, identifiers_of
from orthanc_sdk.networking.query_tags import check_identifiers
from orthanc_sdk.networking.retrievable import Retrievable
from orthanc_sdk.networking.transfer_jobs import given_fields, job_of, result_of, without_http_timeout
from orthanc_sdk.resources.job import Job

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.networking.levels import Level

_MOVE = "POST /modalities/{id}/move"
_GET = "POST /modalities/{id}/get"


class ModalityRetrieval(ModalityBase):
    """C-MOVE and C-GET: a part of :class:`orthanc_sdk.Modality`."""

    @abstractmethod
    def _query_of(self, id_: str) -> Retrievable:
        """The query of that identifier."""

    # -- C-MOVE -------------------------------------------------------------------------------------------------------

    def move(
        self,
        query: Retrievable | str,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        *,
        target_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomMoveScuContent:
        """Makes the modality send what a query has found, by C-MOVE, and waits for the end.

        Args:
            query: The query, its identifier, or one answer of it.
            json: How to, in Orthanc's spelling (``{"TargetAet": "MY_PACS"}``), or just the title of who gets it.
            target_aet: DICOM title of who gets the instances; the server itself by default. The modality has to know
                it.
            timeout: Seconds that the *modality* may be silent, 0 for ever; that of the modality or the server by
                default.
            priority: Jobs of higher priority start first; 0 by default.
            permissive: Whether to go on after a failure. Orthanc does not tell then what has failed.
            user_data: Kept in the job. Since Orthanc 1.12.9.

        Returns:
            What the server tells of it; which instances came, since Orthanc 1.12.10.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it: it may not know the
                target, for instance.
            JobFailed: if the transfer fails otherwise, or is cancelled.
            NotFound: if the server does not have the query any more.
        """
        return self._found(query).retrieve(
            json,
            target_aet=target_aet,
            timeout=timeout,
            priority=priority,
            permissive=permissive,
            user_data=user_data,
        )

    def move_as_job(
        self,
        query: Retrievable | str,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        *,
        target_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomMoveScuContent, models.DicomMoveScuContent]:
        """Starts to move what a query has found; the arguments are those of :meth:`move`."""
        return self._found(query).retrieve_as_job(
            json,
            target_aet=target_aet,
            timeout=timeout,
            priority=priority,
            permissive=permissive,
            user_data=user_data,
        )

    def _found(self, query: Retrievable | str) -> Retrievable:
        if isinstance(query, str):
            return self._query_of(query)
        if (query.client.url, query.modality_name) != (self._client.url, self._name):
            raise InvalidArgument(f"query: it was answered by {query.modality_name}, not by {self._name}")
        return query

    def move_resources(
        self,
        level: Level,
        resources: NamedResource | Sequence[NamedResource],
        *,
        target_aet: str | None = None,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomMoveScuContent:
        """Makes the modality send resources that are named by their identifiers, by C-MOVE, and waits for the end.

        Args:
            level: Of which level they are.
            resources: For each, its identifiers by tag, such as ``{"StudyInstanceUID": "1.2.3"}``, or an answer to a
                query; a patient or a study may also be named by its one identifier alone.
            target_aet: DICOM title of who gets the instances; the server itself by default. The modality has to know
                it.
            local_aet: What the server calls itself in this transfer.
            timeout: Seconds that the *modality* may be silent, 0 for ever; that of the modality or the server by
                default.
            priority: Jobs of higher priority start first; 0 by default.
            permissive: Whether to go on after a failure. Orthanc does not tell then what has failed.
            user_data: Kept in the job. Since Orthanc 1.12.9.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it.
            JobFailed: if the transfer fails otherwise, or is cancelled.

        Example:
            >>> modality.move_resources("Study", ["1.2.840.113619.2.176.2025"], target_aet="MY_PACS")  # doctest: +SKIP
        """
        from orthanc_sdk import models

        body = _named(self._client, level, resources) | given_fields(
            TargetAet=target_aet,
            LocalAet=local_aet,
            Timeout=timeout,
            Priority=priority,
            Permissive=permissive,
            UserData=user_data,
        )
        answer = self._client.post_modalities_id_move(self._name, body, timeout=without_http_timeout(self._client))
        if answer is None:  # before Orthanc 1.11.1: it is done
            return self._moved(body)
        return result_of(job_of(answer, self._client, models.DicomMoveScuContent), _MOVE)

    def move_resources_as_job(
        self,
        level: Level,
        resources: NamedResource | Sequence[NamedResource],
        *,
        target_aet: str | None = None,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomMoveScuContent, models.DicomMoveScuContent]:
        """Starts to move resources that are named by their identifiers.

        The arguments are those of :meth:`move_resources`.

        Raises:
            NotSupportedByServer: before Orthanc 1.11.1. :meth:`move_as_job` of a query is known to all versions.
        """
        from orthanc_sdk import models

        body = _named(self._client, level, resources) | given_fields(
            TargetAet=target_aet,
            LocalAet=local_aet,
            Timeout=timeout,
            Priority=priority,
            Permissive=permissive,
            UserData=user_data,
        )
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
    def get(
        self,
        query: Retrievable,
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomGetScuContent: ...

    @overload
    def get(
        self,
        level: Level,
        resources: NamedResource | Sequence[NamedResource],
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomGetScuContent: ...

    def get(
        self,
        what: Retrievable | Level,
        resources: NamedResource | Sequence[NamedResource] | None = None,
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomGetScuContent:
        """Fetches from the modality by C-GET, and waits for the end. Since Orthanc 1.12.6.

        It works where the modality cannot connect to the server. Before Orthanc 1.12.10 a C-GET that fails looks like a
        success: :func:`orthanc_sdk.retrieve_verified` looks at what has arrived.

        Args:
            what: A query or one answer of it; or the level of ``resources``.
            resources: As in :meth:`move_resources`.
            local_aet: What the server calls itself in this transfer.
            timeout: Seconds that the *modality* may be silent, 0 for ever; that of the modality or the server by
                default.
            priority: Jobs of higher priority start first; 0 by default.
            permissive: Whether to go on after a failure. Orthanc does not tell then what has failed.
            user_data: Kept in the job. Since Orthanc 1.12.9.

        Raises:
            NotSupportedByServer: before Orthanc 1.12.6.
            NetworkProtocolError: if the modality cannot be reached, or does not send (all of) it.
            JobFailed: if the transfer fails otherwise, or is cancelled.

        Example:
            >>> modality.get("Study", [{"StudyInstanceUID": "1.2.840.113619.2.176.2025"}])  # doctest: +SKIP
        """
        options = given_fields(
            LocalAet=local_aet, Timeout=timeout, Priority=priority, Permissive=permissive, UserData=user_data
        )
        return result_of(self._get_job(what, resources, options), _GET)

    @overload
    def get_as_job(
        self,
        query: Retrievable,
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomGetScuContent, models.DicomGetScuContent]: ...

    @overload
    def get_as_job(
        self,
        level: Level,
        resources: NamedResource | Sequence[NamedResource],
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomGetScuContent, models.DicomGetScuContent]: ...

    def get_as_job(
        self,
        what: Retrievable | Level,
        resources: NamedResource | Sequence[NamedResource] | None = None,
        /,
        *,
        local_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomGetScuContent, models.DicomGetScuContent]:
        """Starts to fetch by C-GET; the arguments are those of :meth:`get`."""
        options = given_fields(
            LocalAet=local_aet, Timeout=timeout, Priority=priority, Permissive=permissive, UserData=user_data
        )
        return self._get_job(what, resources, options)

    def _get_job(
        self,
        what: Retrievable | Level,
        resources: NamedResource | Sequence[NamedResource] | None,
        options: Mapping[str, object],
    ) -> Job[models.DicomGetScuContent, models.DicomGetScuContent]:
        from orthanc_sdk import models

        if isinstance(what, Retrievable):
            # By identifiers alone: what else the answer has, such as an empty AccessionNumber, would mean "any".
            found = self._found(what)
            body = _named(self._client, found.level, found.all_identifiers())
        elif resources is None:
            raise InvalidArgument("resources must be given")
        else:
            body = _named(self._client, what, resources)
        answer = self._client.post_modalities_id_get(self._name, {**body, **options})
        return job_of(answer, self._client, models.DicomGetScuContent)


def _named(client: Orthanc, level: Level, resources: NamedResource | Sequence[NamedResource]) -> dict[str, object]:
    """The body of a transfer of resources that are named by their identifiers."""
    level = level_named(level)
    named = identifiers_of(level, resources)
    check_identifiers(client, named)
    return {"Level": level, "Resources": named, "Asynchronous": True}
