"""The cases of what is in the pixel data: images, arrays, raw frames, and documents."""

from __future__ import annotations

import gzip
import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from orthanc_sdk import BadRequest, NotFound, ServerError, UnsupportedMediaType
from orthanc_sdk.testing import make_instance
from tests.live.levels import Call
from tests.live.registry import operation
from tests.live.world import World, upload

Pixels: TypeAlias = NDArray[Any]  # Any: of 8 or 16 bits, or floating point

PAM = "image/x-portable-arbitrarymap"


def pixels_of(dataset: Dataset, frame: int = 0) -> Pixels:
    """The pixels that were uploaded."""
    kind = np.dtype("<u2" if dataset.BitsAllocated == 16 else "u1")
    shape = (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)[: 2 if dataset.SamplesPerPixel == 1 else 3]
    size = int(np.prod(shape))
    return np.frombuffer(dataset.PixelData, kind, size, frame * size * kind.itemsize).reshape(shape)


def from_pam(content: bytes) -> Pixels:
    """The pixels of an image in the format that Orthanc writes without any compression."""
    head, _, body = content.partition(b"ENDHDR\n")
    fields = dict(line.split(b" ") for line in head.splitlines()[1:])
    kind = ">u2" if fields[b"MAXVAL"] == b"65535" else "u1"
    height, width, depth = (int(fields[name]) for name in (b"HEIGHT", b"WIDTH", b"DEPTH"))
    return np.frombuffer(body, kind).reshape((height, width) if depth == 1 else (height, width, depth))


def from_numpy(content: bytes, *, compressed: bool = False) -> Pixels:
    loaded = np.load(io.BytesIO(content))
    pixels: Pixels = loaded["arr_0"] if compressed else loaded
    return pixels


def same(left: Pixels, right: Pixels) -> bool:
    """The same but for how numbers were rounded."""
    return left.shape == right.shape and bool(np.abs(left.astype(float) - right.astype(float)).max() <= 1)


@dataclass(frozen=True)
class Frame:
    """A frame of an uploaded instance: how to ask about it, and what it has."""

    get: Call
    pixels: Pixels

    def image(self, **arguments: object) -> Pixels:
        return from_pam(self.get(accept=PAM, **arguments))


@dataclass(frozen=True)
class Frames:
    """What an operation is tried on."""

    wide: Frame
    """With 16 bits."""
    narrow: Frame
    """With 8 bits, and not the first one if the operation takes a number."""
    colour: Frame
    missing: Frame
    """Of an instance without pixel data."""


Run: TypeAlias = Callable[[Frames], None]


def of_frames(name: str) -> Callable[[Run], Run]:
    """Registers a function for the operation about the first frame, and for the one about a frame by its number."""

    def register(run: Run) -> Run:
        _register(f"get_instances_id_{name}", run)
        _register(f"get_instances_id_frames_frame_{name}", run, numbered=True)
        return run

    return register


def _register(method: str, run: Run, *, numbered: bool = False) -> None:
    @operation(method)
    def _(world: World) -> None:
        def frame(dataset: Dataset, number: int = 0) -> Frame:
            (id_,) = upload(world.client, [dataset]).instances
            call: Call = getattr(world.client, method)
            return Frame(
                partial(call, id_, number) if numbered else partial(call, id_),
                pixels_of(dataset, number) if "PixelData" in dataset else np.empty(0),
            )

        run(
            Frames(
                wide=frame(make_instance(PatientID="images")),
                narrow=frame(make_instance(PatientID="images", frames=3), 2 if numbered else 0),
                colour=frame(coloured()),
                missing=frame(make_instance(PatientID="images", pdf=True)),
            ),
        )


def coloured() -> Dataset:
    dataset = make_instance(PatientID="images", modality="OT", columns=3 * 8)
    dataset.Columns, dataset.SamplesPerPixel, dataset.PlanarConfiguration = 8, 3, 0
    dataset.PhotometricInterpretation = "RGB"
    return dataset


# -- Images -----------------------------------------------------------------------------------------------------------


def check_png(content: bytes, bits: int) -> None:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">IIB", content[16:25]) == (8, 8, bits)


