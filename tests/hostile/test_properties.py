"""What is sent arrives as it is, whatever it is; what cannot be sent is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, time
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orthanc_sdk import InvalidArgument, Orthanc, Study, find_instances, models, upload
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from tests.http.fake_server import FakeServer, Reply, json_reply

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]), max_size=40)  # lone surrogates, too


def is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.usefixtures("patient")
def test_query_arguments_arrive_as_they_are() -> None:
    with FakeServer(json_reply("[]"), idle=5) as server, Orthanc(server.url) as client:

        @FEW
        @given(st.dictionaries(ANY.filter(bool), ANY, min_size=1, max_size=4))
        @example({"a": "&b=c", "=": "%26", "#": "?"})
        def check(params: dict[str, str]) -> None:
            sent = len(server.requests)
            if not all(is_unicode(text) for item in params.items() for text in item):
                with pytest.raises(InvalidArgument):
                    client.request("GET", "/x", params=params)
                assert len(server.requests) == sent
                return
            client.request("GET", "/x", params=params)
            assert server.requests[-1].path == "/x"
            query = parse_qsl(server.requests[-1].query, keep_blank_values=True, strict_parsing=True, errors="strict")
            assert query == list(params.items())

        check()
        assert len(server.requests) > 20


@pytest.mark.usefixtures("patient")
def test_names_of_files_arrive_as_they_are_or_not_at_all() -> None:
    """The one argument of typed routes that may be any text."""
    with FakeServer(Reply(200, b"x"), idle=5) as server, Orthanc(server.url) as client:

        @FEW
        @given(ANY)
        def check(filename: str) -> None:
            sent = len(server.requests)
            try:
                client.get_instances_id_file("i", filename=filename)
            except InvalidArgument:
                assert len(server.requests) == sent
                assert "&" in filename or not is_unicode(filename)
            else:
                query = parse_qsl(server.requests[-1].query, keep_blank_values=True, errors="strict")
                assert query == [("filename", filename)]

        check()
        assert len(server.requests) > 20


BODIES: dict[str, Callable[[bytes], object]] = {
    "bytes": lambda content: content,
    "file": io.BytesIO,
    "pieces": lambda content: [content[:3], b"", content[3:]],
    "view": memoryview,
}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", BODIES)
def test_any_bytes_arrive_as_they_are(kind: str) -> None:
    with FakeServer(Reply(200, b"{}"), idle=5) as server, Orthanc(server.url) as client:

        @FEW
        @given(st.binary(max_size=3000))
        def check(content: bytes) -> None:
            client.put_studies_id_attachments_name("s", "notes", BODIES[kind](content))  # type: ignore[arg-type]  # each is a body
            assert server.requests[-1].body == content

        check()
        assert len(server.requests) > 20


def test_any_bytes_can_be_given_to_an_upload() -> None:
    """What is no DICOM is not sent, and nothing raises."""
    stored = (
        '{"ID": "i", "Status": "Success", "Path": "/", "ParentPatient": "p", "ParentStudy": "s", "ParentSeries": "e"}'
    )
    with FakeServer(json_reply(stored)) as server, Orthanc(server.url) as client:

        @FEW
        @given(
            st.lists(
                st.one_of(st.binary(max_size=400), st.binary(max_size=99).map(lambda end: bytes(128) + b"DICM" + end))
            )
        )
        @example([b"PK\x03\x04" + bytes(30)])
        @example([b"\x1f\x8b" + bytes(30)])
        def check(contents: list[bytes]) -> None:
            before = len(server.requests)
            report = upload(client, contents, workers=1)
            assert len(report.files) == len(contents)
            sent = [request.body for request in server.requests[before:]]
            assert sent == [content for content, file in zip(contents, report.files, strict=True) if file.is_stored]
            for content in sent:
                assert b"DICM" in content or content[:1] < b"\x10"

        check()
        assert len(server.requests) > 20


def test_attachments_and_metadata_of_a_real_server(server: LocalOrthanc) -> None:
    client = server.reset().client
    study = Study(upload(client, [to_bytes(make_instance())]).files[0].study_id or "", client)

    @FEW
    @given(st.binary(max_size=2000), st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
    @example(b"", "")
    @example(b"\0\r\n", "\0\r\n\x1b")
    def check(content: bytes, text: str) -> None:
        study.attachments["1030"].write(content)
        assert study.attachments["1030"].read() == content
        study.metadata["1030"] = text
        assert study.metadata["1030"] == text
        study.attachments["1030"].delete()
        del study.metadata["1030"]

    check()


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\\^=*?"), max_size=12)


def test_values_survive_a_real_server(server: LocalOrthanc) -> None:
    """Written with pydicom, stored by Orthanc, read as a main tag: the same text, the same date."""
    client = server.reset().client

    @settings(FEW, max_examples=15)
    @given(st.lists(LETTERS, min_size=1, max_size=5), st.dates(min_value=date(1000, 1, 1)), st.times())
    def check(parts: list[str], day: date, clock: time) -> None:
        name = "^".join(parts).rstrip("^")
        instance = make_instance(
            SpecificCharacterSet="ISO_IR 192",
            PatientName=name,
            StudyDate=day,
            StudyTime=clock,
            StudyDescription=name[:60],
        )
        (stored,) = upload(client, [to_bytes(instance)])
        info = client.get_studies_id(stored.series.study.id)
        assert (info.patient_main_dicom_tags.patient_name or "") == name
        assert (info.main_dicom_tags.study_description or "") == name[:60]
        assert (info.main_dicom_tags.study_date, info.main_dicom_tags.study_time) == (day, clock)
        assert models.StudyInfo.model_validate(info.model_dump(mode="json", by_alias=True, exclude_unset=True)) == info
        (found,) = find_instances(client, query={"SOPInstanceUID": str(instance.SOPInstanceUID)})
        assert found == stored

    check()
