"""What a modality has found, and how it is made to send it by C-MOVE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.networking.transfer_jobs import fields_of, given_fields, job_of, result_of
from orthanc_sdk.resources.job import Job

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.networking.levels import Level


class Retrievable(ABC):
    """What a modality has found by C-FIND: a query with all its answers, or one of them."""

    _retrieve_route: ClassVar[str]

    @property
    @abstractmethod
    def client(self) -> Orthanc:
        """The server that has asked."""

    @property
    @abstractmethod
    def level(self) -> Level:
        """What was looked for: ``Patient``, ``Study``, ``Series`` or ``Instance``."""

    @property
    @abstractmethod
    def modality_name(self) -> str:
        """The name by which the server knows the modality that has answered."""

    @abstractmethod
    def all_identifiers(self) -> list[dict[str, str]]:
        """What the modality finds each answer again by."""

    @abstractmethod
    def _post_retrieve(self, body: Mapping[str, object]) -> object:
        """Submits the job; returns what the server answers."""

    def retrieve(
        self,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        *,
        target_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomMoveScuContent:
        """Fetches what was found by C-MOVE, and waits for the end. No answers are no error.

        A modality that accepts a C-MOVE may still not send everything: :func:`orthanc_sdk.retrieve_verified` looks at
        what has arrived.

        Args:
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
        fields = _fields(json, target_aet, timeout, priority, permissive, user_data)
        if fields.get("Asynchronous"):
            raise InvalidArgument(
                "Asynchronous: this call waits for the end; the one with _as_job in its name does not"
            )
        return result_of(self._retrieve(fields), self._retrieve_route)

    def retrieve_as_job(
        self,
        json: models.RetrieveRequest | Mapping[str, object] | str | None = None,
        *,
        target_aet: str | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomMoveScuContent, models.DicomMoveScuContent]:
        """Starts to fetch what was found by C-MOVE; the arguments are those of :meth:`retrieve`."""
        return self._retrieve(_fields(json, target_aet, timeout, priority, permissive, user_data))

    def _retrieve(self, fields: dict[str, object]) -> Job[models.DicomMoveScuContent, models.DicomMoveScuContent]:
        from orthanc_sdk import models

        if fields.get("RetrieveMethod", "C-MOVE") != "C-MOVE":
            raise InvalidArgument("RetrieveMethod: this call is for C-MOVE; Modality.get is for C-GET")
        fields.pop("Synchronous", None)
        # Without it, the modality may be configured for C-GET. Servers before 1.12.6 do not know it, nor C-GET.
        body = {**fields, "Asynchronous": True, "RetrieveMethod": "C-MOVE"}
        return job_of(self._post_retrieve(body), self.client, models.DicomMoveScuContent)


def _fields(
    json: models.RetrieveRequest | Mapping[str, object] | str | None,
    target_aet: str | None,
    timeout: int | None,
    priority: int | None,
    permissive: bool | None,
    user_data: JsonValue,
) -> dict[str, object]:
    """The body, from either way to say it."""
    given = given_fields(
        TargetAet=target_aet, Timeout=timeout, Priority=priority, Permissive=permissive, UserData=user_data
    )
    return {**fields_of({"TargetAet": json} if isinstance(json, str) else json), **given}
