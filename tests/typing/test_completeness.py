"""Everything that is public has a known type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.builds import Environment
from tests.typing import checkers

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("package", "at_least"), [("orthanc_sdk", 1000), ("orthanc_models", 1500)])
def test_the_type_of_everything_public_is_known(
    package: str, at_least: int, with_pytest: Environment, tmp_path: Path
) -> None:
    report = checkers.type_completeness(package, tmp_path, with_pytest)
    unknown = {
        symbol["name"]: [problem["message"] for problem in symbol["diagnostics"]]
        for symbol in report["symbols"]
        if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]
    }
    assert unknown == {}
    assert report["completenessScore"] == 1
    assert report["exportedSymbolCounts"]["withKnownType"] >= at_least
    assert Path(report["pyTypedPath"]).is_relative_to(with_pytest.folder)
