"""Hashes, UUIDs, media types and compression."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import uuid
import zlib

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.registry import implements, internal_error
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

_METHODS = {number: name for name, number in ENUMERATIONS["CompressionType"].items()}


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
    if compression not in _METHODS:
        raise OrthancException(3, "Parameter out of range")
    method = _METHODS[compression]
    if not source or method == "NONE":
        return source or b""
    with_size = method.endswith("_WITH_SIZE")
    if uncompress and method == "ZLIB":  # the real one needs the size, too
        raise internal_error()
    if uncompress:
        data = source[8:] if with_size else source
        try:
            return zlib.decompress(data) if method.startswith("ZLIB") else gzip.decompress(data)
        except (zlib.error, EOFError, OSError):
            raise internal_error() from None
    compressed = zlib.compress(source) if method.startswith("ZLIB") else gzip.compress(source, mtime=0)
    return len(source).to_bytes(8, "little") + compressed if with_size else compressed
