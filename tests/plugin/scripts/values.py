"""Calls functions of the module in many ways, and tells what came of it: for the real module and for the mock alike.

It runs in the Python of a server, which has nothing of this project.
"""

import json
import re
from collections.abc import Callable
from typing import Any  # the values are whatever the module gives

import orthanc

LOADING: dict[str, list[str]] = {}
RUNNING: dict[str, list[str]] = {}


class Thing:
    """Of no type that the module takes."""


class Indexed:
    def __index__(self) -> int:
        return 1


def outcome(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> list[str]:
    try:
        result = repr(function(*arguments, **keywords))
    except Exception as error:
        return [type(error).__name__, re.sub("0x[0-9a-f]+", "0x", str(error))]
    return ["ok", re.sub("0x[0-9a-f]+", "0x", result)]


def wrong_calls() -> dict[str, list[str]]:
    """What each function says to keywords, and to a wrong number and to wrong types of arguments."""
    found: dict[str, list[str]] = {}
    for name in sorted(dir(orthanc)):
        function = getattr(orthanc, name)
        if name.startswith("_") or isinstance(function, type):
            continue
        found[f"{name}, a keyword"] = outcome(function, uri="/")
        if name not in NO_ARGUMENTS:
            found[f"{name}, nothing"] = outcome(function)
            found[f"{name}, too much"] = outcome(function, *[Thing()] * 9)
    return found


NO_ARGUMENTS = (
    "CheckVersion", "GenerateRestApiAuthorizationToken", "GenerateUuid", "GetCommandLineArgumentsCount",
    "GetConfiguration", "GetConfigurationPath", "GetDatabaseServerIdentifier", "GetExpectedDatabaseVersion",
    "GetFontsCount", "GetOrthancDirectory", "GetOrthancPath", "GetPeers",
)  # fmt: skip


def classes() -> dict[str, list[str]]:
    """Of each class: its names, and what it says when it is to be made, derived from or changed."""
    found: dict[str, list[str]] = {}
    for name in sorted(dir(orthanc)):
        class_ = getattr(orthanc, name)
        if name.startswith("_") or not isinstance(class_, type):
            continue
        numbers = {key: value for key, value in vars(class_).items() if isinstance(value, int)}
        methods = sorted(key for key in vars(class_) if key not in numbers and not key.startswith("_"))
        found[name] = [json.dumps(numbers, sort_keys=True), *methods, class_.__module__, class_.__qualname__, repr(class_)]
        found[f"{name}()"] = outcome(class_)
        found[f"{name}(x=1)"] = outcome(class_, x=1)
        if name != "OrthancException":
            found[f"class X({name})"] = outcome(type, "X", (class_,), {})
            found[f"{name}.x = 1"] = outcome(setattr, class_, "x", 1)
    return found


def conversions() -> dict[str, list[str]]:
    """Which values are taken for which types."""
    md5, compress, size = orthanc.ComputeMd5, orthanc.BufferCompression, orthanc.GetTagName
    image = orthanc.CreateImageFromBuffer
    calls: dict[str, tuple[Any, ...]] = {
        "text None": (orthanc.LogInfo, None), "text bytes": (orthanc.LogInfo, b"a"), "text NUL": (orthanc.LogInfo, "\0"),
        "text surrogate": (orthanc.LogInfo, "\udc80"), "text": (orthanc.LogInfo, "é"),
        "number float": (size, 16.0, 32, ""), "number text": (size, "16", 32, ""), "number": (size, 16, 32, ""),
        "number index": (size, 8, Indexed(), ""), "number big": (size, 0x10010, 32, ""), "unknown": (size, 9, 1, ""),
        "data text": (md5, "é"), "data bytes": (md5, b"hello"), "data None": (md5, None), "data int": (md5, 5),
        "data bytearray": (md5, bytearray(b"hello")), "data view": (md5, memoryview(b"hello")),
        "data strides": (md5, memoryview(b"hello")[::2]), "data list": (md5, [1]), "sha1": (orthanc.ComputeSha1, b"hello"),
        "byte big": (compress, b"hello", 0, 256), "byte negative": (compress, b"hello", 0, -1),
        "enumeration None": (compress, b"a", None, 0), "enumeration float": (compress, b"a", 1.0, 0),
        "enumeration unknown": (compress, b"a", 77, 0), "nothing to do": (compress, b"hello", 4, 0),
        "uncompress": (compress, compress(b"hello", 0, 0), 0, 1), "not compressed": (compress, b"hello", 0, True),
        "uncompress gzip": (compress, compress(b"hello", 2, 0), 2, 1), "compress None": (compress, None, 0, 0),
        "uncompress size": (compress, compress(b"hello", 1, 0), 1, 1), "size": (lambda: compress(b"hello", 3, 0)[:8],),
        "float int": (orthanc.SetMetricsValue, "a", 1, 0), "float text": (orthanc.SetMetricsValue, "a", "1", 0),
        "json": (orthanc.AutodetectMimeType, "a.json"), "dcm": (orthanc.AutodetectMimeType, "/x/a.dcm"),
        "no type": (orthanc.AutodetectMimeType, "abc"), "upper": (orthanc.AutodetectMimeType, "a.HTML"),
        "error 123456": (orthanc.GetErrorDescription, 123456),
        "no file": (orthanc.ReadFile, "/nowhere"), "no folder": (orthanc.WriteFile, "/nowhere/a", b"a"),
        "buffer": (lambda: image(1, 2, 2, 2, b"abcd").GetImageBuffer(),), "short": (image, 1, 2, 2, 2, b"abc"),
        "pitch": (lambda: image(1, 2, 2, 3, b"ab_cd_").GetImageBuffer(),), "None": (image, 1, 2, 2, 2, None),
        "bytes per row": (lambda: image(4, 2, 1, 6, b"abcdef").GetImagePitch(),),
        "image keyword": (lambda: image(1, 2, 2, 2, b"abcd").ConvertPixelFormat(target_format=4),),
        "image nothing": (lambda: image(1, 2, 2, 2, b"abcd").ConvertPixelFormat(),),
        "image too much": (lambda: image(1, 2, 2, 2, b"abcd").GetImageWidth(1),),
        "image attribute": (lambda: setattr(image(1, 2, 2, 2, b"abcd"), "x", 1),),
        "exception": (lambda: orthanc.OrthancException(5, "x").args,),
        "RegisterRestCallback int": (orthanc.RegisterRestCallback, 5, print),
        "dictionary": (orthanc.LookupDictionary, "Nope"),
    }  # fmt: skip
    for name in ("PatientID", "0010,0020", "00100020", "ImageType", "PixelSpacing", "PixelData", "LongCodeValue"):
        calls[f"dictionary {name}"] = (orthanc.LookupDictionary, name)
    return {name: outcome(*call) for name, call in calls.items()}


def database() -> dict[str, list[str]]:
    """What needs the database, in this order."""
    calls: list[tuple[Any, ...]] = [
        (orthanc.RestApiGet, "/nowhere"), (orthanc.RestApiGet, "nowhere"), (orthanc.RestApiDelete, "/nowhere"),
        (orthanc.GetKeyValue, "s", "k"), (orthanc.StoreKeyValue, "s", "k", "v"), (orthanc.GetKeyValue, "s", "k"),
        (orthanc.StoreKeyValue, "s", "n", None), (orthanc.DeleteKeyValue, "s", "nothing"),
        (orthanc.GetGlobalProperty, 1024, "d"), (orthanc.SetGlobalProperty, 1024, "v"),
        (orthanc.GetGlobalProperty, 1024, "d"), (orthanc.SetGlobalProperty, 5, "v"),
        (orthanc.DequeueValue, "q", 0), (orthanc.EnqueueValue, "q", "a"), (orthanc.EnqueueValue, "q", b"b"),
        (orthanc.EnqueueValue, "q", b"c"), (orthanc.GetQueueSize, "q"), (orthanc.DequeueValue, "q", 1),
        (orthanc.DequeueValue, "q", 0), (orthanc.DequeueValue, "q", 9), (orthanc.ReserveQueueValue, "q", 0, 10),
        (orthanc.ReserveQueueValue, "q", 0, 10), (orthanc.GetQueueSize, "q"), (orthanc.DequeueValue, "q", 0),
        (orthanc.AcknowledgeQueueValue, "q", 999), (orthanc.AcknowledgeQueueValue, "q", 2),
        (orthanc.GetQueueSize, "q"), (orthanc.GetQueueSize, "never"), (orthanc.CreateKeysValuesIterator, "s"),
        (orthanc.EmitAuditLog, "a", "b", 1, "c", "d", None), (orthanc.LookupStudy, "1.2.3"),
        (orthanc.GetDicomForInstance, "nowhere"),
    ]  # fmt: skip
    return {
        f"{number} {call[0].__name__}{call[1:]}": outcome(*call) for number, call in enumerate(calls)
    }


def iteration() -> dict[str, list[str]]:
    """The iterator of a key-value store, step by step."""
    orthanc.StoreKeyValue("i", "b", "2")
    orthanc.StoreKeyValue("i", "a", b"1")
    iterator = orthanc.CreateKeysValuesIterator("i")
    steps = ("GetKey", "GetValue", "Next", "GetKey", "GetValue", "Next", "GetKey", "Next", "GetKey", "Next", "GetValue")
    return {f"{number} {step}": outcome(getattr(iterator, step)) for number, step in enumerate(steps)}


def registrations() -> dict[str, list[str]]:
    """Each registration, twice."""
    found: dict[str, list[str]] = {}
    for name, count in (
        ("RegisterFindCallback", 1), ("RegisterFindCallback2", 1), ("RegisterIncomingCStoreInstanceFilter", 1),
        ("RegisterMoveCallback", 1), ("RegisterMoveCallback2", 4), ("RegisterMoveCallback3", 4),
        ("RegisterOnStoredInstanceCallback", 1), ("RegisterReceivedInstanceCallback", 1),
        ("RegisterStorageCommitmentScpCallback", 2), ("RegisterStorageCommitmentScpCallback2", 2),
        ("RegisterWorklistCallback", 1), ("RegisterWorklistCallback2", 1), ("RegisterOnChangeCallback", 1),
    ):  # fmt: skip
        found[name] = outcome(getattr(orthanc, name), *[print] * count)
        found[f"{name}, again"] = outcome(getattr(orthanc, name), *[print] * count)
    return found


def tell(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    RUNNING.update({**database(), **iteration()})
    output.AnswerBuffer(json.dumps([LOADING, RUNNING]), "application/json")


# Before anything is registered.
LOADING.update({**wrong_calls(), **classes(), **conversions(), **database(), **registrations()})
orthanc.RegisterRestCallback("/tell", tell)
