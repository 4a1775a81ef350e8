from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, get_args

import pydicom
import pytest

from orthanc_sdk.testing import (
    Alphabet,
    LocalOrthanc,
    make_instance,
    make_studies,
    make_study,
    pydicom_test_files,
    to_bytes,
)
from tests.testing.rest import get, rest

ALPHABETS: tuple[Alphabet, ...] = get_args(Alphabet)


@pytest.fixture(scope="module", params=["1.10", "1.13"])
def server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    with LocalOrthanc(request.param) as server:
        yield server


def read(content: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(content))


def test_a_seed_makes_the_same_bytes_each_time() -> None:
    variants: list[dict[str, Any]] = [{}, {"frames": 3}, {"pdf": True}, {"modality": "CT"}]
    for options in variants:
        first, second = (to_bytes(make_instance(seed="x", **options)) for _ in range(2))
        assert first == second
        assert first != to_bytes(make_instance(seed="y", **options))


def test_without_a_seed_everything_is_new() -> None:
    first, second = make_instance(), make_instance()
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert first[keyword].value != second[keyword].value


def test_what_is_written_can_be_read_without_a_warning() -> None:
    for instance in make_study(series=3, instances=2):
        again = read(to_bytes(instance))
        assert again.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert again.file_meta.MediaStorageSOPInstanceUID == again.SOPInstanceUID
        assert pydicom.uid.UID(again.SOPInstanceUID).is_valid
        assert len(again.PixelData) == again.Rows * again.Columns * again.BitsAllocated // 8
        assert again.pixel_array.shape == (8, 8)


def test_the_levels_fit_together() -> None:
    made = list(make_studies(patients=2, studies=2, series=3, instances=2, seed=1))
    assert len(made) == 24
    assert len({one.PatientID for one in made}) == 2
    assert len({one.StudyInstanceUID for one in made}) == 4
    assert len({one.AccessionNumber for one in made}) == 4
    assert len({one.SeriesInstanceUID for one in made}) == 12
    assert len({one.SOPInstanceUID for one in made}) == 24
    assert {one.Modality for one in made} == {"MR", "CT", "OT"}
    for keyword in ("PatientName", "PatientBirthDate", "PatientSex"):
        assert len({(one.PatientID, str(one[keyword].value)) for one in made}) == 2
    # More series do not change the ones that were there.
    fewer = {one.SOPInstanceUID for one in make_studies(patients=2, studies=2, series=1, instances=1, seed=1)}
    assert fewer < {one.SOPInstanceUID for one in made}


def test_one_study_is_one_study() -> None:
    assert len({one.StudyInstanceUID for one in make_study(series=2, instances=2)}) == 1


def test_tags_replace_what_is_made_up_and_none_leaves_it_out() -> None:
    made = make_instance(PatientName="Some^One", StudyDate="20200229", AccessionNumber=None, PatientAge="042Y")
    assert (made.PatientName, made.StudyDate, made.PatientAge) == ("Some^One", "20200229", "042Y")
    assert "AccessionNumber" not in made
    made = make_instance(SOPInstanceUID="1.2.3")
    assert made.file_meta.MediaStorageSOPInstanceUID == "1.2.3"
    with pytest.raises(TypeError, match="'PatientNam' is neither an argument nor"):
        make_instance(PatientNam="typo")


def test_a_server_stores_all_that_is_made(server: LocalOrthanc) -> None:
    made = [
        *make_studies(patients=2, studies=1, series=3, instances=2),
        make_instance(pdf=True),
        make_instance(pdf=b"%PDF-odd"),
        make_instance(frames=5, rows=3, columns=3),
        make_instance(rows=64, columns=32),
    ]
    for instance in made:
        content = to_bytes(instance)
        stored = rest(server, "POST", "/instances", data=content).json()
        assert stored["Status"] == "Success"
        path = f"/instances/{stored['ID']}"
        assert rest(server, "GET", path + "/file").content == content
        tags = get(server, path + "/simplified-tags")
        assert tags["PatientID"] == instance.PatientID
        if "PixelData" in instance:
            assert rest(server, "GET", path + "/preview").headers["Content-Type"] == "image/png"
            assert len(get(server, path + "/frames")) == int(instance.get("NumberOfFrames", 1))
        else:
            assert rest(server, "GET", path + "/pdf").content.startswith(b"%PDF-")


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_names_in_any_alphabet_arrive(server: LocalOrthanc, alphabet: Alphabet) -> None:
    made = make_instance(alphabet=alphabet)
    assert str(read(to_bytes(made)).PatientName) == str(made.PatientName)
    stored = rest(server, "POST", "/instances", data=to_bytes(made)).json()
    tags = get(server, f"/patients/{stored['ParentPatient']}")["MainDicomTags"]
    assert tags["PatientName"] == str(made.PatientName)
    if alphabet != "ascii":
        assert not tags["PatientName"].isascii()
    rest(server, "DELETE", f"/patients/{stored['ParentPatient']}")


def test_the_slices_of_a_series_are_in_order(server: LocalOrthanc) -> None:
    stored = [rest(server, "POST", "/instances", data=to_bytes(one)).json() for one in make_study(instances=3)]
    slices = get(server, f"/series/{stored[0]['ParentSeries']}/ordered-slices")
    assert slices["Type"] == "Volume"
    assert [path.split("/")[2] for path in slices["Dicom"]] == [one["ID"] for one in stored]


def test_a_server_stores_all_files_of_pydicom(server: LocalOrthanc) -> None:
    files = pydicom_test_files()
    assert len(files) > 100
    assert len({read(path.read_bytes()).file_meta.TransferSyntaxUID for path in files if path.stat().st_size}) > 10
    for path in files:
        status = rest(server, "POST", "/instances", data=path.read_bytes()).json()["Status"]
        assert status in ("Success", "AlreadyStored"), path
