"""Storage commitment: a modality's word that it keeps instances, so that they may be deleted here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal, cast

from orthanc_sdk.errors import InvalidArgument, OrthancTimeout

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0


class StorageCommitment:
    """A request for storage commitment. The modality answers in its own time, to the server.

    The server keeps the last 100 of them (``StorageCommitmentReportsSize``). Making this object asks nothing.

    Args:
        id_: The transaction UID, as ``POST /modalities/{id}/storage-commitment`` answers it.
        client: The server that has asked.

    Example:
        >>> commitment = modality.request_storage_commitment(study)  # doctest: +SKIP
        >>> if commitment.wait().status == "Success":  # doctest: +SKIP
        ...     commitment.remove_instances()
    """

    def __init__(self, id_: str, client: Orthanc) -> None:
        self._id = id_
        self._client = client
        self._report: models.StorageCommitmentReport | None = None

    @property
    def id(self) -> str:
        """The transaction UID."""
        return self._id

    @property
    def client(self) -> Orthanc:
        """The server that has asked."""
        return self._client

    @property
    def report(self) -> models.StorageCommitmentReport:
        """What is known now: which instances the modality keeps, and which not and why; asked until it has answered.

        Raises:
            NotFound: if the server does not know the transaction (any more).
        """
        if self._report is not None:
            return self._report
        report = self._client.get_storage_commitment_id(self._id)
        if report.status != "Pending":
            self._report = report
        return report

    @property
    def status(self) -> Literal["Pending", "Success", "Failure"]:
        """``Pending`` until the modality has answered; ``Failure`` if it does not keep all of the instances."""
        return cast('Literal["Pending", "Success", "Failure"]', self.report.status)  # there are no others

    def wait(self, timeout: float = 600.0, *, interval: float = _LONGEST_PAUSE) -> models.StorageCommitmentReport:
        """Waits until the modality has answered.

        Args:
            timeout: Seconds to wait at most. Some modalities never answer.
            interval: The longest pause between two questions, in seconds.

        Returns:
            What it has answered: ``status`` is ``Success``, or ``Failure`` if it does not keep all of the instances.

        Raises:
            OrthancTimeout: if there is no answer in time; it may come later.
        """
        if timeout < 0 or interval <= 0:
            raise InvalidArgument("timeout and interval must be numbers of seconds; interval must be more than 0")
        end = time.monotonic() + timeout
        pause = min(_FIRST_PAUSE, interval)
        while True:
            report = self.report
            if report.status != "Pending":
                return report
            left = end - time.monotonic()
            if left <= 0:
                raise OrthancTimeout(
                    f"storage commitment {self._id}: {report.remote_aet} has not answered within {timeout:g} s"
                )
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, interval)

    def remove_instances(self) -> None:
        """Deletes from the server the instances that the modality keeps. This cannot be undone.

        Raises:
            ServerError: if the modality has not answered, or does not keep all of them; nothing is deleted.
        """
        self._client.post_storage_commitment_id_remove(self._id)

    def __repr__(self) -> str:
        return f"StorageCommitment({self._id!r})"
