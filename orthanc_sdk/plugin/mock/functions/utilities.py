"""What can be computed without any server."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
import uuid
import zlib
from typing import TYPE_CHECKING

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.registry import implements, internal_error
from orthanc_sdk.plugin.mock.state import current
from orthanc_sdk.plugin.tables import ENUMERATIONS

if TYPE_CHECKING:
    from pydicom.tag import BaseTag

_NEWER = {"OD": 28, "OL": 29, "UC": 30, "UR": 31, "OV": 32, "SV": 33, "UV": 34}
"""Value representations that the dictionary has, and the enumeration of plugin 7.1 has not."""
_TAG_NAME = "Unknown Tag & Data"
_BAD_RANGE = OrthancException(3, "Parameter out of range").args


@implements("ComputeMd5")
def compute_md5(buffer: bytes | None) -> str:
    return hashlib.md5(buffer or b"", usedforsecurity=False).hexdigest()


@implements("ComputeSha1")
def compute_sha1(buffer: bytes | None) -> str:
    digest = hashlib.sha1(buffer or b"", usedforsecurity=False).hexdigest()
    return "-".join(digest[start : start + 8] for start in range(0, 40, 8))


@implements("GenerateUuid")
def generate_uuid() -> str:
    return str(uuid.uuid4())


@implements("AutodetectMimeType")
def autodetect_mime_type(path: str) -> str:
    if path.lower().endswith(".dcm"):
        return "application/dicom"
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


@implements("BufferCompression")
def buffer_compression(source: bytes | None, compression: int, uncompress: int) -> bytes:
    kinds = {number: name for name, number in ENUMERATIONS["CompressionType"].items()}
    if compression not in kinds:
        raise OrthancException(*_BAD_RANGE)
    kind = kinds[compression]
    if not source or kind == "NONE":
        return source or b""
    with_size = kind.endswith("_WITH_SIZE")
    if uncompress and kind == "ZLIB":  # without the size, the real one cannot either
        raise internal_error()
    if uncompress:
        data = source[8:] if with_size else source
        try:
            return zlib.decompress(data) if kind.startswith("ZLIB") else gzip.decompress(data)
        except (zlib.error, EOFError, OSError):
            raise internal_error() from None
    packed = zlib.compress(source) if kind.startswith("ZLIB") else gzip.compress(source, mtime=0)
    return len(source).to_bytes(8, "little") + packed if with_size else packed


@implements("GetErrorDescription")
def get_error_description(error: int) -> str:
    registered = current().error_codes
    if error in registered:
        return registered[error]
    names = {number: name for name, number in ENUMERATIONS["ErrorCode"].items()}
    if error not in names:
        return "Unknown error code"
    raise current().missing(
        f"GetErrorDescription({error})",
        f"It is ErrorCode.{names[error]}; Orthanc's own words for it are not part of the mock. "
        'Set them: host.handlers["GetErrorDescription"] = lambda error: ...',
    )


@implements("RegisterErrorCode")
def register_error_code(code: int, http_status: int, message: str) -> None:  # noqa: ARG001
    """It always raises, as the real one does, with the number that the error has got."""
    registered = current().error_codes
    number = 1_000_000 + len(registered)
    registered[number] = message
    raise OrthancException(number, "Error encountered within some plugin")


@implements("GetTagName")
def get_tag_name(group: int, element: int, private_creator: str) -> str:
    from pydicom.datadict import dictionary_is_retired, keyword_for_tag, private_dictionary_description

    tag = _tag(group, element)
    if not private_creator:
        keyword = keyword_for_tag(tag)
        if keyword and dictionary_is_retired(tag):
            return f"RETIRED_{keyword}"
        return keyword or _TAG_NAME
    try:
        return private_dictionary_description(tag, private_creator)
    except KeyError:
        return _TAG_NAME


@implements("LookupDictionary")
def lookup_dictionary(name: str) -> dict[str, int]:
    from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword
    from pydicom.tag import Tag

    digits = name.replace(",", "")
    number = tag_for_keyword(name)
    if number is None and re.fullmatch("[0-9A-Fa-f]{8}", digits):
        number = int(digits, 16)
    try:
        found = Tag(number or 0)
        vr, vm = dictionary_VR(found), dictionary_VM(found)
    except KeyError:
        raise TypeError(f"Unknown DICOM tag: {name}") from None
    numbers = {**ENUMERATIONS["ValueRepresentation"], **_NEWER}
    if number is None or vr not in numbers:  # of "OB or OW" the real one knows nothing
        raise TypeError(f"Unknown DICOM tag: {name}")
    least, _, most = vm.partition("-")
    return {
        "Group": found.group,
        "Element": found.element,
        "ValueRepresentation": numbers[vr],
        "MinMultiplicity": int(least),
        "MaxMultiplicity": (0 if "n" in most else int(most)) if most else int(least),
    }


def _tag(group: int, element: int) -> BaseTag:
    from pydicom.tag import Tag

    return Tag(group & 0xFFFF, element & 0xFFFF)
