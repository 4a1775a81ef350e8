"""Everything that can go wrong, as one tree.

::

    OrthancError
    ├── InvalidArgument                 what was asked for cannot be sent; nothing was sent (a ValueError)
    ├── OrthancConnectionError          no answer, or only a part of one (a requests.ConnectionError)
    │   └── OrthancConnectTimeout       no connection in time; nothing was sent (an OrthancTimeout too)
    ├── OrthancTimeout                  no answer in time (a requests.Timeout)
    │   └── OrthancConnectTimeout
    ├── OrthancHTTPError                the server refused (a requests.HTTPError)
    │   ├── Redirected                  3xx  sent elsewhere, where this client does not go
    │   ├── BadRequest                  400
    │   │   ├── BadFileFormat           400  not a DICOM file (or not what the route takes)
    │   │   └── UnknownDicomTag         500  a tag that the server does not know (a ServerError too)
    │   ├── Unauthorized                401
    │   ├── Forbidden                   403
    │   ├── NotFound                    404
    │   ├── MethodNotAllowed            405
    │   ├── NotAcceptable               406
    │   ├── Conflict                    409
    │   │   └── RevisionConflict        409  somebody else changed it first (If-Match)
    │   ├── PayloadTooLarge             413
    │   ├── UnsupportedMediaType        415
    │   ├── RangeNotSatisfiable         416
    │   ├── UnprocessableContent        422
    │   │   └── DicomQueryRefused       422  the remote modality cannot process the query (a NetworkProtocolError too)
    │   └── ServerError                 500 and up
    │       ├── NetworkProtocolError       500  a remote modality refused, or cannot be reached; has the DIMSE status
    │       │   └── DicomQueryRefused
    │       ├── UnknownDicomTag
    │       ├── PluginError             500  from within a plugin or a script of the server
    │       ├── ReadOnlyServer          500  the server does not let anything be changed
    │       ├── ServiceUnavailable      502, 503, 504  for the moment: worth another try later
    │       │   └── DatabaseUnavailable 503
    │       └── StorageFull             507
    ├── NotSupportedByServer            the server is too old for this route or argument
    ├── UnexpectedAnswer                the answer is not what this route answers (a proxy's page, for instance)
    ├── InvalidTags                     DICOM values are not as DICOM wants them (a ValueError)
    ├── JobFailed                       a job of the server ended without success
    └── TransferFailed                  some files of an upload or a download are not where they should be

The class comes from the HTTP status, refined by Orthanc's own error code where the answer has one: many answers, most
404 among them, have an empty body.

No message holds credentials, query strings, bodies or DICOM values, so all of them may be logged; the one thing that is
quoted from an answer is the sentence in which Orthanc itself says what is wrong.

All errors can be pickled and copied; what is pickled leaves the live ``response`` and ``request`` behind.

May import nothing of this package but the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orthanc_models.dicom.invalid_tags import InvalidTags
from orthanc_models.orthanc_error import OrthancError
from orthanc_sdk.errors.connection import OrthancConnectionError, OrthancConnectTimeout, OrthancTimeout
from orthanc_sdk.errors.http_status import (
    BadFileFormat,
    BadRequest,
    Conflict,
    DatabaseUnavailable,
    DicomQueryRefused,
    Forbidden,
    MethodNotAllowed,
    NetworkProtocolError,
    NotAcceptable,
    NotFound,
    OrthancHTTPError,
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
    UnknownDicomTag,
    UnprocessableContent,
    UnsupportedMediaType,
)
from orthanc_sdk.errors.invalid_argument import InvalidArgument
from orthanc_sdk.errors.job_failed import JobFailed
from orthanc_sdk.errors.unexpected_answer import NotSupportedByServer, UnexpectedAnswer

if TYPE_CHECKING:
    # It knows the reports of transfers, which are above this package: loaded by those who ask for it.
    from orthanc_sdk.transfers.transfer_failed import TransferFailed

__all__ = [
    "BadFileFormat",
    "BadRequest",
    "Conflict",
    "DatabaseUnavailable",
    "DicomQueryRefused",
    "Forbidden",
    "InvalidArgument",
    "InvalidTags",
    "JobFailed",
    "MethodNotAllowed",
    "NetworkProtocolError",
    "NotAcceptable",
    "NotFound",
    "NotSupportedByServer",
    "OrthancConnectTimeout",
    "OrthancConnectionError",
    "OrthancError",
    "OrthancHTTPError",
    "OrthancTimeout",
    "PayloadTooLarge",
    "PluginError",
    "RangeNotSatisfiable",
    "ReadOnlyServer",
    "Redirected",
    "RevisionConflict",
    "ServerError",
    "ServiceUnavailable",
    "StorageFull",
    "TransferFailed",
    "Unauthorized",
    "UnexpectedAnswer",
    "UnknownDicomTag",
    "UnprocessableContent",
    "UnsupportedMediaType",
]


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        if name != "TransferFailed":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from orthanc_sdk.transfers.transfer_failed import TransferFailed

        globals()[name] = TransferFailed
        return TransferFailed
