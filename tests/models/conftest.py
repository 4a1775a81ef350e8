"""What the tests of the models share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.dicom.tag_samples import FORMATS


@pytest.fixture(params=FORMATS)
def written(request: pytest.FixtureRequest) -> Any:  # Any: so that what it writes can be given to any class
    """A function that writes simplified tags in one of the formats."""
    return FORMATS[request.param]
