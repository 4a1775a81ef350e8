"""The typed Python client for the REST API of the Orthanc DICOM server.

>>> from orthanc_sdk import Orthanc
>>> client = Orthanc("http://localhost:8042", "orthanc", "orthanc")

Everything that users need is here by name; it is loaded when it is first used, so that importing this package costs
next to nothing.
"""

# Under a name that no completion shows.
import typing as _typing

if _typing.TYPE_CHECKING:
    from orthanc_sdk import errors as errors
    from orthanc_sdk import models as models
    from orthanc_sdk import plugin as plugin
    from orthanc_sdk import routes as routes
    from orthanc_sdk import testing as testing
    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.errors import (
        BadFileFormat,
        BadRequest,
        Conflict,
        DatabaseUnavailable,
        DicomQueryRefused,
        Forbidden,
        InvalidArgument,
        InvalidTags,
        JobFailed,
        MethodNotAllowed,
        NetworkProtocolError,
        NotAcceptable,
        NotFound,
        NotSupportedByServer,
        OrthancConnectionError,
        OrthancConnectTimeout,
        OrthancError,
        OrthancHTTPError,
        OrthancTimeout,
        PayloadTooLarge,
        PluginError,
        RangeNotSatisfiable,
        ReadOnlyServer,
        Redirected,
        RevisionConflict,
        ServerError,
        ServiceUnavailable,
        StorageFull,
        Unauthorized,
        UnexpectedAnswer,
        UnknownDicomTag,
        UnprocessableContent,
        UnsupportedMediaType,
    )
    from orthanc_sdk.files.progress import Progress
    from orthanc_sdk.http.auth import BasicAuth, BearerAuth, HeaderAuth, NoAuth
    from orthanc_sdk.http.connections import IdleAwareAdapter
    from orthanc_sdk.http.raw import raw_response, raw_stream
    from orthanc_sdk.http.retries import Retries
    from orthanc_sdk.http.timeouts import CLIENT_TIMEOUT, Timeout
    from orthanc_sdk.networking.dimse_status import dimse_status
    from orthanc_sdk.networking.modality import Answer, Modality, Query
    from orthanc_sdk.networking.retrieve_verified import Retrieval, retrieve_verified
    from orthanc_sdk.networking.storage_commitment import StorageCommitment
    from orthanc_sdk.resources.find import (
        FindOptions,
        find_instances,
        find_patients,
        find_series,
        find_studies,
        iter_instances,
        iter_patients,
        iter_series,
        iter_studies,
        query_orthanc,
    )
    from orthanc_sdk.resources.identifiers import orthanc_id
    from orthanc_sdk.resources.instance import Instance
    from orthanc_sdk.resources.job import Job
    from orthanc_sdk.resources.options import AnonymizeOptions, ModifyOptions
    from orthanc_sdk.resources.patient import Patient
    from orthanc_sdk.resources.queries import InstanceQuery, PatientQuery, SeriesQuery, StudyQuery
    from orthanc_sdk.resources.query import QueryValue
    from orthanc_sdk.resources.series import Series
    from orthanc_sdk.resources.study import Study
    from orthanc_sdk.transfers.download import download_tree
    from orthanc_sdk.transfers.download_report import DownloadedFile, DownloadReport, DownloadStatus
    from orthanc_sdk.transfers.transfer_failed import TransferFailed
    from orthanc_sdk.transfers.upload import upload
    from orthanc_sdk.transfers.upload_report import UploadedFile, UploadReport, UploadStatus
    from orthanc_sdk.transfers.upload_sources import UploadSource

    __version__: str

