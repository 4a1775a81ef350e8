"""The other clients have an environment of their own: what they need must not come into ours."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
_PINNED: Final = Path(__file__).parent / "requirements-peers.txt"
_FOLDER: Final = ROOT / ".venv-peers"


@dataclass(frozen=True)
class Contender:
    """Somebody who can do the work.

    Attributes:
        name: As it stands in the tables.
        module: What runs.
        is_peer: Whether it runs in the environment of the other clients.
    """

    name: str
    module: str
    is_peer: bool = False

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(_FOLDER / "bin" / "python") if self.is_peer else sys.executable


OURS: Final = Contender("orthanc-sdk", "benchmarks.contenders.ours")
FLOOR: Final = Contender("floor", "benchmarks.contenders.floor")
PYORTHANC: Final = Contender("pyorthanc", "benchmarks.contenders.with_pyorthanc", is_peer=True)
API_CLIENT: Final = Contender("orthanc-api-client", "benchmarks.contenders.with_orthanc_api_client", is_peer=True)


def make() -> None:
    """Makes the environment of the other clients, unless it is there."""
    done = _FOLDER / ".installed"
    if done.exists() and done.read_text() == _PINNED.read_text():
        return
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(_FOLDER)], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(_FOLDER), "--requirement", str(_PINNED)]
    subprocess.run(install, check=True)
    done.write_text(_PINNED.read_text())


def versions() -> dict[str, str]:
    """The versions of what is compared, by name."""
    names = "orthanc-sdk", "requests", "urllib3", "pydantic", "pydicom"
    code = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"
    found = subprocess.run([sys.executable, "-c", code, *names], check=True, capture_output=True, text=True)
    pinned = dict(line.split("==") for line in _PINNED.read_text().split())
    peers = {name: pinned[name] for name in ("pyorthanc", "httpx", "orthanc-api-client")}
    return dict(zip(names, found.stdout.split(), strict=True)) | peers
