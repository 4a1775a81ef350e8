"""Pixels as arrays of numpy, which is not among what this package needs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from orthanc_sdk.errors import OrthancError

if TYPE_CHECKING:
    import numpy


def load(content: bytes) -> numpy.ndarray[Any, Any]:  # Any: shape and type are those of the image
    """The array in a file of numpy.

    Raises:
        OrthancError: if numpy is not installed.
    """
    try:
        import numpy
    except ImportError as error:
        raise OrthancError("numpy is not installed: pip install numpy") from error
    array: numpy.ndarray[Any, Any] = numpy.load(io.BytesIO(content), allow_pickle=False)  # Any: as above
    return array