def check_images(frames: Frames, bits: int) -> None:
    """The formats, and what comes if there is nothing to be seen."""
    check_png(frames.wide.get(), bits)
    assert frames.wide.get(accept="image/png") == frames.wide.get()
    if bits == 8:
        sizes = [len(frames.narrow.get(accept="image/jpeg", quality=quality)) for quality in (1, 50, 100)]
        assert sizes == sorted(set(sizes))
        assert frames.wide.get(accept="image/jpeg").startswith(b"\xff\xd8\xff")
    else:
        with pytest.raises(NotFound):
            frames.wide.get(accept="image/jpeg")
    with pytest.raises(UnsupportedMediaType):
        frames.wide.get(accept="image/jpeg", quality=0)

    with pytest.raises(UnsupportedMediaType):
        frames.missing.get()
    assert frames.missing.get(return_unsupported_image=True).startswith(b"\x89PNG")
    assert frames.wide.get(return_unsupported_image=True) == frames.wide.get()


def check_truncated(frames: Frames, largest: int) -> None:
    for frame in (frames.wide, frames.narrow):
        assert np.array_equal(frame.image(), np.minimum(frame.pixels.astype(int), largest))
    assert frames.wide.pixels.max() > 255
    with pytest.raises(UnsupportedMediaType):
        frames.colour.get()


@of_frames("preview")
def _(frames: Frames) -> None:
    check_images(frames, 8)
    for frame in (frames.wide, frames.narrow):
        lowest, highest = int(frame.pixels.min()), int(frame.pixels.max())
        assert same(frame.image(), (frame.pixels.astype(float) - lowest) / (highest - lowest) * 255)
    assert np.array_equal(frames.colour.image(), frames.colour.pixels)


@of_frames("rendered")
def _(frames: Frames) -> None:
    check_images(frames, 8)
    frame = frames.narrow
    assert same(frame.image(), frame.pixels)
    assert np.array_equal(frames.colour.image(), frames.colour.pixels)

    expected = np.clip((frame.pixels.astype(float) - (100.5 - 25)) / 50 * 255, 0, 255)
    windowed = frame.image(window_center=100.5, window_width=50)
    assert np.abs(windowed - expected).max() <= 255 / 50
    assert {0, 255} <= set(windowed.flat)

    larger = frame.image(width=16, smooth=False)
    assert np.array_equal(larger, frame.image().repeat(2, axis=0).repeat(2, axis=1))
    smaller = frame.image(width=4, height=16)
    assert smaller.shape == (4, 4)
    assert frame.image(height=4, smooth=False).shape == (4, 4)
    assert not np.array_equal(frame.image(height=4, smooth=True), frame.image(height=4, smooth=False))


@of_frames("image_uint8")
def _(frames: Frames) -> None:
    check_images(frames, 8)
    check_truncated(frames, 255)


@of_frames("image_uint16")
def _(frames: Frames) -> None:
    check_images(frames, 16)
    check_truncated(frames, 65535)


@of_frames("image_int16")
def _(frames: Frames) -> None:
    check_images(frames, 16)
    check_truncated(frames, 32767)


# -- Numbers ----------------------------------------------------------------------------------------------------------


@of_frames("matlab")
def _(frames: Frames) -> None:
    for frame in (frames.wide, frames.narrow):
        written = re.fullmatch(r"double\(\[(.*)\]\)", frame.get())
        assert written is not None
        rows = [[int(number) for number in row.split()] for row in written[1].split(";")]
        assert rows == frame.pixels.tolist()
    assert frames.colour.get().startswith(f"double(permute(reshape([ {frames.colour.pixels[0][0][0]} ")
    with pytest.raises(ServerError):
        frames.missing.get()


