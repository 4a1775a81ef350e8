"""DICOM files, pictures and pixels of instances and series."""

from __future__ import annotations

import io

import numpy
import pydicom
import pytest

from orthanc_sdk import (
    Instance,
    InvalidArgument,
    NotAcceptable,
    NotFound,
    NotSupportedByServer,
    Orthanc,
    OrthancError,
    OrthancHTTPError,
    UnsupportedMediaType,
    raw_stream,
)
from orthanc_sdk.testing import to_bytes
from tests.resources.data import counted, new

IMPLICIT = "1.2.840.10008.1.2"


def test_the_file(client: Orthanc) -> None:
    tree = new(client)
    assert tree.instance.get_file() == tree.instance.get_dicom_file_content() == to_bytes(tree.datasets[0])
    if client.supports("1.12.2"):
        other = pydicom.dcmread(io.BytesIO(tree.instance.get_file(transcode=IMPLICIT)))
        assert other.file_meta.TransferSyntaxUID == IMPLICIT
    else:
        with pytest.raises(NotSupportedByServer):
            tree.instance.get_file(transcode=IMPLICIT)
    with pytest.raises(NotFound):
        Instance("nothing", client).get_pydicom()


def test_a_dataset(client: Orthanc) -> None:
    tree = new(client, PatientName="Doe^Jane")
    with counted(client) as sent:
        dataset = tree.instance.get_pydicom()
    assert len(sent) == 1
    assert (dataset.PatientName, dataset.Modality) == ("Doe^Jane", "MR")
    assert dataset.PixelData == tree.datasets[0].PixelData
    assert dataset == tree.datasets[0]
    assert dataset.file_meta.TransferSyntaxUID == tree.datasets[0].file_meta.TransferSyntaxUID


def test_a_dataset_without_pixels(client: Orthanc) -> None:
    tree = new(client, PatientName="Doe^Jane", PatientComments="x" * 9000)
    header = tree.instance.get_pydicom(stop_before_pixels=True)
    expected = tree.datasets[0].copy()
    del expected.PixelData
    assert header == expected
    assert "PixelData" not in header
    with pytest.raises(NotFound):
        Instance("nothing", client).get_pydicom(stop_before_pixels=True)


def test_pixels_are_not_transferred_for_a_header(client: Orthanc, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = new(client, rows=2000, columns=2000, PatientName="Doe^Jane").instance
    assert instance.file_size > 8_000_000
    read = list[int]()

    def watched(*arguments: object, **options: object) -> object:
        context = raw_stream(*arguments, **options)  # type: ignore[arg-type]  # as they came

        class Watched:
            def __enter__(self) -> Watched:
                response = context.__enter__()
                pieces = response.iter_content

                def counting(size: int) -> object:
                    for piece in pieces(size):
                        read.append(len(piece))
                        yield piece

                self.iter_content = counting
                return self

            def __exit__(self, *error: object) -> bool | None:
                return context.__exit__(*error)  # type: ignore[arg-type]

        return Watched()

    monkeypatch.setattr("orthanc_sdk.resources.instance.raw_stream", watched)
    assert instance.get_pydicom(stop_before_pixels=True).PatientName == "Doe^Jane"
    assert 0 < sum(read) < 200_000
    assert instance.get_pydicom().PatientName == "Doe^Jane"


def test_a_file_without_pixels(client: Orthanc) -> None:
    tree = new(client, pdf=True)
    assert tree.instance.get_pydicom(stop_before_pixels=True) == tree.datasets[0]
    assert tree.instance.get_pydicom().EncapsulatedDocument == tree.datasets[0].EncapsulatedDocument


# ---------------------------------------------------------------------------------------------------------------------
# Pictures
# ---------------------------------------------------------------------------------------------------------------------

SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG picture."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_pictures(client: Orthanc) -> None:
    instance = new(client, rows=12, columns=16).instance
    assert size_of(instance.preview()) == size_of(instance.rendered()) == (16, 12)
    for name, signature in SIGNATURES.items():
        assert instance.preview(format=name).startswith(signature)  # type: ignore[arg-type]
        assert instance.rendered(format=name).startswith(signature)  # type: ignore[arg-type]
    assert size_of(instance.rendered(width=8, height=8)) == (8, 6)
    dark = instance.rendered(window_center=1_000_000, window_width=1)
    assert dark != instance.rendered()
    with counted(client) as sent:
        for call in (instance.preview, instance.rendered):
            with pytest.raises(InvalidArgument, match="format must be"):
                call(format="gif")  # type: ignore[arg-type]
    assert len(sent) == 0


def test_pictures_of_frames(client: Orthanc) -> None:
    instance = new(client, modality="OT", frames=3).instance
    assert instance.frames == [0, 1, 2]
    assert instance.number_of_frames == 3
    assert len({instance.preview(frame) for frame in instance.frames}) == 3
    assert instance.preview() == instance.preview(0)
    for beyond in (3, 99):
        with pytest.raises(OrthancHTTPError):
            instance.preview(beyond)
    with pytest.raises(InvalidArgument):
        instance.preview(-1)


def test_there_is_no_picture_of_a_document(client: Orthanc) -> None:
    instance = new(client, pdf=True).instance
    with pytest.raises((UnsupportedMediaType, NotAcceptable, OrthancHTTPError)):
        instance.preview()


# ---------------------------------------------------------------------------------------------------------------------
# Pixels
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", ["MR", "CT", "OT"])
def test_pixels(client: Orthanc, modality: str) -> None:
    tree = new(client, rows=6, columns=10, modality=modality)
    dataset = tree.datasets[0]
    instance = tree.instance
    stored = instance.get_numpy(rescale=False)
    assert stored.shape == (1, 6, 10, 1)
    assert numpy.array_equal(stored[0, :, :, 0], dataset.pixel_array)
    assert stored.dtype == dataset.pixel_array.dtype
    one = instance.get_numpy(0, rescale=False)
    assert numpy.array_equal(one[:, :, 0], dataset.pixel_array)
    rescaled = instance.get_numpy()
    expected = dataset.pixel_array * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    assert numpy.allclose(rescaled[0, :, :, 0], expected)


def test_pixels_of_frames(client: Orthanc) -> None:
    tree = new(client, rows=4, columns=6, frames=3, modality="OT")
    expected = tree.datasets[0].pixel_array
    everything = tree.instance.get_numpy(rescale=False)
    assert everything.shape == (3, 4, 6, 1)
    assert numpy.array_equal(everything[..., 0], expected)
    for frame in range(3):
        assert numpy.array_equal(tree.instance.get_numpy(frame, rescale=False)[..., 0], expected[frame])
    with pytest.raises(OrthancHTTPError):
        tree.instance.get_numpy(3)


def test_pixels_of_a_series(client: Orthanc) -> None:
    tree = new(client, instances=3)
    everything = tree.series.get_numpy(rescale=False)
    assert everything.shape == (3, 8, 8, 1)
    assert {slice_.tobytes() for slice_ in everything} == {
        dataset.pixel_array.astype(everything.dtype).tobytes() for dataset in tree.datasets
    }
    assert tree.series.get_numpy().dtype.kind == "f"


def test_without_numpy_an_error_says_so(newest: Orthanc, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    instance = new(newest).instance
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(OrthancError, match="pip install numpy"):
        instance.get_numpy()
