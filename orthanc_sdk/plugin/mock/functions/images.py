"""Images in memory, and PNG files."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from orthanc_sdk.plugin.mock.handles import OrthancException, make
from orthanc_sdk.plugin.mock.registry import implements, internal_error
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

_BYTES_PER_PIXEL = {
    "GRAYSCALE8": 1, "GRAYSCALE16": 2, "SIGNED_GRAYSCALE16": 2, "RGB24": 3, "RGBA32": 4, "RGB48": 6,
    "GRAYSCALE32": 4, "FLOAT32": 4, "BGRA32": 4, "GRAYSCALE64": 8,
}  # fmt: skip
_FORMATS = {ENUMERATIONS["PixelFormat"][name] for name in _BYTES_PER_PIXEL}
_PNG = {
    "GRAYSCALE8": (8, 0),
    "GRAYSCALE16": (16, 0),
    "SIGNED_GRAYSCALE16": (16, 0),
    "RGB24": (8, 2),
    "RGBA32": (8, 6),
}
"""Bit depth and colour type in a PNG file."""


@dataclass
class Pixels:
    """An image: rows of pixels without padding."""

    format: int
    width: int
    height: int
    data: bytes


def _name(pixel_format: int) -> str:
    for name, number in ENUMERATIONS["PixelFormat"].items():
        if number == pixel_format and name in _BYTES_PER_PIXEL:
            return name
    raise internal_error()


def _rows(pixel_format: int, width: int, height: int, pitch: int, buffer: bytes) -> bytes:
    row = width * _BYTES_PER_PIXEL[_name(pixel_format)]
    return b"".join(buffer[line * pitch : line * pitch + row] for line in range(height))


@implements("CreateImage")
def create_image(pixel_format: int, width: int, height: int) -> object:
    """The pixels of a real image are not initialized; here they are 0."""
    return make(
        "Image", Pixels(pixel_format, width, height, bytes(width * height * _BYTES_PER_PIXEL[_name(pixel_format)]))
    )


@implements("CreateImageFromBuffer")
def create_image_from_buffer(pixel_format: int, width: int, height: int, pitch: int, buffer: bytes) -> object:
    if len(buffer) != height * pitch:
        raise TypeError("The size of the memory buffer must match the product of height by pitch")
    if pixel_format not in _FORMATS:
        raise ValueError("Cannot create the image")
    return make("Image", Pixels(pixel_format, width, height, _rows(pixel_format, width, height, pitch, buffer)))


@implements("Image.GetImageWidth")
def get_image_width(image: Pixels) -> int:
    return image.width


@implements("Image.GetImageHeight")
def get_image_height(image: Pixels) -> int:
    return image.height


@implements("Image.GetImagePitch")
def get_image_pitch(image: Pixels) -> int:
    return image.width * _BYTES_PER_PIXEL[_name(image.format)]


@implements("Image.GetImagePixelFormat")
def get_image_pixel_format(image: Pixels) -> int:
    return image.format


@implements("Image.GetImageBuffer")
def get_image_buffer(image: Pixels) -> bytes:
    return image.data


@implements("CompressPngImage")
def compress_png_image(pixel_format: int, width: int, height: int, pitch: int, buffer: bytes | None) -> bytes:
    return png(pixel_format, width, height, pitch, buffer or b"")


def png(pixel_format: int, width: int, height: int, pitch: int, buffer: bytes) -> bytes:
    """The PNG file of raw pixels.

    Raises:
        OrthancException: The format does not exist, or PNG does not support it.
    """
    if pixel_format not in _FORMATS:
        raise OrthancException(3, "Parameter out of range")
    name = _name(pixel_format)
    if name not in _PNG:
        raise OrthancException(2, "Not implemented yet")
    bits, colours = _PNG[name]
    row = width * _BYTES_PER_PIXEL[name]
    data = _rows(pixel_format, width, height, pitch, buffer)
    if bits == 16:  # big-endian in the file
        data = b"".join(data[start + 1 : start + 2] + data[start : start + 1] for start in range(0, len(data), 2))
    lines = b"".join(b"\0" + data[line * row : (line + 1) * row] for line in range(height))
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
