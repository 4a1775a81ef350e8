"""Runs the benchmarks: ``python -m benchmarks [ROW ...] [--rounds N] [--quick]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import environments, growth, imports, parsing
from benchmarks.report import page, write
from benchmarks.rows import ROWS
from orthanc_sdk.testing import LocalOrthanc

RESULTS = Path(__file__).parent / "RESULTS.md"
OTHERS = ("imports", "parsing", "growth")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Side by side with the floor and other clients.")
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS, *OTHERS], help="what to measure; all by default")
    parser.add_argument("--rounds", type=int, help="how often each does each (default: 7)")
    parser.add_argument("--quick", action="store_true", help="less of everything, printed and not written")
    arguments = parser.parse_args()
    wanted = arguments.rows or [*ROWS, *OTHERS]
    rounds = arguments.rounds or (2 if arguments.quick else 7)
    scale = 0.1 if arguments.quick else 1.0

    environments.make()
    results = []
    targets: list[str] = []
    sections: list[str] = []
    orthanc = ""
    for name in wanted:
        print(f"{name} ...", file=sys.stderr)
        with LocalOrthanc("1.13") as server, TemporaryDirectory() as folder:
            orthanc = server.client.get_system().version
            if name in ROWS:
                results.append(ROWS[name](server, Path(folder), rounds, scale))
                print("\n".join(results[-1].lines()), file=sys.stderr)
            elif name == "growth":
                sections.append(growth.measure(server, Path(folder), scale))
            else:
                more, section = imports.measure(rounds) if name == "imports" else parsing.measure(server, rounds)
                targets += more
                sections.append(section)
    text = page(results, targets, sections, environments.versions(), orthanc, rounds)
    if arguments.quick or arguments.rows:
        print(text)
    else:
        write(text, RESULTS)
        print(f"written to {RESULTS.relative_to(environments.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
