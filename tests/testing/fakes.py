"""Stand-ins for the commands of a machine: programs in a folder that is put on PATH."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MIRROR = "http://mirror.test/debian"


def program(folder: Path, name: str, source: str) -> Path:
    """An executable Python program that needs nothing else of the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!{sys.executable} -SE\nimport os, sys\n{source}\n")
    file.chmod(0o755)
    return file


def orthanc(folder: Path, first_line: str, *, name: str = "Orthanc", exit_status: int = 0) -> Path:
    """An `Orthanc` that knows `--version` only."""
    return program(folder, name, f"print({first_line!r}); sys.exit({exit_status})")


def debian(
    folder: Path,
    *,
    version: str = "1.13.0+dfsg-1",
    says: str = "1.13.0",
    mirror: str = MIRROR,
    fails: str = "",
    journal: Path | None = None,
) -> None:
    """An apt whose Debian offers `version`; what is unpacked is a loader that says it is Orthanc `says`.

    `fails` names the step that fails: `update`, `install`, or `unpack`. `journal` gets a line for each step.
    """
    journal = journal or folder.parent / "journal.txt"
    note = f"open({str(journal)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))"
    program(
        folder,
        "apt-get",
        f"""
{note}
if "--print-uris" in sys.argv:
    print("'{mirror}-security/dists/stable-security/InRelease' a 0")
    print("'{mirror}/dists/stable/InRelease' b 0")
elif {fails!r} in sys.argv:
    print("E: no such luck", file=sys.stderr); sys.exit(100)
elif "install" in sys.argv:
    state = os.path.dirname(sys.argv[sys.argv.index("-c") + 1])
    for name in ("orthanc", "libc6"):
        open(f"{{state}}/cache/archives/{{name}}_1_all.deb", "w").close()
""",
    )
    program(folder, "apt-cache", f"print(' orthanc | {version} | {mirror} sid/main amd64 Packages')")
    loader = f"#!{sys.executable} -SE\nprint('Orthanc {says}')\n"
    program(
        folder,
        "dpkg-deb",
        f"""
{note}
if {fails!r} == "unpack":
    sys.exit(2)
prefix = sys.argv[3]
library = prefix + "/usr/lib/" + os.uname().machine + "-linux-gnu"
os.makedirs(library, exist_ok=True)
os.makedirs(prefix + "/usr/share/dcmtk", exist_ok=True)
os.makedirs(prefix + "/usr/share/doc/orthanc", exist_ok=True)
open(prefix + "/usr/share/dcmtk/dicom.dic", "w").close()
open(library + "/ld-linux-fake.so.2", "w").write({loader!r})
os.chmod(library + "/ld-linux-fake.so.2", 0o755)
""",
    )


def steps(folder: Path) -> list[str]:
    """What was asked of `debian`, of apt without its options."""
    journal = folder.parent / "journal.txt"
    return journal.read_text().splitlines() if journal.exists() else []


def machine() -> str:
    """What Debian calls this machine."""
    return os.uname().machine
