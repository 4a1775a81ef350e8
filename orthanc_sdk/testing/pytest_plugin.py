"""Fixtures for pytest: a real Orthanc for the tests of whoever has orthanc-sdk installed.

`orthanc`
    a client of an empty server: what a test usually wants;
`orthanc_server`
    that server, a `LocalOrthanc`: the same one for all tests of the session;
`local_orthanc`
    starts further servers: `local_orthanc("1.12", plugins=["dicom-web"])`; they end with the test.
`plugin_host`
    a `PluginHost` without a script yet: `plugin_host.load("my_plugin.py")`.

`--orthanc-version` chooses the version (1.13 by default). The end of a server's log is shown with the test that failed.
pytest imports this module at every start, so that it imports nothing before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from orthanc_sdk import Orthanc

    from .plugin_host import PluginHost
    from .server import LocalOrthanc

_LOG_LINES = 30
_SERVERS: pytest.StashKey[list[LocalOrthanc]] = pytest.StashKey()


class StartLocalOrthanc(Protocol):
    """The fixture `local_orthanc`: a function with the arguments of `LocalOrthanc` that returns a running one."""

    def __call__(
        self,
        version: str | None = None,
        *,
        config: Mapping[str, object] | None = None,
        plugins: Sequence[str] = (),
        python_script: str | Path | None = None,
        python_packages: Sequence[str] = (),
        python_path: Sequence[str | Path] = (),
        authentication: bool = True,
        name: str = "orthanc-sdk",
        dicom_aet: str | None = None,
        verbose: bool = False,
    ) -> LocalOrthanc:
        """Start a server that ends with the test; its version is the one of `--orthanc-version` by default."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our option to pytest's."""
    parser.getgroup("orthanc").addoption(
        "--orthanc-version", default="1.13", metavar="VERSION",
        help="version of Orthanc for the fixtures of orthanc-sdk: 1.10, 1.12 or 1.13 (default: %(default)s)",
    )  # fmt: skip


@pytest.fixture(scope="session")
def orthanc_server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """The Orthanc of this session. It is emptied before each test that uses `orthanc`, not before others."""
    from .server import LocalOrthanc

    with LocalOrthanc(_version(request)) as server:
        yield server


@pytest.fixture
def orthanc(orthanc_server: LocalOrthanc, request: pytest.FixtureRequest) -> Orthanc:
    """A client of an Orthanc in which nothing is stored."""
    orthanc_server.reset()
    _remember(request, orthanc_server)
    return orthanc_server.client


@pytest.fixture
def local_orthanc(request: pytest.FixtureRequest) -> Iterator[StartLocalOrthanc]:
    """Start servers with a version and a configuration of their own; they end with the test."""
    from .server import LocalOrthanc

    with ExitStack() as stack:

        def start(
            version: str | None = None,
            *,
            config: Mapping[str, object] | None = None,
            plugins: Sequence[str] = (),
            python_script: str | Path | None = None,
            python_packages: Sequence[str] = (),
            python_path: Sequence[str | Path] = (),
            authentication: bool = True,
            name: str = "orthanc-sdk",
            dicom_aet: str | None = None,
            verbose: bool = False,
        ) -> LocalOrthanc:
            server = LocalOrthanc(
                version or _version(request), config=config, plugins=plugins, python_script=python_script,
                python_packages=python_packages, python_path=python_path, authentication=authentication,
                name=name, dicom_aet=dicom_aet, verbose=verbose,
            )  # fmt: skip
            stack.enter_context(server)
            _remember(request, server)
            return server

        yield start


@pytest.fixture
def plugin_host() -> Iterator[PluginHost]:
    """A place for plugin scripts to run in, without Orthanc; it forgets them with the test."""
    from .plugin_host import PluginHost

    with PluginHost() as host:
        yield host


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the logs of a test's servers with its failure."""
    report = yield
    if report.failed and _SERVERS in item.stash:
        for server in item.stash[_SERVERS]:
            if server.is_running:
                tail = "\n".join(server.log.splitlines()[-_LOG_LINES:])
                report.sections.append((f"Log of Orthanc {server.version} at {server.url}", tail))
    return report


def _version(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--orthanc-version"))


def _remember(request: pytest.FixtureRequest, server: LocalOrthanc) -> None:
    request.node.stash.setdefault(_SERVERS, []).append(server)
