"""Calls functions of the module in many ways, and tells what came of it: for the real module and for the mock alike.

It runs in the Python of a server, which has nothing of this project.
"""

import json
import re
from collections.abc import Callable
from typing import Any  # the values are whatever the module gives

import orthanc

module: Any = orthanc  # called wrongly on purpose

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


def takes_attributes(thing: Any) -> bool:
    """The text of the error is that of a version of Python."""
    try:
        thing.x = 1
    except AttributeError:
        return False
    return True


def wrong_calls() -> dict[str, list[str]]:
    """What each function says to keywords, and to a wrong number and to wrong types of arguments."""
    found: dict[str, list[str]] = {}
    for name in sorted(dir(module)):
        function = getattr(module, name)
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
    for name in sorted(dir(module)):
        class_ = getattr(module, name)
        if name.startswith("_") or not isinstance(class_, type):
            continue
        numbers = {key: value for key, value in vars(class_).items() if isinstance(value, int)}
        methods = sorted(key for key in vars(class_) if key not in numbers and not key.startswith("_"))
        found[name] = [
            json.dumps(numbers, sort_keys=True),
            *methods,
            class_.__module__,
            class_.__qualname__,
            repr(class_),
        ]
        found[f"{name}()"] = outcome(class_)
        found[f"{name}(x=1)"] = outcome(class_, x=1)
        if name != "OrthancException":
            found[f"class X({name})"] = outcome(type, "X", (class_,), {})
            found[f"{name}.x = 1"] = outcome(setattr, class_, "x", 1)
    return found


def conversions() -> dict[str, list[str]]:
    """Which values are taken for which types."""
    md5, compress, size = module.ComputeMd5, module.BufferCompression, module.GetTagName
    image = module.CreateImageFromBuffer
    calls: dict[str, tuple[Any, ...]] = {
        "text None": (module.LogInfo, None), "text bytes": (module.LogInfo, b"a"), "text NUL": (module.LogInfo, "\0"),
        "text surrogate": (module.LogInfo, "\udc80"), "text": (module.LogInfo, "é"),
        "number float": (size, 16.0, 32, ""), "number text": (size, "16", 32, ""), "number": (size, 16, 32, ""),
        "number index": (size, 8, Indexed(), ""), "number big": (size, 0x10010, 32, ""), "unknown": (size, 9, 1, ""),
        "data text": (md5, "é"), "data bytes": (md5, b"hello"), "data None": (md5, None), "data int": (md5, 5),
        "data bytearray": (md5, bytearray(b"hello")), "data view": (md5, memoryview(b"hello")),
        "data strides": (md5, memoryview(b"hello")[::2]), "data list": (md5, [1]),
        "sha1": (module.ComputeSha1, b"hello"),
        "byte big": (compress, b"hello", 0, 256), "byte negative": (compress, b"hello", 0, -1),
        "enumeration None": (compress, b"a", None, 0), "enumeration float": (compress, b"a", 1.0, 0),
        "enumeration unknown": (compress, b"a", 77, 0), "nothing to do": (compress, b"hello", 4, 0),
        "uncompress": (compress, compress(b"hello", 0, 0), 0, 1), "not compressed": (compress, b"hello", 0, True),
        "uncompress gzip": (compress, compress(b"hello", 2, 0), 2, 1), "compress None": (compress, None, 0, 0),
        "uncompress size": (compress, compress(b"hello", 1, 0), 1, 1), "size": (lambda: compress(b"hello", 3, 0)[:8],),
        "float int": (module.SetMetricsValue, "a", 1, 0), "float text": (module.SetMetricsValue, "a", "1", 0),
        "json": (module.AutodetectMimeType, "a.json"), "dcm": (module.AutodetectMimeType, "/x/a.dcm"),
        "no type": (module.AutodetectMimeType, "abc"), "upper": (module.AutodetectMimeType, "a.HTML"),
        "error 123456": (module.GetErrorDescription, 123456),
        "no file": (module.ReadFile, "/nowhere"), "no folder": (module.WriteFile, "/nowhere/a", b"a"),
        "buffer": (lambda: image(1, 2, 2, 2, b"abcd").GetImageBuffer(),), "short": (image, 1, 2, 2, 2, b"abc"),
        "pitch": (lambda: image(1, 2, 2, 3, b"ab_cd_").GetImageBuffer(),), "None": (image, 1, 2, 2, 2, None),
        "bytes per row": (lambda: image(4, 2, 1, 6, b"abcdef").GetImagePitch(),),
        "no format": (module.CreateImage, 99, 2, 2), "no format of a buffer": (image, 99, 2, 2, 2, b"abcd"),
        "unknown format": (module.CreateImage, 6, 2, 2),
        "image keyword": (lambda: image(1, 2, 2, 2, b"abcd").ConvertPixelFormat(target_format=4),),
        "image nothing": (lambda: image(1, 2, 2, 2, b"abcd").ConvertPixelFormat(),),
        "image too much": (lambda: image(1, 2, 2, 2, b"abcd").GetImageWidth(1),),
        "image attribute": (takes_attributes, image(1, 2, 2, 2, b"abcd")),
        "exception": (lambda: module.OrthancException(5, "x").args,),
        "RegisterRestCallback int": (module.RegisterRestCallback, 5, print),
        "dictionary": (module.LookupDictionary, "Nope"),
    }  # fmt: skip
    for form in range(12):
        calls[f"PNG {form}"] = (lambda form=form: module.CompressPngImage(form, 2, 2, 16, bytes(32))[:8],)
    for name in ("PatientID", "0010,0020", "00100020", "ImageType", "PixelSpacing", "PixelData", "LongCodeValue"):
        calls[f"dictionary {name}"] = (module.LookupDictionary, name)
    return {name: outcome(*call) for name, call in calls.items()}