@of_frames("numpy")
def _(frames: Frames) -> None:
    several = "frames_frame" not in frames.wide.get.func.__name__  # type: ignore[attr-defined]  # it is a partial
    for frame in (frames.wide, frames.narrow, frames.colour):
        expected = frame.pixels if frame.pixels.ndim == 3 else frame.pixels[..., np.newaxis]
        for compress in (False, True):
            pixels = from_numpy(frame.get(compress=compress, rescale=False), compressed=compress)
            assert pixels.dtype == frame.pixels.dtype
            assert pixels.ndim == (4 if several else 3)
            assert np.array_equal(pixels[0] if several else pixels, expected)
        rescaled = from_numpy(frame.get(rescale=True))
        assert frame.get() == frame.get(rescale=True)
        assert rescaled.dtype == ("uint8" if frame is frames.colour else "float32")
        assert np.array_equal(rescaled[0] if several else rescaled, expected)
    if several:
        assert len(from_numpy(frames.narrow.get())) == 3
    with pytest.raises(ServerError):
        frames.missing.get()


@operation("get_series_id_numpy")
def _(world: World) -> None:
    tree = world.new_tree(instances=3, modality="CT")
    expected = np.stack([pixels_of(dataset) for dataset in tree.datasets])[..., np.newaxis]

    def get(*, compress: bool | None = None, rescale: bool | None = None) -> Pixels:
        content = world.client.get_series_id_numpy(tree.series[0], compress=compress, rescale=rescale)
        return from_numpy(content, compressed=bool(compress))

    for compress in (False, True):
        assert np.array_equal(get(compress=compress, rescale=False), expected)
    assert np.array_equal(get(), expected.astype("float32") - 1024)
    assert np.array_equal(get(rescale=True), get())


@operation("get_series_id_ordered_slices")
def _(world: World) -> None:
    tree = world.new_tree(instances=3)
    slices = world.client.get_series_id_ordered_slices(tree.series[0])
    assert not slices.model_extra
    assert slices.type == "Volume"
    assert slices.dicom == [f"/instances/{id_}/file" for id_ in tree.instances]
    assert slices.slices == [f"/instances/{id_}/frames/0" for id_ in tree.instances]
    assert slices.slices_short == [(id_, 0, 1) for id_ in tree.instances]

    tree = world.new_tree(frames=3)
    slices = world.client.get_series_id_ordered_slices(tree.series[0])
    assert slices.type == "Sequence"
    assert slices.slices == [f"/instances/{tree.instances[0]}/frames/{number}" for number in range(3)]
    assert slices.slices_short == [(tree.instances[0], 0, 3)]


# -- Frames as they are, and documents --------------------------------------------------------------------------------


@operation("get_instances_id_frames")
def _(world: World) -> None:
    assert world.client.get_instances_id_frames(world.tree.instances[0]) == [0]
    assert world.client.get_instances_id_frames(world.new_tree(frames=3).instances[0]) == [0, 1, 2]


@operation("get_instances_id_frames_frame")
def _(world: World) -> None:
    images = {"image-int16", "image-uint16", "image-uint8", "preview", "rendered"}
    routes = world.client.get_instances_id_frames_frame(world.tree.instances[0], 0)
    assert set(routes) == images | {"matlab", "numpy", "raw", "raw.gz"}


@operation("get_instances_id_frames_frame_raw")
def _(world: World) -> None:
    tree = world.new_tree(frames=3)
    for frame in range(3):
        content = world.client.get_instances_id_frames_frame_raw(tree.instances[0], frame)
        assert content == pixels_of(tree.datasets[0], frame).tobytes()
    with pytest.raises(BadRequest):
        world.client.get_instances_id_frames_frame_raw(tree.instances[0], 3)


@operation("get_instances_id_frames_frame_raw_gz")
def _(world: World) -> None:
    tree = world.new_tree(frames=3)
    for frame in range(3):
        content = world.client.get_instances_id_frames_frame_raw_gz(tree.instances[0], frame)
        assert gzip.decompress(content) == pixels_of(tree.datasets[0], frame).tobytes()


@operation("get_instances_id_pdf")
def _(world: World) -> None:
    for document in (b"%PDF-1.4\n%%EOF\n", b"%PDF-1.4\n%odd\n%%EOF"):
        assert world.client.get_instances_id_pdf(world.new_tree(pdf=document).instances[0]) == document
    # All versions take the last byte for padding if it does not end a line.
    assert world.client.get_instances_id_pdf(world.new_tree(pdf=b"%PDF-1.4").instances[0]) == b"%PDF-1."
    with pytest.raises(NotFound):
        world.client.get_instances_id_pdf(world.tree.instances[0])
