"""Writes `models/openapi/orthanc-<version>.json`: the facts that an Orthanc of that version tells about its interface.

    python -m generator.spec --version 1.13            # write the file (`make spec`)
    python -m generator.spec --version 1.13 --check    # only compare it with what is there

Needs no network beyond what `orthanc_sdk.testing` needs to install an Orthanc once, and no root. Twice the same version
gives twice the same file.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.demo_proxy import DemoProxy
from generator.facts import JsonObject, dumps, facts, operations
from orthanc_sdk.testing import LocalOrthanc, make_studies, to_bytes
from orthanc_sdk.testing.find import find_binary

FOLDER = Path(__file__).resolve().parent.parent / "models" / "openapi"

_COVERAGE = re.compile(r"contains (\d+) paths over a total of (\d+) paths \(coverage: (\d+)%\)")


class IncompleteSpec(RuntimeError):
    """The document would lack operations."""


def openapi(version: str) -> JsonObject:
    """The complete OpenAPI document that an Orthanc of `version` prints: with all its operations.

    Raises `IncompleteSpec` if it left one out.
    """
    with LocalOrthanc(version, plugins=["dicom-web"]) as server:
        resources = _fill(server)
        with DemoProxy(server, resources) as proxy:
            printed, log = _print_openapi(version, proxy.url)
    if proxy.unanswered:
        raise IncompleteSpec("the server with data has no sample for\n  " + "\n  ".join(proxy.unanswered))
    covered = _COVERAGE.search(log)
    if covered is None or covered[3] != "100":
        raise IncompleteSpec(f"Orthanc {version} says: {covered[0] if covered else log[-1000:]}")
    document: JsonObject = json.loads(printed)
    if len(operations(document)) != int(covered[1]):
        raise IncompleteSpec(f"{len(operations(document))} operations are in the document, and it {covered[0]}")
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m generator.spec", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--version", default="1.13", help="version of Orthanc (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="file to write (default: models/openapi/orthanc-<version>.json)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is not up to date")
    options = parser.parse_args(arguments)

    document = facts(openapi(options.version))
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
    """What `Orthanc --openapi=-` prints and logs, with all its fetching through `proxy`."""
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
        raise IncompleteSpec(f"Orthanc {version} --openapi=- ended with {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout, done.stderr


def _fill(server: LocalOrthanc) -> dict[str, str]:
    """Store one of everything that the document has a sample of; returns the identifiers of one family of resources."""
    for instance in make_studies(studies=2, series=2, instances=3, modality="MR", seed="orthanc-sdk"):
        if instance.SeriesNumber == 1:
            # The number of instances that Orthanc expects; null without these.
            instance.ImagesInAcquisition, instance.NumberOfTemporalPositions = 3, 1
        if instance.InstanceNumber == 3:
            del instance.InstanceNumber  # then the index in the series is null
        _send(server, "POST", "/instances", to_bytes(instance))
    patient = sorted(_send(server, "GET", "/patients"))[0]
    study = sorted(_send(server, "GET", f"/patients/{patient}")["Studies"])[0]
    series = sorted(_send(server, "GET", f"/studies/{study}")["Series"])[0]
    instance_id = sorted(_send(server, "GET", f"/series/{series}")["Instances"])[0]
    resources = {"patients": patient, "studies": study, "series": series, "instances": instance_id}
    for level, identifier in resources.items():
        _send(server, "PUT", f"/{level}/{identifier}/metadata/1024", b"value")
        _send(server, "PUT", f"/{level}/{identifier}/attachments/1024", b"value")
        if _send(server, "GET", "/system").get("HasLabels"):
            _send(server, "PUT", f"/{level}/{identifier}/labels/label", b"")
    _send(server, "POST", f"/studies/{study}/archive", b'{"Asynchronous": true}')
    return resources


# The project's own client is generated from what this module writes: it cannot be used here.
def _send(server: LocalOrthanc, method: str, path: str, body: bytes | None = None) -> Any:  # whatever JSON it answers
    request = urllib.request.Request(server.url + path, data=body, method=method)  # noqa: S310 - a server of our own
    login = base64.b64encode(f"{server.username}:{server.password}".encode()).decode()
    request.add_header("Authorization", f"Basic {login}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        content = answer.read()
    return json.loads(content) if content.startswith((b"{", b"[", b'"')) else None


if __name__ == "__main__":
    sys.exit(main())
