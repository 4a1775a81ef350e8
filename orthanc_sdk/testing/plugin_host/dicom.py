"""The callbacks of a script for DICOM: received files, C-FIND, C-MOVE, storage commitment."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from orthanc_sdk.plugin.mock.dicom_json import from_json, to_file
from orthanc_sdk.plugin.mock.functions import dicom as mock_dicom
from orthanc_sdk.plugin.mock.handles import make
from orthanc_sdk.plugin.module_contents import ENUMERATIONS
from orthanc_sdk.testing.plugin_host.base import HostBase
from orthanc_sdk.testing.plugin_host.results import FindResult, MoveResult, Received

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from orthanc_sdk import plugin
    from orthanc_sdk.plugin.callback_arguments import MoveRequest

_RECEIVE_CALLBACKS = (
    "RegisterReceivedInstanceCallback",
    "RegisterIncomingCStoreInstanceFilter",
    "RegisterOnStoredInstanceCallback",
)
_ACTIONS = ENUMERATIONS["ReceivedInstanceAction"]


class DicomCallbacks(HostBase):
    """The part of `PluginHost` that calls the callbacks for DICOM."""

    def receive(
        self,
        dicom: bytes | Dataset,
        *,
        origin: plugin.InstanceOrigin | None = None,
        remote_aet: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> Received:
        """Receives a DICOM file, as Orthanc does.

        Calls the callbacks that the script has registered with `RegisterReceivedInstanceCallback` (to keep, modify or
        discard the file), `RegisterIncomingCStoreInstanceFilter` (if it arrives by C-STORE) and
        `RegisterOnStoredInstanceCallback`. It does not notify the script of changes: see `change`.

        Args:
            dicom: The DICOM file, or a dataset.
            origin: How it arrives; `plugin.InstanceOrigin.REST_API` by default.
            remote_aet: The calling AE title, for C-STORE.
            metadata: The metadata for `DicomInstance.GetInstanceMetadata`, in addition to `RemoteAET`.

        Raises:
            CallbackNotRegistered: The script has registered none of the three.
            TypeError: A callback returns something invalid. Orthanc would log that, and store the file as it is, or
                refuse it.
        """
        received, c_store, stored = _RECEIVE_CALLBACKS
        number = ENUMERATIONS["InstanceOrigin"]["REST_API"] if origin is None else int(origin)
        data = file_of(dicom)
        with self._calling():
            if not any(map(self._registered, (received, c_store, stored))):
                self.callbacks(received, c_store, stored)  # raises
            if self._registered(received):
                new = _after_callback(self.callbacks(received)[0](data, number), data)
                if new is None:
                    return Received(data, None)
                data = new
            known = {**({"RemoteAET": remote_aet} if remote_aet else {}), **(metadata or {})}
            instance = mock_dicom.Instance(data, number, remote_aet, known)
            with _handle("DicomInstance", instance) as handle:
                if self._registered(c_store) and number == ENUMERATIONS["InstanceOrigin"]["DICOM_PROTOCOL"]:
                    status = self.callbacks(c_store)[0](handle)
                    if not isinstance(status, int) or not 0 <= status <= 0xFFFF:
                        raise TypeError(
                            f"the filter must return a DIMSE status (0 to 0xFFFF), but has returned {status!r}"
                        )
                    if status:
                        return Received(data, None, status)
                instance_id = _identifier(instance.dataset)
                if self._registered(stored):
                    self.callbacks(stored)[0](handle, instance_id)
        return Received(data, instance_id)

    def worklist(
        self,
        query: bytes | Dataset | Mapping[str, object],
        *,
        remote_aet: str = "MODALITY",
        called_aet: str = "ORTHANC",
        remote_ip: str = "127.0.0.1",
    ) -> FindResult:
        """Sends a C-FIND for worklists to the script (`RegisterWorklistCallback`, `RegisterWorklistCallback2`).

        Args:
            query: A DICOM file, a dataset, or tags by keyword: `{"PatientID": "A*"}`.
            remote_aet: The calling AE title.
            called_aet: The called AE title.
            remote_ip: The IP address of the peer.
        """
        names = ("RegisterWorklistCallback", "RegisterWorklistCallback2")
        return self._find(names, ("WorklistAnswers", "WorklistQuery"), query, (remote_ip, remote_aet, called_aet))

    def find(
        self,
        query: bytes | Dataset | Mapping[str, object],
        *,
        remote_aet: str = "MODALITY",
        called_aet: str = "ORTHANC",
        remote_ip: str = "127.0.0.1",
    ) -> FindResult:
        """Sends a C-FIND to the script (`RegisterFindCallback`, `RegisterFindCallback2`); see `worklist`."""
        names = ("RegisterFindCallback", "RegisterFindCallback2")
        return self._find(names, ("FindAnswers", "FindQuery"), query, (remote_ip, remote_aet, called_aet))

    def _find(
        self,
        functions: tuple[str, str],
        classes: tuple[str, str],
        query: bytes | Dataset | Mapping[str, object],
        peer: tuple[str, str, str],
    ) -> FindResult:
        with self._calling(), ExitStack() as stack:
            (callback,) = self.callbacks(*functions)
            answers = mock_dicom.Answers()
            handle = stack.enter_context(_handle(classes[0], answers))
            query_handle = stack.enter_context(_handle(classes[1], mock_dicom.Query(file_of(query))))
            if self._registered(functions[0]):
                callback(handle, query_handle, peer[1], peer[2])
            else:
                callback(
                    handle, query_handle, stack.enter_context(_handle("DicomConnection", mock_dicom.Connection(*peer)))
                )
        return FindResult(tuple(answers.files), answers.is_complete)

    def move(
        self,
        *,
        Level: str = "",
        PatientID: str = "",
        AccessionNumber: str = "",
        StudyInstanceUID: str = "",
        SeriesInstanceUID: str = "",
        SOPInstanceUID: str = "",
        OriginatorAET: str = "",
        SourceAET: str = "",
        TargetAET: str = "",
        OriginatorID: int = 0,
        remote_ip: str = "127.0.0.1",
    ) -> MoveResult:
        """Sends a C-MOVE to the script: `host.move(Level="STUDY", StudyInstanceUID="1.2.3", TargetAET="THERE")`.

        With `RegisterMoveCallback2` and `RegisterMoveCallback3`, it performs all steps, one after the other.

        Args:
            Level: `PATIENT`, `STUDY`, `SERIES` or `INSTANCE`.
            PatientID: The Patient ID of what to send, and so on for the others.
            AccessionNumber: The accession number.
            StudyInstanceUID: The Study Instance UID.
            SeriesInstanceUID: The Series Instance UID.
            SOPInstanceUID: The SOP Instance UID.
            OriginatorAET: The calling AE title.
            SourceAET: The called AE title.
            TargetAET: The AE title of the move destination.
            OriginatorID: The message ID of the request.
            remote_ip: The IP address of the peer.
        """
        request: MoveRequest = {
            "Level": Level,
            "PatientID": PatientID,
            "AccessionNumber": AccessionNumber,
            "StudyInstanceUID": StudyInstanceUID,
            "SeriesInstanceUID": SeriesInstanceUID,
            "SOPInstanceUID": SOPInstanceUID,
            "OriginatorAET": OriginatorAET,
            "SourceAET": SourceAET,
            "TargetAET": TargetAET,
            "OriginatorID": OriginatorID,
        }
        with self._calling():
            functions = self.callbacks("RegisterMoveCallback", "RegisterMoveCallback2", "RegisterMoveCallback3")
            if self._registered("RegisterMoveCallback"):
                return MoveResult(0, functions[0](**request))
            start, size, apply, free = functions
            if self._registered("RegisterMoveCallback3"):
                peer = mock_dicom.Connection(remote_ip, OriginatorAET, SourceAET)
                with _handle("DicomConnection", peer) as connection:
                    driver = start(connection, **request)
            else:
                driver = start(**request)
            steps: int = size(driver)
            for _ in range(steps):
                apply(driver)
            free(driver)
        return MoveResult(steps, driver)

    def storage_commitment(
        self,
        instances: Iterable[tuple[str, str]],
        *,
        job_id: str = "job",
        transaction_uid: str = "1.2.3",
        remote_aet: str = "MODALITY",
        called_aet: str = "ORTHANC",
        remote_ip: str = "127.0.0.1",
    ) -> list[int]:
        """Requests storage commitment from the script (`RegisterStorageCommitmentScpCallback` and its version 2).

        Args:
            instances: SOP Class UID and SOP Instance UID of each instance.
            job_id: Identifier of the job with which Orthanc would do it.
            transaction_uid: The UID of the transaction.
            remote_aet: The calling AE title.
            called_aet: The called AE title.
            remote_ip: The IP address of the peer.

        Returns:
            The result for each instance: a number of `plugin.StorageCommitmentFailureReason`, 0 for success.
        """
        pairs = list(instances)
        uids = [class_uid for class_uid, _ in pairs], [instance_uid for _, instance_uid in pairs]
        first = "RegisterStorageCommitmentScpCallback"
        with self._calling():
            start, lookup = self.callbacks(first, f"{first}2")
            if self._registered(first):
                driver = start(job_id, transaction_uid, *uids, remote_aet, called_aet)
            else:
                with _handle("DicomConnection", mock_dicom.Connection(remote_ip, remote_aet, called_aet)) as connection:
                    driver = start(job_id, transaction_uid, *uids, connection)
            return [lookup(*pair, driver) for pair in pairs]


def file_of(dicom: bytes | Dataset | Mapping[str, object]) -> bytes:
    """The DICOM file of a dataset, or of tags by keyword."""
    if isinstance(dicom, bytes):
        return dicom
    if isinstance(dicom, Mapping):
        return from_json(dicom, generate_identifiers=False)
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    file = FileDataset("", dicom, preamble=b"\0" * 128)
    meta = getattr(dicom, "file_meta", None)
    file.file_meta = FileMetaDataset() if meta is None else FileMetaDataset(meta)
    if "TransferSyntaxUID" not in file.file_meta:
        file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return to_file(file)


def _after_callback(result: object, data: bytes) -> bytes | None:
    """The file to store, by the result of the callback; None to discard it."""
    match result:
        case (int() as action, bytes() as new) if action == _ACTIONS["MODIFY"]:
            return new
        case (int() as action, None) if action == _ACTIONS["KEEP_AS_IS"]:
            return data
        case (int() as action, None) if action == _ACTIONS["DISCARD"]:
            return None
        case _:
            raise TypeError(
                "the callback for received instances must return (ReceivedInstanceAction.MODIFY, the new file), "
                f"(KEEP_AS_IS, None) or (DISCARD, None), but has returned {result!r:.100}"
            )


def _identifier(dataset: Dataset) -> str:
    from orthanc_sdk.resources.identifiers import orthanc_id

    keywords = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    patient, study, series, instance = (str(dataset.get(keyword, None) or "") for keyword in keywords)
    return orthanc_id(patient, study, series, instance)


@contextmanager
def _handle(class_: str, data: Any) -> Generator[object]:  # Any: one of the mock's dataclasses
    """A context with an object of the module, which is valid during a callback only."""
    try:
        yield make(class_, data)
    finally:
        data.is_expired = True