TAGS = {
    "PatientID": "A", "PatientName": "Doe^Jane", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "1.2.3.4",
    "StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "ImageType": "ORIGINAL\\PRIMARY", "Rows": "2",
    "PixelSpacing": "0.50\\0.5", "StudyDate": "20200131", "0008,1030": "Thorax", "AccessionNumber": "",
    "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2.3"}, {"ReferencedSOPInstanceUID": "1.2.4"}],
}  # fmt: skip


def dicom() -> dict[str, list[str]]:
    """DICOM files in memory."""
    file = module.CreateDicom(json.dumps(TAGS), None, module.CreateDicomFlags.NONE)
    instance = module.CreateDicomInstance(file)
    found = {
        "an object": outcome(lambda: instance), "garbage": outcome(module.DicomBufferToJson, b"garbage", 1, 0, 0),
        "unknown format": outcome(module.DicomBufferToJson, file, 99, 0, 0), "size": outcome(lambda: len(file) > 132),
        "unknown tag": outcome(module.CreateDicom, '{"Nope": "1"}', None, 0),
        "the same file": outcome(lambda: instance.GetInstanceData() == file == instance.SerializeDicomInstance()),
        "the same size": outcome(lambda: instance.GetInstanceSize() == len(file)),
        "no JSON": outcome(module.CreateDicom, "{", None, 0), "a list": outcome(module.CreateDicom, "[]", None, 0),
    }  # fmt: skip
    for form in (module.DicomToJsonFormat.FULL, module.DicomToJsonFormat.SHORT, module.DicomToJsonFormat.HUMAN):
        found[f"format {form}"] = outcome(lambda form=form: json.loads(module.DicomBufferToJson(file, form, 0, 0)))
    for name in ("GetInstanceJson", "GetInstanceSimplifiedJson"):
        found[name] = outcome(lambda name=name: json.loads(getattr(instance, name)()))
    for name in (
        "GetInstanceFramesCount", "GetInstanceOrigin", "GetInstanceRemoteAet", "GetInstanceTransferSyntaxUid",
        "HasInstancePixelData",
    ):  # fmt: skip
        found[name] = outcome(getattr(instance, name))
    found["GetInstanceMetadata"] = outcome(instance.GetInstanceMetadata, "x")
    found["HasInstanceMetadata"] = outcome(instance.HasInstanceMetadata, "x")
    return found


