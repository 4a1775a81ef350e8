"""What it costs to make models of the bytes of an answer, and whether that grows as the bytes do."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from benchmarks import data
from benchmarks.report import yes
from orthanc_sdk import models
from orthanc_sdk.errors.answer import Answer
from orthanc_sdk.http.readers import Json
from orthanc_sdk.testing import LocalOrthanc

_COUNTS: Final = (500, 5_000, 50_000)
_LIMIT: Final = 3.0
_LINEAR: Final = 1.3
"""By how much the time for one study may differ between the smallest and the largest answer."""


def measure(server: LocalOrthanc, rounds: int) -> tuple[Sequence[str], str]:
    """Rows of the table of targets, and a section with all figures."""
    data.put_studies(server.client, _COUNTS[0])
    real = server.client.request("GET", "/studies", params={"expand": True}).content
    reader = Json(lambda: list[models.StudyInfo])
    rows: list[str] = []
    ratios: dict[int, float] = {}
    each: dict[int, float] = {}
    for count in _COUNTS:
        content = _of(real, count)
        of_json: list[float] = []
        of_models: list[float] = []
        for number in range(2 * rounds + 1):
            pair = _seconds(json.loads, content), _seconds(lambda answer: reader.read(Answer(200, {}, answer)), content)
            if number > 0:
                of_json.append(pair[0])
                of_models.append(pair[1])
        ratios[count] = median(mine / its for mine, its in zip(of_models, of_json, strict=True))
        each[count] = min(of_models) / count
        rows.append(
            f"| {count:,} | {len(content) / 1e6:.1f} MB | {median(of_json) * 1000:.0f} ms |"
            f" {median(of_models) * 1000:.0f} ms | {ratios[count]:.2f} | {each[count] * 1e6:.1f} µs |"
        )
    ratio, growth = ratios[5_000], each[50_000] / each[500]
    title = "5,000 studies' information parsed to models"
    targets = [
        f"| {title} | at most {_LIMIT:g} times the time of `json.loads` | **{ratio:.2f}** | {yes(ratio <= _LIMIT)} |",
        f"| the same for 500 to 50,000 | linear: the time for each at most {_LINEAR} times that of 500 |"
        f" **{growth:.2f}** | {yes(growth <= _LINEAR)} |",
    ]
    head = [
        "## Parsing",
        "",
        "| studies | bytes | `json.loads` | models | ratio | for each study |",
        "|---|---|---|---|---|---|",
    ]
    return targets, "\n".join([*head, *rows, ""])


def _of(content: bytes, count: int) -> bytes:
    """An answer about that many studies, made of a real one: the same studies with other identifiers."""
    real = json.loads(content)
    return json.dumps(
        [
            {**real[number % len(real)], "ID": f"{number:08x}-{real[number % len(real)]['ID'][9:]}"}
            for number in range(count)
        ]
    ).encode()


def _seconds(parse: Callable[[bytes], object], content: bytes) -> float:
    gc.collect()
    started = time.perf_counter()
    found = parse(content)
    seconds = time.perf_counter() - started
    del found
    return seconds
