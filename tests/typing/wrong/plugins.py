"""Plugin scripts that are mistakes: both checkers find each of them, and nothing else."""

from typing import Any, Unpack

import orthanc

from orthanc_sdk import plugin
from orthanc_sdk.testing import PluginHost


def calls(number: int, dicom: bytes, output: orthanc.RestOutput, image: orthanc.Image) -> None:
    orthanc.RestApiGet(uri="/studies")  # E: no keywords
    orthanc.RestApiGet()  # E: the address is missing
    orthanc.RestApiGet("/studies", "/series")  # E: too much
    orthanc.RestApiGet(b"/studies")  # E: text
    orthanc.RestApiGet(None)  # E: text
    orthanc.RestApiPost("/tools/find", {"Level": "Study"})  # E: JSON has to be written first
    orthanc.RestApiPost("/tools/find")  # E: the body is missing
    orthanc.RestApiGet("/studies").json()  # E: bytes
    orthanc.RestApiGet("/studies") + "text"  # E: bytes
    orthanc.RestApiDelete("/studies/a").decode()  # E: nothing
    orthanc.GetKeyValue("store", "key").decode()  # E: may be None
    orthanc.GetTagName("0010", 32, "")  # E: a number
    orthanc.CheckVersionAdvanced(1, 12, "10")  # E: a number
    orthanc.LookupDictionary("PatientID")["VR"]  # E: no such key
    orthanc.LookupStudyUid("1.2.3")  # E: no such function
    output.AnswerBuffer("text")  # E: the media type is missing
    output.AnswerBuffer(buffer=b"", mime_type="text/plain")  # E: no keywords
    output.SendHttpStatus("404", "text")  # E: a number
    output.AnswerText("text")  # E: no such method
    image.GetImageWidth().bit_length(number, number)  # E: of int
    orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 1, 1, 3, None)  # E: no None
    orthanc.CreateDicom("{}", dicom, orthanc.CreateDicomFlags.NONE)  # E: an image
    plugin.RestApiGet(uri="/studies")  # E: no keywords
    plugin.RestApiGet(5)  # E: text
    wrong: str = orthanc.RestApiGet("/system")  # E: bytes
    print(wrong)


def enumerations(dicom: bytes, instance: orthanc.DicomInstance) -> None:
    orthanc.BufferCompression(dicom, orthanc.ErrorCode.SUCCESS, 0)  # E: of another enumeration
    orthanc.BufferCompression(dicom, 1, 0)  # E: a number has no meaning
    orthanc.BufferCompression(dicom, "GZIP", 0)  # E: a name neither
    orthanc.CreateImage(orthanc.ImageFormat.PNG, 4, 4)  # E: of another enumeration
    orthanc.UncompressImage(dicom, orthanc.PixelFormat.RGB24)  # E: of another enumeration
    orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFlags.NONE, orthanc.DicomToJsonFormat.FULL, 0)  # E: the other way round
    orthanc.DicomBufferToJson(dicom, orthanc.DicomToJsonFormat.FULL, orthanc.CreateDicomFlags.NONE, 0)  # E: other flags
    orthanc.SetStableStatus("a", orthanc.StoreStatus.SUCCESS)  # E: of another enumeration
    orthanc.DequeueValue("queue", orthanc.StableStatus.STABLE)  # E: of another enumeration
    orthanc.ChangeType.NEW_STUDIES  # E: no such constant
    orthanc.ChangeType.NEW_STUDY.name  # E: a number, no member
    orthanc.ChangeType(6)  # E: makes no number
    orthanc.ChangeType.NEW_STUDY = orthanc.ChangeType.NEW_SERIES  # E: a constant
    origin: orthanc.ChangeType = instance.GetInstanceOrigin()  # E: of another enumeration
    print(origin)


def objects() -> None:
    orthanc.RestOutput()  # E: cannot be made
    orthanc.DicomInstance(b"")  # E: cannot be made
    orthanc.Job("a")  # E: cannot be made


class Output(orthanc.RestOutput):  # E: cannot be derived from
    pass


