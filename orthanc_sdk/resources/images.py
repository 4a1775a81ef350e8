"""Instances as pictures and arrays of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.resources.base import Resource

if TYPE_CHECKING:
    import numpy

    from orthanc_sdk import models  # noqa: F401  # in the types of the base, which are written as text


class InstanceImages(Resource["models.InstanceInfo", "models.InstanceTags"]):
    """What an instance shows: a part of :class:`orthanc_sdk.Instance`."""

    @property
    def frames(self) -> list[int]:
        """The numbers of the frames."""
        return self._client.get_instances_id_frames(self._id)

    def preview(self, frame: int = 0, *, format: Literal["png", "jpeg"] = "png") -> bytes:  # noqa: A002  # as in Pillow
        """A frame as a picture, stretched to the full range of grey."""
        return self._client.get_instances_id_frames_frame_preview(self._id, frame, accept=_mime(format))

    def rendered(
        self,
        frame: int = 0,
        *,
        format: Literal["png", "jpeg"] = "png",  # noqa: A002  # as in Pillow
        window_center: float | None = None,
        window_width: float | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> bytes:
        """A frame as a picture, through a window of grey values and scaled into a box of pixels."""
        return self._client.get_instances_id_frames_frame_rendered(
            self._id,
            frame,
            accept=_mime(format),
            window_center=window_center,
            window_width=window_width,
            width=width,
            height=height,
        )

    def get_numpy(
        self, frame: int | None = None, *, rescale: bool = True
    ) -> numpy.ndarray[Any, Any]:  # Any: shape and type are those of the image
        """The pixels, decoded by the server; needs numpy.

        Args:
            frame: Number of a frame; all of them by default.
            rescale: Apply rescale slope and intercept, which gives floats.

        Returns:
            An array of frames, rows, columns and, of colour images, channels; without frames if one is asked for.
        """
        from orthanc_sdk.resources.pixels import load

        if frame is None:
            return load(self._client.get_instances_id_numpy(self._id, rescale=rescale, timeout=None))
        return load(self._client.get_instances_id_frames_frame_numpy(self._id, frame, rescale=rescale, timeout=None))


def _mime(format_: str) -> Literal["image/png", "image/jpeg"]:
    if format_ not in ("png", "jpeg"):
        raise InvalidArgument(f"format must be 'png' or 'jpeg', not {format_!r}")
    return "image/png" if format_ == "png" else "image/jpeg"