__all__ = [
    "CLIENT_TIMEOUT",
    "AnonymizeOptions",
    "Answer",
    "BadFileFormat",
    "BadRequest",
    "BasicAuth",
    "BearerAuth",
    "Conflict",
    "DatabaseUnavailable",
    "DicomQueryRefused",
    "DownloadReport",
    "DownloadStatus",
    "DownloadedFile",
    "FindOptions",
    "Forbidden",
    "HeaderAuth",
    "IdleAwareAdapter",
    "Instance",
    "InstanceQuery",
    "InvalidArgument",
    "InvalidTags",
    "Job",
    "JobFailed",
    "MethodNotAllowed",
    "Modality",
    "ModifyOptions",
    "NetworkProtocolError",
    "NoAuth",
    "NotAcceptable",
    "NotFound",
    "NotSupportedByServer",
    "Orthanc",
    "OrthancConnectTimeout",
    "OrthancConnectionError",
    "OrthancError",
    "OrthancHTTPError",
    "OrthancTimeout",
    "Patient",
    "PatientQuery",
    "PayloadTooLarge",
    "PluginError",
    "Progress",
    "Query",
    "QueryValue",
    "RangeNotSatisfiable",
    "ReadOnlyServer",
    "Redirected",
    "Retries",
    "Retrieval",
    "RevisionConflict",
    "Series",
    "SeriesQuery",
    "ServerError",
    "ServiceUnavailable",
    "StorageCommitment",
    "StorageFull",
    "Study",
    "StudyQuery",
    "Timeout",
    "TransferFailed",
    "Unauthorized",
    "UnexpectedAnswer",
    "UnknownDicomTag",
    "UnprocessableContent",
    "UnsupportedMediaType",
    "UploadReport",
    "UploadSource",
    "UploadStatus",
    "UploadedFile",
    "__version__",
    "dimse_status",
    "download_tree",
    "find_instances",
    "find_patients",
    "find_series",
    "find_studies",
    "iter_instances",
    "iter_patients",
    "iter_series",
    "iter_studies",
    "orthanc_id",
    "query_orthanc",
    "raw_response",
    "raw_stream",
    "retrieve_verified",
    "upload",
]

# Where each name is; what is not listed here is an error.
_HOMES = {
    "client": ("Orthanc",),
    "files.progress": ("Progress",),
    "http.auth": ("BasicAuth", "BearerAuth", "HeaderAuth", "NoAuth"),
    "http.connections": ("IdleAwareAdapter",),
    "http.raw": ("raw_response", "raw_stream"),
    "http.retries": ("Retries",),
    "http.timeouts": ("CLIENT_TIMEOUT", "Timeout"),
    "networking.modality": ("Answer", "Modality", "Query"),
    "networking.retrieve_verified": ("Retrieval", "retrieve_verified"),
    "networking.storage_commitment": ("StorageCommitment",),
    "networking.dimse_status": ("dimse_status",),
    "resources.find": (
        "FindOptions",
        "find_instances",
        "find_patients",
        "find_series",
        "find_studies",
        "iter_instances",
        "iter_patients",
        "iter_series",
        "iter_studies",
        "query_orthanc",
    ),
    "resources.identifiers": ("orthanc_id",),
    "resources.instance": ("Instance",),
    "resources.job": ("Job",),
    "resources.options": ("AnonymizeOptions", "ModifyOptions"),
    "resources.patient": ("Patient",),
    "resources.queries": ("InstanceQuery", "PatientQuery", "SeriesQuery", "StudyQuery"),
    "resources.query": ("QueryValue",),
    "resources.series": ("Series",),
    "resources.study": ("Study",),
    "transfers.download": ("download_tree",),
    "transfers.download_report": ("DownloadReport", "DownloadStatus", "DownloadedFile"),
    "transfers.transfer_failed": ("TransferFailed",),
    "transfers.upload": ("upload",),
    "transfers.upload_report": ("UploadReport", "UploadStatus", "UploadedFile"),
    "transfers.upload_sources": ("UploadSource",),
}
_MODULES = frozenset({"errors", "models", "plugin", "routes", "testing"})
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


if not _typing.TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        import importlib

        if name == "__version__":
            from importlib.metadata import version

            value: object = version("orthanc-sdk")
        elif name in _MODULES:
            value = importlib.import_module(f"orthanc_sdk.{name}")
        elif name in __all__:  # all that has no other home is an error
            value = getattr(importlib.import_module(f"orthanc_sdk.{_HOME_OF.get(name, 'errors')}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