def too_few(output: orthanc.RestOutput) -> None: ...


def no_keywords(output: orthanc.RestOutput, uri: str) -> None: ...


def groups_as_dict(output: orthanc.RestOutput, uri: str, groups: dict[str, str], **request: Any) -> None: ...


def method_as_number(output: orthanc.RestOutput, uri: str, method: orthanc.HttpMethod, **request: Any) -> None: ...


def other_output(output: orthanc.FindAnswers, uri: str, **request: Any) -> None: ...


def change_of_two(change_type: orthanc.ChangeType, level: orthanc.ResourceType) -> None: ...


def change_swapped(level: orthanc.ResourceType, change_type: orthanc.ChangeType, resource_id: str) -> None: ...


def change_as_text(change_type: str, level: str, resource_id: str) -> None: ...


def stored_swapped(instance_id: str, instance: orthanc.DicomInstance) -> None: ...


def no_answer(uri: str, **request: Any) -> None: ...


def only_action(dicom: bytes, origin: int) -> orthanc.ReceivedInstanceAction:
    raise NotImplementedError


def action_as_number(dicom: bytes, origin: int) -> tuple[int, bytes | None]:
    raise NotImplementedError


def accept(instance: orthanc.DicomInstance) -> str:
    raise NotImplementedError


def worklist(answers: orthanc.WorklistAnswers, query: orthanc.FindQuery, issuer: str, called: str) -> None: ...


def positional(level: str, patient: str) -> None: ...


def start() -> str:
    raise NotImplementedError


def size(driver: int) -> int:
    raise NotImplementedError


def step(driver: str) -> None: ...


def move(**request: Any) -> str:
    raise NotImplementedError


def request_of_filter(output: orthanc.RestOutput, uri: str, **request: Unpack[plugin.FilterRequest]) -> None: ...


def registrations() -> None:
    orthanc.RegisterRestCallback("/a", too_few)  # E: the address is missing
    orthanc.RegisterRestCallback("/a", no_keywords)  # E: takes no request
    orthanc.RegisterRestCallback("/a", groups_as_dict)  # E: a tuple
    orthanc.RegisterRestCallback("/a", method_as_number)  # E: text
    orthanc.RegisterRestCallback("/a", other_output)  # E: of another class
    orthanc.RegisterRestCallback("/a", request_of_filter)  # E: the request of a filter
    orthanc.RegisterRestCallback(too_few)  # E: the route is missing
    orthanc.RegisterOnChangeCallback(change_of_two)  # E: three arguments
    orthanc.RegisterOnChangeCallback(change_swapped)  # E: in another order
    orthanc.RegisterOnChangeCallback(change_as_text)  # E: numbers
    orthanc.RegisterOnChangeCallback(None)  # E: cannot be called
    orthanc.RegisterOnStoredInstanceCallback(stored_swapped)  # E: in another order
    orthanc.RegisterIncomingHttpRequestFilter(no_answer)  # E: True or False
    orthanc.RegisterReceivedInstanceCallback(only_action)  # E: the file is missing
    orthanc.RegisterReceivedInstanceCallback(action_as_number)  # E: a constant
    orthanc.RegisterIncomingCStoreInstanceFilter(accept)  # E: a number
    orthanc.RegisterWorklistCallback(worklist)  # E: another query
    orthanc.RegisterMoveCallback(positional)  # E: keywords of other names
    orthanc.RegisterMoveCallback2(move, size, step, step)  # E: another driver
    orthanc.RegisterMoveCallback2(start, step, step, step)  # E: no keywords
    orthanc.RegisterRestCallback(callback=too_few, path_regular_expression="/a")  # E: no keywords


def tests(host: PluginHost) -> None:
    host.change(plugin.ResourceType.STUDY, plugin.ChangeType.NEW_STUDY, "a")  # E: the other way round
    host.change("StableStudy", "Study", "a")  # E: constants
    host.move(level="STUDY")  # E: Level
    host.get("/my").code  # E: status
    host.worklist(["A"])  # E: a file or tags