QUERIES = (
    {"PatientID": "A"}, {"PatientID": "a"}, {"PatientID": "B"}, {"PatientID": "*"}, {"PatientID": "?"},
    {"PatientID": ""},
    {"PatientName": "doe*"}, {"PatientName": "DOE^JANE"}, {"PatientName": "X*"}, {"StudyDate": "20200101-20200201"},
    {"StudyDate": "-20200130"}, {"StudyDate": "20200131-"}, {"StudyInstanceUID": "1.1\\1.2"}, {"ImageType": "PRIMARY"},
    {"StudyDescription": "thorax"}, {"StudyDescription": "T?orax"}, {"AccessionNumber": "1"}, {"AccessionNumber": "*"},
    {"ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2.4"}]}, {"BodyPartExamined": "CHEST"},
    {"ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2.5"}]}, {"PatientID": "A", "PatientName": "X"},
    {"BodyPartExamined": ""}, {"BodyPartExamined": "*"},
)  # fmt: skip


def matching() -> dict[str, list[str]]:
    """Which queries match a file."""
    found: dict[str, list[str]] = {}
    file = module.CreateDicom(json.dumps(TAGS), None, 0)
    for query in QUERIES:
        matcher = module.CreateFindMatcher(module.CreateDicom(json.dumps(query), None, 0))
        found[str(query)] = outcome(matcher.IsMatch, file)
    return found


def database() -> dict[str, list[str]]:
    """What needs the database, in this order."""
    calls: list[tuple[Any, ...]] = [
        (module.RestApiGet, "/nowhere"), (module.RestApiGet, "nowhere"), (module.RestApiDelete, "/nowhere"),
        (module.GetKeyValue, "s", "k"), (module.StoreKeyValue, "s", "k", "v"), (module.GetKeyValue, "s", "k"),
        (module.StoreKeyValue, "s", "n", None), (module.DeleteKeyValue, "s", "nothing"),
        (module.GetGlobalProperty, 1024, "d"), (module.SetGlobalProperty, 1024, "v"),
        (module.GetGlobalProperty, 1024, "d"), (module.SetGlobalProperty, 5, "v"),
        (module.DequeueValue, "q", 0), (module.EnqueueValue, "q", "a"), (module.EnqueueValue, "q", b"b"),
        (module.EnqueueValue, "q", b"c"), (module.GetQueueSize, "q"), (module.DequeueValue, "q", 1),
        (module.DequeueValue, "q", 0), (module.DequeueValue, "q", 9), (module.ReserveQueueValue, "q", 0, 10),
        (module.ReserveQueueValue, "q", 0, 10), (module.GetQueueSize, "q"), (module.DequeueValue, "q", 0),
        (module.AcknowledgeQueueValue, "q", 999), (module.AcknowledgeQueueValue, "q", 2),
        (module.GetQueueSize, "q"), (module.GetQueueSize, "never"), (module.CreateKeysValuesIterator, "s"),
        (module.EmitAuditLog, "a", "b", 1, "c", "d", None), (module.LookupStudy, "1.2.3"),
        (module.GetDicomForInstance, "nowhere"),
    ]  # fmt: skip
    return {f"{number} {call[0].__name__}{call[1:]}": outcome(*call) for number, call in enumerate(calls)}


def iteration() -> dict[str, list[str]]:
    """The iterator of a key-value store, step by step."""
    module.StoreKeyValue("i", "b", "2")
    module.StoreKeyValue("i", "a", b"1")
    iterator = module.CreateKeysValuesIterator("i")
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
        ("RegisterStorageArea", 3), ("RegisterStorageArea3", 3),
    ):  # fmt: skip
        found[name] = outcome(getattr(module, name), *[print] * count)
        found[f"{name}, again"] = outcome(getattr(module, name), *[print] * count)
    return found


def tell(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    RUNNING.update({**database(), **iteration()})
    output.AnswerBuffer(json.dumps([LOADING, RUNNING]), "application/json")


# Before anything is registered.
LOADING.update(
    {**wrong_calls(), **classes(), **conversions(), **database(), **registrations(), **dicom(), **matching()}
)
module.RegisterRestCallback("/tell", tell)
