"""The results, as a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.contest import Figures


@dataclass(frozen=True)
class Target:
    """What a ratio should be.

    Attributes:
        of: Whose time.
        to: Is divided by whose.
        limit: What it must not be above; below, if `at_least`.
        at_least: Whether it should be large: how many times as fast.
    """

    of: str
    to: str
    limit: float
    at_least: bool = False

    def is_met(self, ratio: float) -> bool:
        """Whether this is what it should be."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def __str__(self) -> str:
        what = "times as fast as" if self.at_least else "times the time of"
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g} {what} {self.to}"


@dataclass(frozen=True)
class Result:
    """What came of one piece of work.

    Attributes:
        title: What was to be done.
        figures: What each took.
        targets: What should come out.
        most_grown: MB by which the first contender may grow; None if that is no target.
    """

    title: str
    figures: Mapping[str, Figures]
    targets: Sequence[Target]
    most_grown: float | None = None

    def lines(self) -> list[str]:
        """Rows of the table of targets."""
        lines = []
        for target in self.targets:
            slow, fast = (target.to, target.of) if target.at_least else (target.of, target.to)
            ratio = self.figures[slow].ratio(self.figures[fast])
            lines.append(f"| {self.title} | {target} | **{ratio:.2f}** | {yes(target.is_met(ratio))} |")
        if self.most_grown is not None:
            grown = next(iter(self.figures.values())).grown
            limit = f"memory at most {self.most_grown:g} MB above an idle client"
            lines.append(f"| {self.title} | {limit} | **{grown:.1f} MB** | {yes(grown <= self.most_grown)} |")
        return lines

    def details(self) -> list[str]:
        """Rows of the table of all figures."""
        first = next(iter(self.figures.values()))
        return [
            f"| {self.title} | {name} | {figures.seconds * 1000:,.0f} ms | {figures.ratio(first):.2f} |"
            f" {'' if figures.first is None else f'{figures.first * 1000:,.0f} ms'} | {figures.grown:.0f} MB |"
            for name, figures in self.figures.items()
        ]


def machine() -> str:
    """What it ran on, without names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores shared with the server, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def page(
    results: Sequence[Result],
    more_targets: Sequence[str],
    sections: Sequence[str],
    versions: Mapping[str, str],
    orthanc: str,
    rounds: int,
) -> str:
    """The page.

    Args:
        results: What came of the contests.
        more_targets: Rows of the table of targets that come from elsewhere.
        sections: More of the page.
        versions: Of all packages.
        orthanc: Version of the server.
        rounds: How often all was done.
    """
    compared = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "\n".join(
        [
            "# Results",
            "",
            f"Of {date.today():%Y-%m-%d}, by `make bench`: {rounds} rounds, medians of the ratios within a round.",  # noqa: DTZ011  # a day is enough
            f"Orthanc {orthanc} on the same machine ({machine()}); Python {platform.python_version()}; {compared}.",
            "",
            "The floor is the same work in requests written by hand. Each runs in a process of its own, in turn;",
            "imports and first requests are not counted. What only reads is done twice there: the second time counts.",
            "All find, store or write the same, or there are no results.",
            "",
            "## Targets",
            "",
            "| work | target | measured | met |",
            "|---|---|---|---|",
            *(line for result in results for line in result.lines()),
            *more_targets,
            "",
            "## All figures",
            "",
            "| work | by | median | times that of the first | first time in a process | memory grows by |",
            "|---|---|---|---|---|---|",
            *(line for result in results for line in result.details()),
            "",
            *sections,
        ]
    )


def write(text: str, path: Path) -> None:
    """Writes the page."""
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def yes(met: bool) -> str:
    """Whether a target is met, as it stands in the tables."""
    return "yes" if met else "**no**"
