"""Sending to a modality by C-STORE, and asking it to confirm that it keeps what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.networking.modality_base import ModalityBase
from orthanc_sdk.networking.storage_commitment import StorageCommitment
from orthanc_sdk.networking.transfer_jobs import given_fields, job_of, result_of, without_http_timeout
from orthanc_sdk.resources.job import Job

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orthanc_sdk import models
    from orthanc_sdk.resources.base import AnyResource

_STORE = "POST /modalities/{id}/store"


class ModalityStorage(ModalityBase):
    """C-STORE and storage commitment: a part of :class:`orthanc_sdk.Modality`."""

    # -- C-STORE ------------------------------------------------------------------------------------------------------

    def store(
        self,
        resources: AnyResource | str | Iterable[AnyResource | str],
        *,
        local_aet: str | None = None,
        called_aet: str | None = None,
        host: str | None = None,
        port: int | None = None,
        move_originator_aet: str | None = None,
        move_originator_id: int | None = None,
        storage_commitment: bool | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> models.DicomModalityStoreContent:
        """Sends resources of the server to the modality by C-STORE, and waits for the end.

        Args:
            resources: Patients, studies, series and instances, or their Orthanc identifiers.
            local_aet: What the server calls itself in this transfer.
            called_aet: Title to call instead of the configured one. Since Orthanc 1.11.3.
            host: Host to call instead of the configured one. Since Orthanc 1.11.3.
            port: Port to call instead of the configured one. Since Orthanc 1.11.3.
            move_originator_aet: Who asked for it by C-MOVE.
            move_originator_id: The message ID of that C-MOVE.
            storage_commitment: Whether to ask for storage commitment afterwards.
            timeout: Seconds that the *modality* may be silent, 0 for ever; that of the modality or the server by
                default.
            priority: Jobs of higher priority start first; 0 by default.
            permissive: Whether to go on after a failure. Nothing tells then whether instances were
                refused.
            user_data: Kept in the job. Since Orthanc 1.12.9.

        Raises:
            NetworkProtocolError: if the modality cannot be reached, or refuses an instance.
            JobFailed: if the transfer fails otherwise, or is cancelled.
            NotFound: if there is no such resource; a :class:`ServerError` since Orthanc 1.13.0.
            NotSupportedByServer: if the server is too old for an option.
        """
        job = self.store_as_job(
            resources,
            local_aet=local_aet,
            called_aet=called_aet,
            host=host,
            port=port,
            move_originator_aet=move_originator_aet,
            move_originator_id=move_originator_id,
            storage_commitment=storage_commitment,
            timeout=timeout,
            priority=priority,
            permissive=permissive,
            user_data=user_data,
        )
        return result_of(job, _STORE)

    def store_as_job(
        self,
        resources: AnyResource | str | Iterable[AnyResource | str],
        *,
        local_aet: str | None = None,
        called_aet: str | None = None,
        host: str | None = None,
        port: int | None = None,
        move_originator_aet: str | None = None,
        move_originator_id: int | None = None,
        storage_commitment: bool | None = None,
        timeout: int | None = None,
        priority: int | None = None,
        permissive: bool | None = None,
        user_data: JsonValue = None,
    ) -> Job[models.DicomModalityStoreContent, models.DicomModalityStoreContent]:
        """Starts to send resources to the modality by C-STORE; the arguments are those of :meth:`store`."""
        from orthanc_sdk import models

        for option, value in {"called_aet": called_aet, "host": host, "port": port}.items():
            if value is not None:  # old servers would send to somebody else
                self._needs(option, "1.11.3", _STORE, option)
        options = given_fields(
            LocalAet=local_aet,
            CalledAet=called_aet,
            Host=host,
            Port=port,
            MoveOriginatorAet=move_originator_aet,
            MoveOriginatorID=move_originator_id,
            StorageCommitment=storage_commitment,
            Timeout=timeout,
            Priority=priority,
            Permissive=permissive,
            UserData=user_data,
        )
        body = {**options, "Resources": _ids(resources), "Asynchronous": True}
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


def _ids(resources: AnyResource | str | Iterable[AnyResource | str]) -> list[str]:
    from orthanc_sdk.resources.base import Resource

    if isinstance(resources, str | Resource):
        several: Iterable[AnyResource | str] = [resources]
    else:
        several = resources
    return [one if isinstance(one, str) else one.id for one in several]
