"""Fixtures for pytest: a real Orthanc for the tests of everybody who has installed orthanc-sdk.

`orthanc`
    a client of an empty server: what most tests need;
`orthanc_server`
    that server, a `LocalOrthanc`: the same one for all tests of the session;
`local_orthanc`
    starts other servers: `local_orthanc("1.12", plugins=["dicom-web"])`; they end with the test;
`plugin_host`
    a `PluginHost` without a script: `plugin_host.load("my_plugin.py")`.

`--orthanc-version` selects the version (1.13 by default). If a test fails, its report has the end of the server's log.
pytest imports this module at every start, so it imports nothing else before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.testing.plugin_host.host import PluginHost
    from orthanc_sdk.testing.server.local_orthanc import LocalOrthanc

_LOG_LINES = 30
_SERVERS: pytest.StashKey[list[LocalOrthanc]] = pytest.StashKey()


class StartLocalOrthanc:
    """The fixture `local_orthanc`: called with the arguments of `LocalOrthanc`, it returns one that runs."""

    def __init__(self, request: pytest.FixtureRequest, stack: ExitStack) -> None:
        self._request = request
        self._stack = stack

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
        """Starts a server that ends with the test.

        Args:
            version: The version; by default that of `--orthanc-version`.
            config: See `LocalOrthanc`, as for the other arguments.
            plugins: Plugins to load.
            python_script: Script for the Python plugin.
            python_packages: Packages that the script needs.
            python_path: Folders with modules that the script imports.
            authentication: Whether HTTP needs a password.
            name: The `Name` in `GET /system`.
            dicom_aet: AE title.
            verbose: Whether to log everything.
        """
        from orthanc_sdk.testing.server.local_orthanc import LocalOrthanc

        server = LocalOrthanc(
            version or _version(self._request), config=config, plugins=plugins, python_script=python_script,
            python_packages=python_packages, python_path=python_path, authentication=authentication,
            name=name, dicom_aet=dicom_aet, verbose=verbose,
        )  # fmt: skip
        self._stack.enter_context(server)
        _report_log(self._request, server)
        return server


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds our option to pytest's."""
    parser.getgroup("orthanc").addoption(
        "--orthanc-version", default="1.13", metavar="VERSION",
        help="version of Orthanc for the fixtures of orthanc-sdk: 1.10, 1.12 or 1.13 (default: %(default)s)",
    )  # fmt: skip


@pytest.fixture(scope="session")
def orthanc_server(request: pytest.FixtureRequest) -> Iterator[LocalOrthanc]:
    """The Orthanc of this session. It is emptied before tests that use `orthanc`, not before others."""
    from orthanc_sdk.testing.server.local_orthanc import LocalOrthanc

    with LocalOrthanc(_version(request)) as server:
        yield server


@pytest.fixture
def orthanc(orthanc_server: LocalOrthanc, request: pytest.FixtureRequest) -> Orthanc:
    """A client of an empty Orthanc."""
    orthanc_server.reset()
    _report_log(request, orthanc_server)
    return orthanc_server.client


@pytest.fixture
def local_orthanc(request: pytest.FixtureRequest) -> Iterator[StartLocalOrthanc]:
    """Starts servers with a version and a configuration of their own, which end with the test."""
    with ExitStack() as stack:
        yield StartLocalOrthanc(request, stack)


@pytest.fixture
def plugin_host() -> Iterator[PluginHost]:
    """Runs plugin scripts without Orthanc, and unloads them after the test."""
    from orthanc_sdk.testing.plugin_host.host import PluginHost

    with PluginHost() as host:
        yield host


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the end of the logs of a test's servers to the report if it fails."""
    report = yield
    if report.failed and _SERVERS in item.stash:
        for server in item.stash[_SERVERS]:
            if server.is_running:
                end = "\n".join(server.log.splitlines()[-_LOG_LINES:])
                report.sections.append((f"Log of Orthanc {server.version} at {server.url}", end))
    return report


def _version(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--orthanc-version"))


def _report_log(request: pytest.FixtureRequest, server: LocalOrthanc) -> None:
    """Makes the log of a server part of the report if the test fails."""
    request.node.stash.setdefault(_SERVERS, []).append(server)
