"""What describes Orthanc's interface: operations with their parameters and bodies, and schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OPENAPI = Path(__file__).parents[2] / "models" / "openapi"

VERSION = "1.13.0"
"""The version of Orthanc whose facts are read."""

OLDEST_VERSION = (1, 10, 1)
"""The oldest version of Orthanc that is supported."""

JsonObject = dict[str, Any]  # Any: documents are checked piece by piece, not by their types


class SpecificationError(Exception):
    """Facts and overlay contradict each other, or one of them cannot be understood; the message names the entry."""


@dataclass(frozen=True)
class Parameter:
    """A query argument or a header."""

    wire_name: str
    location: str
    type: str
    sent: str
    description: str
    since: str | None = None
    enum: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Case:
    """A response that depends on arguments."""

    when: Mapping[str, object]
    returns: str


@dataclass(frozen=True)
class Body:
    """The body of a request: `json` of one of some types, or `content` of a media type.

    `texts` says what is done with DICOM tags in it, whose text some character sets lack (`Kind` of the client).
    """

    kind: str
    types: tuple[str, ...]
    media_type: str
    enum: tuple[str, ...] = ()
    required: bool = False
    texts: str = ""


@dataclass(frozen=True)
class OperationSpec:
    """One operation, described by facts and overlay together."""

    method: str
    path: str
    tag: str
    summary: str
    description: str
    path_parameters: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    body: Body | None
    returns: str
    cases: tuple[Case, ...]
    raises: Mapping[str, str]
    example: str
    since: str | None
    deprecated: bool
    paged: bool

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Specification:
    """All operations and all schemas; `modules` maps the files of the overlay to the schemas in them."""

    version: str
    source_sha256: str
    operations: tuple[OperationSpec, ...]
    schemas: Mapping[str, JsonObject]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
