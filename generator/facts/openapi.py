"""Writes `models/openapi/orthanc-<version>.json`: the facts about the interface of that version of Orthanc.

    python -m generator.facts.openapi --version 1.13            # write the file (`make spec`)
    python -m generator.facts.openapi --version 1.13 --check    # only compare it with the existing one

Needs no root, and no network except to install an Orthanc for `orthanc_sdk.testing` once. The same version always gives
the same file.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from generator.facts.demo_proxy import DemoProxy
from generator.facts.http_client import send
from generator.facts.json_values import JsonObject
from generator.facts.openapi_facts import dumps, extract_facts, operations
from generator.specification.definitions import OPENAPI as FOLDER
from orthanc_sdk.testing import LocalOrthanc, make_studies, to_bytes
from orthanc_sdk.testing.installation.find import find_binary

_COVERAGE = re.compile(r"contains (\d+) paths over a total of (\d+) paths \(coverage: (\d+)%\)")


class IncompleteDocument(RuntimeError):
    """The document lacks operations."""


def openapi(version: str) -> JsonObject:
    """The OpenAPI document that an Orthanc of `version` prints, with all its operations.

    Raises:
        IncompleteDocument: It lacks an operation.
    """
    with LocalOrthanc(version, plugins=["dicom-web"]) as server:
        resources = _store_samples(server)
        with DemoProxy(server, resources) as proxy:
            printed, log = _print_openapi(version, proxy.url)
    if proxy.unanswered:
        raise IncompleteDocument("the server with data has no sample for\n  " + "\n  ".join(proxy.unanswered))
    covered = _COVERAGE.search(log)
    if covered is None or covered[3] != "100":
        raise IncompleteDocument(f"Orthanc {version} says: {covered[0] if covered else log[-1000:]}")
    document: JsonObject = json.loads(printed)
    if len(operations(document)) != int(covered[1]):
        raise IncompleteDocument(f"{len(operations(document))} operations are in the document, and it {covered[0]}")
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m generator.spec", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--version", default="1.13", help="version of Orthanc (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="file to write (default: models/openapi/orthanc-<version>.json)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is not up to date")
    options = parser.parse_args(arguments)

    document = extract_facts(openapi(options.version))
    info = document["info"]
    version = info["version"] if isinstance(info, dict) else options.version
    file: Path = options.output or FOLDER / f"orthanc-{version}.json"
    text = dumps(document)
    count = len(operations(document))
    if options.check:
        committed = file.read_text(encoding="utf-8") if file.exists() else ""
        if committed == text:
            print(f"{file} is up to date: Orthanc {version}, {count} operations")
            return 0
        lines = difflib.unified_diff(committed.splitlines(), text.splitlines(), str(file), f"Orthanc {version}", n=2)
        print("\n".join([*lines][:200]))
        print(f"{file} is not up to date: run `make spec`", file=sys.stderr)
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(f"wrote {file}: Orthanc {version}, {count} operations")
    return 0


def _print_openapi(version: str, proxy: str) -> tuple[str, str]:
    """What `Orthanc --openapi=-` prints, and what it logs; it fetches its samples through `proxy`."""
    binary = find_binary(version)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {**binary.environment, "https_proxy": proxy, "HTTPS_PROXY": proxy}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - no shell, and the command is Orthanc's
            binary.command_line(["--openapi=-"], folder=Path(folder)),
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
    if done.returncode:
        raise IncompleteDocument(f"Orthanc {version} --openapi=- ended with {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout, done.stderr


def _store_samples(server: LocalOrthanc) -> dict[str, str]:
    """Stores one of everything that the document has a sample of; returns the identifiers of a patient and so on."""
    for instance in make_studies(studies=2, series=2, instances=3, modality="MR", seed="orthanc-sdk"):
        if instance.SeriesNumber == 1:
            # Without these, the expected number of instances is null.
            instance.ImagesInAcquisition, instance.NumberOfTemporalPositions = 3, 1
        if instance.InstanceNumber == 3:
            del instance.InstanceNumber  # makes the index in the series null
        send(server, "POST", "/instances", to_bytes(instance))
    patient = sorted(send(server, "GET", "/patients"))[0]
    study = sorted(send(server, "GET", f"/patients/{patient}")["Studies"])[0]
    series = sorted(send(server, "GET", f"/studies/{study}")["Series"])[0]
    instance_id = sorted(send(server, "GET", f"/series/{series}")["Instances"])[0]
    resources = {"patients": patient, "studies": study, "series": series, "instances": instance_id}
    for level, identifier in resources.items():
        send(server, "PUT", f"/{level}/{identifier}/metadata/1024", b"value")
        send(server, "PUT", f"/{level}/{identifier}/attachments/1024", b"value")
        if send(server, "GET", "/system").get("HasLabels"):
            send(server, "PUT", f"/{level}/{identifier}/labels/label", b"")
    send(server, "POST", f"/studies/{study}/archive", b'{"Asynchronous": true}')
    return resources


if __name__ == "__main__":
    sys.exit(main())
