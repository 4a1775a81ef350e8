"""What the transfers of a modality need of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from orthanc_sdk.errors import NotSupportedByServer

if TYPE_CHECKING:
    from orthanc_sdk import models
    from orthanc_sdk.client import Orthanc


class ModalityBase(ABC):
    """A modality by the name that the server knows it by."""

    _client: Orthanc
    _name: str

    @property
    @abstractmethod
    def configuration(self) -> models.ModalityInfo:
        """Its DICOM title, host, port and so on."""

    def _needs(self, what: str, version: str, route: str, argument: str | None = None) -> None:
        if not self._client.supports(version):
            raise NotSupportedByServer.needs(what, version, self._client.version, route=route, argument=argument)
