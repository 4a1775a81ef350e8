"""What importing costs, in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from benchmarks.report import yes

_IMPORTS: Final = {
    "import requests, pydicom": "import requests, pydicom",
    "import orthanc_sdk": "import orthanc_sdk",
    "... and Orthanc(...) made": "import orthanc_sdk; orthanc_sdk.Orthanc('http://localhost')",
    "... and its resources, upload and models loaded": (
        "import orthanc_sdk; orthanc_sdk.Orthanc('http://localhost'); orthanc_sdk.upload; orthanc_sdk.find_patients;"
        " orthanc_sdk.models.StudyInfo"
    ),
}
_SCRIPT: Final = """
import json, sys, time
started = time.perf_counter()
exec(sys.argv[1])
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "pydicom": "pydicom" in sys.modules}))
"""
_LIMIT: Final = 0.5


def measure(rounds: int) -> tuple[Sequence[str], str]:
    """A row of the table of targets, and a section with all figures."""
    seconds: Mapping[str, list[float]] = {name: [] for name in _IMPORTS}
    loaded: set[str] = set()
    for number in range(3 * rounds + 1):
        for name, code in _IMPORTS.items():
            done = subprocess.run([sys.executable, "-c", _SCRIPT, code], check=True, capture_output=True, text=True)
            result = json.loads(done.stdout)
            if number > 0:
                seconds[name].append(result["seconds"])
            if result["pydicom"]:
                loaded.add(name)
    base, ours, *_ = _IMPORTS
    ratios = {name: median(a / b for a, b in zip(all_, seconds[base], strict=True)) for name, all_ in seconds.items()}
    met = ratios[ours] <= _LIMIT and not loaded - {base}
    row = (
        f"| `{ours}` | at most {_LIMIT} times the time of `{base}`, and pydicom not loaded |"
        f" **{ratios[ours]:.2f}**{'' if not loaded - {base} else ', pydicom loaded'} | {yes(met)} |"
    )
    rows = [
        f"| `{name}` | {median(all_) * 1000:.0f} ms | {ratios[name]:.2f} | {'yes' if name in loaded else 'no'} |"
        for name, all_ in seconds.items()
    ]
    head = ["## Imports", "", "| what | median | ratio | pydicom loaded |", "|---|---|---|---|"]
    return [row], "\n".join([*head, *rows, ""])
