"""Answers as no server sends them: recorded ones, changed at random, played to the methods of a client.

Whatever comes, a call gives a value or raises an error of this package; and what is done with a value (printing,
writing, pickling, reading each tag) raises nothing.
"""

from __future__ import annotations

import inspect
import json
import pickle
import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import requests
from pydantic import BaseModel

from orthanc_models.dicom import dictionary, person_name, values
from orthanc_sdk import Orthanc, OrthancError, OrthancHTTPError, find_studies, models
from orthanc_sdk.models import TypedTags
from orthanc_sdk.resources.main_tags import StudyAttributes
from tests.recordings.replay import (
    VERSIONS,
    Call,
    CannotBeWritten,
    Player,
    Recording,
    call_for,
    dump,
    recordings,
    system,
)

Json = Any  # Any: JSON of any form
Random = random.Random

ODD: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**40, 0.5, -0.0, 1e308, float("inf"), float("nan"), "", " ",
    "0", "-1", "x" * 3000, "\0", "\x1b[2J", "\ud800", "\ufffd", "\u202e", "20260230", "00000000T000000",
    "99999999T999999", "20260101T246060.999999", "20260101", "nan", "1e999", "1" * 400, "٣", "../..", [], {},
    [[]], [{}], {"": ""}, [None], {"Type": "Dimse"}, {"Name": "X", "Type": "Sequence", "Value": [{}]}, {"ID": None},
    {"Type": "String", "Value": 5}, "a\\b\\c", "^^^^^^", "===", "12:30", "1.2.840", "-0", "+1", "034Y", "999Y",
)  # fmt: skip
"""What may stand where something else is expected."""


def odd(rng: Random) -> Json:
    """A value that fits nowhere in particular."""
    if rng.random() < 0.1:
        depth = rng.choice((5, 50, 300, 3000))
        return _Raw("[" * depth + "]" * depth if rng.random() < 0.5 else '{"a":' * depth + "1" + "}" * depth)
    if rng.random() < 0.1:
        return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0xD7FF)))) for _ in range(rng.randrange(30)))
    if rng.random() < 0.05:
        return _Raw("1" * 5000)  # more digits than Python reads
    return rng.choice(ODD)


class _Raw(str):
    """JSON that is written as it is."""


