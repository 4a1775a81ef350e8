"""Ten minutes of answers and DICOM values as nobody sends them; `FUZZ_SECONDS` and `FUZZ_SEED` change that."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.hostile.fuzzing import Finding, fuzz, fuzz_values

SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", str(int(time.time()))))
CASES = 2000


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize(("what", "share"), [(fuzz, 0.7), (fuzz_values, 0.3)], ids=["answers", "values"])
def test_nothing_but_values_and_errors_of_this_package(
    what: Callable[[int, int], Iterator[Finding]], share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    end = time.monotonic() + SECONDS * share
    found: dict[str, Finding] = {}
    counts: Counter[str] = Counter()
    seed = FIRST_SEED
    while time.monotonic() < end or seed == FIRST_SEED:
        for finding in what(seed, CASES):
            counts[finding.what] += 1
            found.setdefault(finding.what, finding)
        seed += 1
    with capsys.disabled():
        print(f"\n{what.__name__}: {(seed - FIRST_SEED) * CASES:,} cases from seed {FIRST_SEED}, {len(found)} findings")
    assert not found, "\n".join(f"{counts[key]} x {finding}" for key, finding in found.items())
