"""Tests that call a real Orthanc, of all supported versions."""

from __future__ import annotations

from pathlib import Path

import pytest

# Without it, the asserts of the cases would not tell what they compared: only test_*.py and conftest.py are rewritten.
pytest.register_assert_rewrite(*(f"{__name__}.{file.stem}" for file in Path(__file__).parent.glob("*.py")))