def mutated(rng: Random, value: Json) -> Json:
    """The value with one thing changed, somewhere in it."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        fate = rng.random()
        rest = {name: part for name, part in value.items() if name != key}
        if fate < 0.1:
            return rest
        if fate < 0.2:
            return {**value, str(odd(rng)): odd(rng)}
        if fate < 0.3:
            return {**rest, rng.choice((key.lower(), key + "\0", "", str(odd(rng)))): value[key]}
        return {**value, key: mutated(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        fate = rng.random()
        if fate < 0.1:
            return value[:place] + value[place + 1 :]
        if fate < 0.2:
            return [*value, value[place]]
        if fate < 0.3:
            return [*value, odd(rng)]
        return [*value[:place], mutated(rng, value[place]), *value[place + 1 :]]
    if isinstance(value, str) and value and rng.random() < 0.4:
        place = rng.randrange(len(value))
        return value[:place] + rng.choice(("", "\0", "9", "\\", "^", "é", "\ud800", "T", "-", "1")) + value[place + 1 :]
    return odd(rng)


def written(rng: Random, value: Json) -> bytes:
    """The value as JSON; now and then as what only looks like it."""
    content = _json(value).encode("utf-8", "surrogatepass")
    fate = rng.random()
    place = rng.randrange(len(content) + 1)
    if fate < 0.05:
        return content[:place]
    if fate < 0.1:
        return content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]
    if fate < 0.12:
        return content + content
    if fate < 0.14:
        return b"\xef\xbb\xbf" + content
    if fate < 0.16:
        return content.decode("utf-8", "replace").encode("utf-16")
    return content


def _json(value: Json) -> str:
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_json(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value)


class Liar(Player):
    """Answers with what it is told to, whatever was recorded."""

    content = b""
    status = 200
    content_type = "application/json"

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        response = super().send(request)
        if response.content != system("1.13.0") or len(self.sent) == 1:
            response.status_code, response._content = self.status, self.content
            response.headers["Content-Type"] = self.content_type
        return response


@dataclass(frozen=True)
class Finding:
    """Something that should not have happened."""

    what: str
    where: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n  {self.content[:300]!r}"


@cache
def material() -> list[tuple[Recording, Call]]:
    """Recorded answers with the calls that they answer, each form once."""
    found: dict[object, tuple[Recording, Call]] = {}
    for version in VERSIONS:
        for recording in recordings(version):
            if not recording.is_kept or (recording.is_success and not recording.is_json):
                continue
            try:
                call = call_for(recording)
                inspect.signature(getattr(Orthanc, call.method)).bind(None, *call.positional, **call.keywords)
            except (CannotBeWritten, TypeError):
                continue
            key = (recording.name, call.method, recording.status, recording.is_success and _form(recording.answer))
            found.setdefault(key, (recording, call))
    return list(found.values())


def _form(value: Json, depth: int = 0) -> object:
    if isinstance(value, dict) and depth < 2:
        return tuple(sorted((key, str(_form(part, depth + 1))) for key, part in value.items()))
    return type(value).__name__


def fuzz(seed: int, cases: int) -> Iterator[Finding]:
    """Plays changed answers; yields what was neither a value nor an error of this package."""
    rng = Random(seed)
    client = Orthanc("http://liar.invalid", retries=0, proxies={})
    strict = Orthanc("http://liar.invalid", retries=0, proxies={}, strict=True)
    liar = Liar()
    for one in (client, strict):
        one.session.mount("http://", liar)
    for _ in range(cases):
        recording, call = rng.choice(material())
        answer = recording.answer
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            answer = mutated(rng, answer)
        liar.play(recording)
        liar.content = written(rng, answer)
        liar.status = (
            recording.status if rng.random() < 0.95 else rng.choice((200, 304, 400, 404, 409, 422, 500, 503, 599))
        )
        liar.content_type = rng.choice(("application/json", "application/json", "text/plain", ""))
        asked = rng.choice((client, client, strict))
        finding = _tried(partial(_call, asked, call), call.method, liar.content)
        if finding is not None:
            yield finding
        if call.method == "post_tools_find" and liar.status == 200:
            finding = _tried(partial(_search, asked), "find_studies", liar.content)
            if finding is not None:
                yield finding


def _tried(do: Callable[[], None], where: str, content: bytes) -> Finding | None:
    try:
        do()
    except OrthancError as error:
        return _checked(error, where, content)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Finding(f"{type(error).__name__}: {str(error)[:200]} in {place.filename}:{place.lineno}", where, content)
    return None


def _checked(error: OrthancError, where: str, content: bytes) -> Finding | None:
    try:
        assert str(error).isprintable()
        repr(error)
        pickle.loads(pickle.dumps(error))
        if isinstance(error, OrthancHTTPError):
            _ = error.info, getattr(error, "dimse_status", None)
    except Exception as second:
        return Finding(f"an error that raises {type(second).__name__}: {second}"[:300], where, content)
    return None


def _call(client: Orthanc, call: Call) -> None:
    value = getattr(client, call.method)(*call.positional, **call.keywords)
    if not isinstance(value, bytes):
        dump(call.method, value)
    _use(value)
    pickle.loads(pickle.dumps(value))
    assert value == value or isinstance(value, float)


def _use(value: object) -> None:
    """Prints it, and reads all that is in it."""
    if isinstance(value, BaseModel | TypedTags):
        assert all(character.isprintable() for character in repr(value) + str(value))
    if isinstance(value, BaseModel):
        for _, part in value:
            _use(part)
    elif isinstance(value, TypedTags):
        _ = value.problems, dict(value.raw), dict(value), len(value), hash(repr(value))
        for name in dir(type(value)):
            if not name.startswith("_") and isinstance(getattr(type(value), name), property):
                getattr(value, name)
    elif isinstance(value, list | tuple):
        for part in value:
            _use(part)
    elif isinstance(value, dict):
        for part in value.values():
            _use(part)


def _search(client: Orthanc) -> None:
    for study in find_studies(client):
        repr(study)
        for name in dir(StudyAttributes):
            if not name.startswith("_"):
                getattr(study, name)
        _ = study.info, study.tags, study.last_update


# -- DICOM values -----------------------------------------------------------------------------------------------------

VALUES = (
    "20240131", "1990.01.31", "101530.123456", "1015", "20240131101530.5+0100", "-1200", "+1400", "034Y", "012M",
    "Doe^Jane^Ann^Dr^Jr=\u5c71\u7530^\u592a\u90ce=", "1.2.840.10008.1.2", "-1.5e-3", " 12 ", "0012",
    "1\\2\\3", "0.5\\0.5",
    "31.01.2024", "Jan 31, 2024", "2024-01-31 10:15", "ISO_IR 192", "2147483648", "9" * 400, "AE_TITLE", "CT",
    "a" * 100,
)  # fmt: skip
KEYWORDS = sorted(
    {
        name
        for class_ in (models.PatientTags, models.StudyTags, models.SeriesTags, models.InstanceTags)
        for name in class_._main_tags
        if dictionary.by_keyword(name) is not None
    }
    | {"PatientAge", "Rows", "PixelSpacing", "AcquisitionDateTime", "RequestAttributesSequence", "OffendingElement",
       "TimezoneOffsetFromUTC", "ImageType", "WindowCenter", "FrameIncrementPointer", "LongCodeValue", "URNCodeValue"}
)  # fmt: skip
BOUNDS = ("2147483648", "2147483647")
"""They are in a message as what is allowed."""
PIECES = "0123456789.:+-eE\\^=/ TYMWDaZé\u0663\u202e\0\x1b\ud800,"
PARSERS: tuple[Callable[[str], object], ...] = (
    values.parse_date, values.parse_time, values.parse_datetime, values.parse_utc_offset, values.parse_age,
    values.parse_integer, values.parse_decimal,
)  # fmt: skip


def odd_value(rng: Random, depth: int = 0) -> Json:
    """What may stand in a DICOM tag as Orthanc sends it."""
    fate = rng.random()
    if fate < 0.05:
        return rng.choice(ODD)
    if fate < 0.12 and depth < 4:
        return [
            {rng.choice((*KEYWORDS, "0008,0020", "", "x")): odd_value(rng, depth + 1)} for _ in range(rng.randrange(3))
        ]
    if fate < 0.2:
        name = {
            "Name": "x",
            "Type": rng.choice(("String", "Sequence", "Null", "Binary", "New")),
            "Value": odd_value(rng, 9),
        }
        return {key: part for key, part in name.items() if rng.random() < 0.9}
    if fate < 0.4:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(24)))
    text = rng.choice(VALUES)
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(("", rng.choice(PIECES))) + text[place + rng.randrange(2) :]
    return text


def fuzz_values(seed: int, cases: int) -> Iterator[Finding]:
    """Reads odd values of all sorts of tags, in all formats; yields what raised what it should not."""
    rng = Random(seed)
    for _ in range(cases):
        class_ = rng.choice((TypedTags, models.PatientTags, models.StudyTags, models.SeriesTags, models.InstanceTags))
        keywords = rng.choices(KEYWORDS, k=rng.randrange(1, 5))
        sent = {rng.choice((name, dictionary.by_keyword(name).number)): odd_value(rng) for name in keywords}  # type: ignore[union-attr]  # it has all of these
        content = repr(sent).encode("utf-8", "surrogatepass")

        finding = _tried(partial(_read, class_, sent), class_.__name__, content)
        if finding is not None:
            yield finding
        text = odd_value(rng)
        for parse in PARSERS if isinstance(text, str) else ():
            finding = _tried(partial(_parsed, parse, text), parse.__name__, text.encode("utf-8", "surrogatepass"))
            if finding is not None:
                yield finding
        if isinstance(text, str):
            finding = _tried(partial(_loosely, text), "loose", text.encode("utf-8", "surrogatepass"))
            if finding is not None:
                yield finding


def _read(class_: type[TypedTags], sent: dict[str, Json]) -> None:
    tags = class_(sent)
    _use(tags)
    assert tags.sent == sent
    assert tags == class_(sent)
    assert repr(pickle.loads(pickle.dumps(tags)).sent) == repr(tags.sent)  # as text: nan is not nan
    assert all(problem.reason and str(problem) for problem in tags.problems)
    tags.check()  # raises an error of this package, if there are problems


def _parsed(parse: Callable[[str], object], text: str) -> None:
    message = ""
    try:
        parse(text)
    except ValueError as error:
        message = str(error)
    assert len(text) < 4 or text not in message or text.strip() in BOUNDS, "a value in a message"


def _loosely(text: str) -> None:
    values.parse_free_text_date(text)
    name = person_name.PersonName(text)
    for part in (name.family_name, name.given_name, name.ideographic.family_name, name.phonetic, name.formatted()):
        assert isinstance(part, str)
