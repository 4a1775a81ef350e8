"""The callbacks of a script that have to do with DICOM: arrivals, queries, moves, storage."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from orthanc_sdk.plugin.mock import dicom as mock_dicom
from orthanc_sdk.plugin.mock.handles import make
from orthanc_sdk.plugin.tables import ENUMERATIONS
from orthanc_sdk.testing.plugin_base import HostBase
from orthanc_sdk.testing.plugin_results import FindResult, MoveResult, Received

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from orthanc_sdk import plugin

_ARRIVAL = (
    "RegisterReceivedInstanceCallback",
    "RegisterIncomingCStoreInstanceFilter",
    "RegisterOnStoredInstanceCallback",
)
_ACTIONS = ENUMERATIONS["ReceivedInstanceAction"]


class MoveArguments(TypedDict, total=False):
    """What a C-MOVE asks for; see `orthanc_sdk.plugin.MoveRequest`. What is not given is empty."""

    Level: str
    PatientID: str
    AccessionNumber: str
    StudyInstanceUID: str
    SeriesInstanceUID: str
    SOPInstanceUID: str
    OriginatorAET: str
    SourceAET: str
    TargetAET: str
    OriginatorID: int


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
        """Let a DICOM file arrive, as Orthanc does.

        The script is asked whether to keep, change or drop it; its filter is asked if it comes by C-STORE; and the
        script is told that the file was stored. It calls what the script has registered of
        `RegisterReceivedInstanceCallback`, `RegisterIncomingCStoreInstanceFilter` and
        `RegisterOnStoredInstanceCallback`. Changes are not fired: see `change`.

        Args:
            dicom: The DICOM file, or a dataset.
            origin: How it comes, `plugin.InstanceOrigin.REST_API` by default.
            remote_aet: The AE title of the sender, for C-STORE.
            metadata: What `DicomInstance.GetInstanceMetadata` answers, beside `RemoteAET`.

        Raises:
            CallbackNotRegistered: The script has registered none of the three.
            TypeError: A callback returns something that it must not. Orthanc writes that to its log, and stores the
                file as it is, or refuses it.
        """
        received, c_store, stored = _ARRIVAL
        number = ENUMERATIONS["InstanceOrigin"]["REST_API"] if origin is None else int(origin)
        data = file_of(dicom)
        with self._calling():
            if not any(map(self._registered, (received, c_store, stored))):
                self.callbacks(received, c_store, stored)  # says so
            if self._registered(received):
                new = _kept(self.callbacks(received)[0](data, number), data)
                if new is None:
                    return Received(data, None)
                data = new
            known = {**({"RemoteAET": remote_aet} if remote_aet else {}), **(metadata or {})}
            instance = mock_dicom.Instance(data, number, remote_aet, known)
            with _lent("DicomInstance", instance) as lent:
                if self._registered(c_store) and number == ENUMERATIONS["InstanceOrigin"]["DICOM_PROTOCOL"]:
                    status = self.callbacks(c_store)[0](lent)
                    if not isinstance(status, int) or not 0 <= status <= 0xFFFF:
                        raise TypeError(
                            f"the filter must return a DIMSE status (0 to 0xFFFF), but has returned {status!r}"
                        )
                    if status:
                        return Received(data, None, status)
                instance_id = _identifier(instance.dataset)
                if self._registered(stored):
                    self.callbacks(stored)[0](lent, instance_id)
        return Received(data, instance_id)

    def worklist(
        self,
        query: bytes | Dataset | Mapping[str, object],
        *,
        remote_aet: str = "MODALITY",
        called_aet: str = "ORTHANC",
        remote_ip: str = "127.0.0.1",
    ) -> FindResult:
        """Ask the script for worklists (`RegisterWorklistCallback` and `RegisterWorklistCallback2`).

        Args:
            query: A DICOM file, a dataset, or tags by name: `{"PatientID": "A*"}`.
            remote_aet: The AE title of who asks.
            called_aet: The AE title by which it asks.
            remote_ip: Where it asks from.
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
        """Send a C-FIND to the script (`RegisterFindCallback` and `RegisterFindCallback2`); see `worklist`."""
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
            lent = stack.enter_context(_lent(classes[0], answers))
            asked = stack.enter_context(_lent(classes[1], mock_dicom.Query(file_of(query))))
            if self._registered(functions[0]):
                callback(lent, asked, peer[1], peer[2])
            else:
                callback(lent, asked, stack.enter_context(_lent("DicomConnection", mock_dicom.Connection(*peer))))
        return FindResult(tuple(answers.files), answers.is_complete)

    def move(self, *, remote_ip: str = "127.0.0.1", **request: Unpack[MoveArguments]) -> MoveResult:
        """Send a C-MOVE to the script: `host.move(Level="STUDY", StudyInstanceUID="1.2.3", TargetAET="THERE")`.

        With `RegisterMoveCallback2` and `RegisterMoveCallback3` all steps are done, one after the other.
        """
        keywords: dict[str, object] = {**dict.fromkeys(MoveArguments.__annotations__, ""), "OriginatorID": 0, **request}
        with self._calling():
            functions = self.callbacks("RegisterMoveCallback", "RegisterMoveCallback2", "RegisterMoveCallback3")
            if self._registered("RegisterMoveCallback"):
                return MoveResult(0, functions[0](**keywords))
            start, size, apply, free = functions
            if self._registered("RegisterMoveCallback3"):
                peer = (remote_ip, str(keywords["OriginatorAET"]), str(keywords["SourceAET"]))
                with _lent("DicomConnection", mock_dicom.Connection(*peer)) as connection:
                    driver = start(connection, **keywords)
            else:
                driver = start(**keywords)
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
        """Ask the script to commit to instances (`RegisterStorageCommitmentScpCallback` and its second version).

        Args:
            instances: SOP Class UID and SOP Instance UID of each.
            job_id: The job that Orthanc makes of it.
            transaction_uid: The UID of the transaction.
            remote_aet: The AE title of who asks.
            called_aet: The AE title by which it asks.
            remote_ip: Where it asks from.

        Returns:
            What the script says to each: a number of `plugin.StorageCommitmentFailureReason`, 0 if it is there.
        """
        pairs = list(instances)
        uids = [class_uid for class_uid, _ in pairs], [instance_uid for _, instance_uid in pairs]
        first = "RegisterStorageCommitmentScpCallback"
        with self._calling():
            start, lookup = self.callbacks(first, f"{first}2")
            if self._registered(first):
                driver = start(job_id, transaction_uid, *uids, remote_aet, called_aet)
            else:
                with _lent("DicomConnection", mock_dicom.Connection(remote_ip, remote_aet, called_aet)) as connection:
                    driver = start(job_id, transaction_uid, *uids, connection)
            return [lookup(*pair, driver) for pair in pairs]


def file_of(dicom: bytes | Dataset | Mapping[str, object]) -> bytes:
    """The DICOM file of a dataset, or of tags by name."""
    if isinstance(dicom, bytes):
        return dicom
    if isinstance(dicom, Mapping):
        from orthanc_sdk.plugin.mock.dicom_json import from_json

        return from_json(dicom, makes_identifiers=False)
    from pydicom import dcmwrite  # pyright: ignore[reportUnknownVariableType]  # some of its arguments have no types
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    file = FileDataset("", dicom, preamble=b"\0" * 128)
    meta = getattr(dicom, "file_meta", None)
    file.file_meta = FileMetaDataset() if meta is None else FileMetaDataset(meta)
    if "TransferSyntaxUID" not in file.file_meta:
        file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dcmwrite(buffer, file)
    return buffer.getvalue()


def _kept(result: object, data: bytes) -> bytes | None:
    """What is to be stored, by what the callback has returned; None for nothing."""
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
def _lent(class_: str, data: Any) -> Generator[object]:  # any of the dataclasses of the mock
    """An object of the module that is valid during a callback only."""
    try:
        yield make(class_, data)
    finally:
        data.is_over = True
