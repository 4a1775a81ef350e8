"""The cases of /{level}/{id}/attachments."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk import BadRequest, Forbidden, NotFound, ServerError, models
from orthanc_sdk.http.raw import raw_response
from orthanc_sdk.testing import to_bytes
from tests.live.levels import Call, at, route
from tests.live.world import World

TEXT = b"Nothing of note. " * 50
MD5 = hashlib.md5(TEXT).hexdigest()


def attach(world: World, level: str, content: bytes = TEXT) -> str:
    """Makes a resource with an attachment; returns its identifier."""
    id_ = world.new_tree().id_of(level)
    route(world, "put_{}_id_attachments_name", level)(id_, "notes", content)
    return id_


def compress(world: World, level: str, id_: str) -> bytes:
    """Compresses the attachment; returns what the server has on its disk."""
    route(world, "post_{}_id_attachments_name_compress", level)(id_, "notes")
    info = route(world, "get_{}_id_attachments_name_info", level)(id_, "notes")
    stored = file_of(world, info.uuid).read_bytes()
    assert len(stored) < len(TEXT)
    return stored


def file_of(world: World, uuid: str) -> Path:
    return world.server.storage_folder / uuid[:2] / uuid[2:4] / uuid


def etag(world: World, level: str, id_: str) -> str:
    return raw_response(route(world, "get_{}_id_attachments_name_info", level), id_, "notes").headers["ETag"]


def check_etag(world: World, level: str, get: Callable[..., object], id_: str) -> None:
    """With the ETag of what is there None is answered, and the value with an old one."""
    old = raw_response(get, id_, "notes").headers["ETag"]
    assert old == etag(world, level, id_)
    assert get(id_, "notes", if_none_match=old) is None
    route(world, "put_{}_id_attachments_name", level)(id_, "notes", b"others", if_match=old)
    assert get(id_, "notes", if_none_match=old) is not None


@at("get_{}_id_attachments")
def _(world: World, level: str, get: Call) -> None:
    id_ = world.new_tree().id_of(level)
    own = {"dicom": 1} if level == "instances" else {}
    assert get(id_) == list(own)
    assert get(id_, full=True) == own
    for name in ("notes", "2000"):
        route(world, "put_{}_id_attachments_name", level)(id_, name, TEXT)
    assert sorted(get(id_)) == sorted([*own, "notes", "2000"])
    assert get(id_, full=True) == {**own, "notes": 1030, "2000": 2000}


@at("get_{}_id_attachments_name")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    routes = {"compress", "compressed-data", "compressed-size", "data", "info", "is-compressed", "size", "uncompress"}
    about_md5 = {"compressed-md5", "md5", "verify-md5"}
    assert set(get(id_, "notes")) - {"uuid"} == routes | about_md5  # 1.10.1 had a route for the UUID
    check_etag(world, level, get, id_)


@at("put_{}_id_attachments_name")
def _(world: World, level: str, put: Call) -> None:
    get = route(world, "get_{}_id_attachments_name_data", level)
    id_ = world.new_tree().id_of(level)
    for content in (TEXT, "grün", b"", b"\x00\xff", io.BytesIO(b"from a file"), [b"in ", b"pieces"]):
        assert put(id_, "notes", content) is None
        wanted = {"BytesIO": b"from a file", "list": b"in pieces", "str": "grün".encode()}
        assert get(id_, "notes") == wanted.get(type(content).__name__, content)
    put(id_, "notes", b"last", if_match=raw_response(get, id_, "notes").headers["ETag"])
    assert get(id_, "1030") == b"last"
    with pytest.raises(Forbidden):
        put(id_, "dicom", b"other")


@at("delete_{}_id_attachments_name")
def _(world: World, level: str, delete: Call) -> None:
    get = route(world, "get_{}_id_attachments_name_data", level)
    id_ = attach(world, level)
    assert delete(id_, "notes") is None
    with pytest.raises(NotFound):
        get(id_, "notes")
    route(world, "put_{}_id_attachments_name", level)(id_, "notes", TEXT)
    assert delete(id_, "notes", if_match=raw_response(get, id_, "notes").headers["ETag"]) is None
    assert "notes" not in route(world, "get_{}_id_attachments", level)(id_)
    with pytest.raises(Forbidden):
        delete(id_, "dicom")


@at("get_{}_id_attachments_name_data")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") == TEXT
    check_ranges(world, get, id_, TEXT)
    check_filename(world, get, id_)
    compress(world, level, id_)
    assert get(id_, "notes") == TEXT
    if level == "instances":
        assert get(world.tree.instances[1], "dicom") == to_bytes(world.tree.datasets[1])
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_compressed_data")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") == TEXT
    check_filename(world, get, id_)
    stored = compress(world, level, id_)
    assert get(id_, "notes") == stored
    assert int.from_bytes(stored[:8], "little") == len(TEXT)
    assert zlib.decompress(stored[8:]) == TEXT
    check_ranges(world, get, id_, stored)
    check_etag(world, level, get, id_)


def check_ranges(world: World, get: Call, id_: str, content: bytes) -> None:
    """Servers that do not know ranges answer with everything."""
    known = world.at_least("1.12.5")
    assert get(id_, "notes", range_="bytes=3-9") == (content[3:10] if known else content)
    assert get(id_, "notes", range_="bytes=20-") == (content[20:] if known else content)


def check_filename(world: World, get: Call, id_: str) -> None:
    response = raw_response(get, id_, "notes", filename="mine.txt")
    assert response.content == TEXT
    assert (response.headers.get("Content-Disposition") == 'filename="mine.txt"') == world.at_least("1.12.7")
    if world.at_least("1.13"):  # before, the name stays as it is quoted in the URL
        response = raw_response(get, id_, "notes", filename="notes of mine.txt")
        assert response.headers["Content-Disposition"] == 'filename="notes of mine.txt"'


@at("get_{}_id_attachments_name_info")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    info = get(id_, "notes")
    assert isinstance(info, models.AttachmentInfo)
    assert not info.model_extra
    assert info.content_type == 1030
    assert info.uncompressed_size == info.compressed_size == len(TEXT)
    assert info.uncompressed_md5 == info.compressed_md5 == MD5
    assert file_of(world, info.uuid).read_bytes() == TEXT

    stored = compress(world, level, id_)
    info = get(id_, "notes")
    assert (info.uncompressed_size, info.uncompressed_md5) == (len(TEXT), MD5)
    assert (info.compressed_size, info.compressed_md5) == (len(stored), hashlib.md5(stored).hexdigest())
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_size")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    compress(world, level, id_)
    assert get(id_, "notes") == len(TEXT)
    assert get(attach(world, level, b""), "notes") == 0
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_compressed_size")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") == len(TEXT)
    stored = compress(world, level, id_)
    assert get(id_, "notes") == len(stored)
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_md5")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") == MD5
    compress(world, level, id_)
    assert get(id_, "notes") == MD5
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_compressed_md5")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") == MD5
    stored = compress(world, level, id_)
    assert get(id_, "notes") == hashlib.md5(stored).hexdigest()
    check_etag(world, level, get, id_)


@at("get_{}_id_attachments_name_is_compressed")
def _(world: World, level: str, get: Call) -> None:
    id_ = attach(world, level)
    assert get(id_, "notes") is False
    compress(world, level, id_)
    assert get(id_, "notes") is True
    check_etag(world, level, get, id_)


@at("post_{}_id_attachments_name_compress")
def _(world: World, level: str, post: Call) -> None:
    id_ = attach(world, level)
    before = etag(world, level, id_)
    for _ in range(2):
        assert post(id_, "notes") is None
        assert (etag(world, level, id_) != before) == world.at_least("1.12.8")  # before, there are no revisions
        assert route(world, "get_{}_id_attachments_name_is_compressed", level)(id_, "notes") is True
    assert route(world, "get_{}_id_attachments_name_compressed_size", level)(id_, "notes") < len(TEXT)
    assert route(world, "get_{}_id_attachments_name_data", level)(id_, "notes") == TEXT


@at("post_{}_id_attachments_name_uncompress")
def _(world: World, level: str, post: Call) -> None:
    id_ = attach(world, level)
    compress(world, level, id_)
    before = etag(world, level, id_)
    for _ in range(2):
        assert post(id_, "notes") is None
        assert (etag(world, level, id_) != before) == world.at_least("1.12.8")
        assert route(world, "get_{}_id_attachments_name_is_compressed", level)(id_, "notes") is False
    assert route(world, "get_{}_id_attachments_name_compressed_size", level)(id_, "notes") == len(TEXT)
    assert route(world, "get_{}_id_attachments_name_data", level)(id_, "notes") == TEXT


@at("post_{}_id_attachments_name_verify_md5")
def _(world: World, level: str, post: Call) -> None:
    id_ = attach(world, level)
    assert post(id_, "notes") is None
    uuid = route(world, "get_{}_id_attachments_name_info", level)(id_, "notes").uuid
    file_of(world, uuid).write_bytes(b"x" + TEXT[1:])
    with pytest.raises(ServerError if world.at_least("1.13") else BadRequest):
        post(id_, "notes")
