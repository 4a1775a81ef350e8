"""A real Orthanc for a test."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from orthanc_sdk.testing.errors import LocalOrthancError, OrthancFailed
from orthanc_sdk.testing.installation.binary import Binary, Unusable
from orthanc_sdk.testing.installation.find import find_binary
from orthanc_sdk.testing.server.configuration import default_configuration, default_environment, merged
from orthanc_sdk.testing.server.folder import ServerFolder
from orthanc_sdk.testing.server.ports import Reservation
from orthanc_sdk.testing.server.process import Process
from orthanc_sdk.testing.server.python_packages import python_environment
from orthanc_sdk.testing.server.readiness import is_ready
from orthanc_sdk.testing.server.tls import Tls, with_working_tls

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc

__all__ = ["LocalOrthanc"]

_log = logging.getLogger("orthanc_sdk.testing")

_PORT_IN_USE = "already in use"  # Orthanc: "The TCP port of the HTTP server is privileged or already in use"
_ATTEMPTS = 5
_LOG_LINES = 20


class LocalOrthanc:
    """A temporary Orthanc on this machine, with its own storage and ports.

    ```python
    with LocalOrthanc("1.13") as server:
        server.client.get_system()
    ```

    It is found, or installed into the user's cache the first time (some 15 seconds): see `orthanc_sdk.testing`. HTTP is
    for this machine only, and needs a password. The DICOM port is open to the network, since Orthanc cannot bind it to
    one address; `config={"DicomServerEnabled": False}` closes it.

    Attributes:
        version: The complete version, such as "1.13.0"; the requested one before the first start.
        name: The name of the server.
        http_port: Its HTTP port on 127.0.0.1.
        dicom_port: Its DICOM port.
        dicom_aet: Its AE title.
        username: The user; None without authentication.
        password: The password of that user, random for each server; None without authentication.
    """

    def __init__(
        self,
        version: str = "1.13",
        *,
        config: Mapping[str, object] | None = None,
        plugins: Sequence[str] = (),
        python_script: str | Path | None = None,
        python_packages: Sequence[str] = (),
        python_path: Sequence[str | Path] = (),
        authentication: bool = True,
        tls: Tls | None = None,
        name: str = "orthanc-sdk",
        dicom_aet: str | None = None,
        http_port: int | None = None,
        dicom_port: int | None = None,
        verbose: bool = False,
        timeout: float = 60.0,
    ) -> None:
        """Prepares a server; nothing is installed or started before `start()` or `with`.

        Args:
            version: "1.10", "1.12" or "1.13", or a complete version such as "1.13.0".
            config: Options of Orthanc's configuration file, as JSON. Objects are merged with the defaults key by key.
            plugins: "dicom-web", "python", or other plugins by name or path. None is loaded by default.
            python_script: Script for the Python plugin; loads that plugin.
            python_packages: Packages that the script needs, in pip's syntax, such as "numpy>=2"; installed into the
                cache for the plugin's own Python, once (in seconds, by pip or uv). "orthanc-sdk" is this very package,
                with its dependencies.
            python_path: Folders with modules that the script imports.
            authentication: Whether HTTP needs a password.
            tls: Certificates, for HTTPS instead of HTTP.
            name: The `Name` in `GET /system`.
            dicom_aet: AE title, at most 16 characters; by default one that no other local server has.
            http_port: The HTTP port, instead of any free one.
            dicom_port: The DICOM port, instead of any free one.
            verbose: Whether to log everything.
            timeout: Seconds to wait for the server to start, and to stop.
        """
        self._wanted = version
        self._config = {**({} if tls is None else tls.configuration), **(config or {})}
        json.dumps(self._config)  # raises here, rather than at the start, if it is not JSON
        self._plugins = list(plugins)
        self._python_script = Path(python_script).absolute() if python_script is not None else None
        if self._python_script is not None and "python" not in self._plugins:
            self._plugins.append("python")
        self._python_packages = list(python_packages)
        self._python_path = [Path(path) for path in python_path]
        self._verbose = verbose
        self._timeout = timeout
        self._tls = tls
        self._fixed_aet = dicom_aet
        self._fixed_ports = (http_port, dicom_port)
        self._ports: tuple[Reservation, Reservation] | None = None
        self._binary: Binary | None = None
        self._folder: ServerFolder | None = None
        self._process: Process | None = None
        self._client: Orthanc | None = None
        self.name = name
        self.username = "orthanc" if authentication else None
        self.password: str | None = secrets.token_urlsafe(16) if authentication else None

    def __repr__(self) -> str:
        url = f" {self.url}" if self._ports is not None else ""
        state = f"pid={self._process.pid}" if self._process is not None else "not running"
        return f"<LocalOrthanc {self.version}{url} {state}>"

    # --- properties ---------------------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """Its version."""
        return self._binary.version if self._binary is not None else self._wanted

    @property
    def http_port(self) -> int:
        """Its HTTP port on 127.0.0.1; known and reserved before it starts."""
        return self._reserve_ports()[0].port

    @property
    def dicom_port(self) -> int:
        """Its DICOM port; known and reserved before it starts."""
        return self._reserve_ports()[1].port

    @property
    def dicom_aet(self) -> str:
        """Its AE title."""
        return self._fixed_aet or f"ORTHANC{self.dicom_port}"

    @property
    def url(self) -> str:
        """The URL of its REST API."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.http_port}"

    @property
    def folder(self) -> Path:
        """The folder with everything that it writes. It does not exist before the start and after `stop()`."""
        return self._existing_folder().path

    @property
    def storage_folder(self) -> Path:
        """The folder of its files and its database."""
        return self._existing_folder().storage

    @property
    def log_file(self) -> Path:
        """The file with its log, through all restarts."""
        return self._existing_folder().log_file

    @property
    def log(self) -> str:
        """The log so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._process is None:
            raise LocalOrthancError("this server is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process is running."""
        return self._process is not None and self._process.exit_status is None

    @property
    def client(self) -> Orthanc:
        """A client of it, always the same one, until `stop()` or `reset()` closes it."""
        if self._client is None:
            from orthanc_sdk.client import Orthanc

            verify, cert = (True, None) if self._tls is None else (str(self._tls.authority), self._tls.cert)
            # The proxies of the environment are not for a server on this machine.
            self._client = Orthanc(self.url, self.username, self.password, proxies={}, verify=verify, cert=cert)
        return self._client

    def modality_configuration(self) -> dict[str, str | int]:
        """The entry in another Orthanc's `DicomModalities` with which that one reaches this one by DICOM.

        Two servers can know each other, since the ports are known before the start:

        ```python
        pacs = LocalOrthanc()
        with LocalOrthanc(config={"DicomModalities": {"pacs": pacs.modality_configuration()}}) as here, pacs:
            here.client.post_modalities_id_echo("pacs")
        ```

        For a running server, `PUT` it to `/modalities/{name}`.
        """
        return {"AET": self.dicom_aet, "Host": "127.0.0.1", "Port": self.dicom_port}

    def peer_configuration(self) -> dict[str, str]:
        """The entry in another Orthanc's `OrthancPeers` with which that one reaches this one by HTTP."""
        credentials = {} if self.username is None else {"Username": self.username, "Password": self.password or ""}
        return {"Url": self.url + "/", **credentials}

    # --- start and stop -----------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Starts it, and waits until it is ready.

        Raises:
            OrthancNotAvailable: There is no Orthanc of this version, and none can be installed.
            OrthancFailed: It terminated, or was not ready in time; the message has the end of its log.
        """
        if self._process is not None:
            raise LocalOrthancError("this server is running already")
        if self._binary is None:
            self._binary = find_binary(self._wanted)
        if self._folder is None:
            self._folder = ServerFolder()
        binary = self._binary if self._tls is None else with_working_tls(self._binary, self.folder)
        try:
            for attempts_left in reversed(range(_ATTEMPTS)):
                if self._try_to_start(binary, self.folder, may_retry=attempts_left > 0):
                    break
        except BaseException as error:
            self._clean_up(keep_log=isinstance(error, OrthancFailed))
            raise
        return self

    def stop(self, *, graceful: bool = False) -> None:
        """Stops it, and deletes everything that it has written. Does nothing if it was not started.

        Args:
            graceful: Whether to shut it down, which takes Orthanc some 3.5 seconds, instead of killing it. Only plugins
                that act on shutdown notice the difference: its files are deleted either way.

        Raises:
            OrthancFailed: It has terminated before, or has failed to stop. Its log is kept.
        """
        died = self._process is not None and self._process.exit_status is not None
        status = self._end(kill=not graceful and not died)
        if died or status > 0:
            how = f"had ended by itself, with status {status}" if died else f"ended with status {status}"
            error = self._failure(f"{self!r} {how}")
            self._clean_up(keep_log=True)
            raise error
        self._clean_up(keep_log=False)

    def kill(self) -> None:
        """Kills it, as in a crash. Its storage and ports are kept for `restart()`."""
        self._end(kill=True)

    def reset(self) -> Self:
        """Restarts it empty: without resources, registered modalities, changes or jobs (takes some 0.2 seconds).

        It keeps its ports, password and configuration. `client` is a new one.
        """
        self._end(kill=True)
        self._close_client()
        self._existing_folder().clear()
        return self.start()

    def restart(self) -> Self:
        """Shuts it down, if it runs, and starts it again with the same storage, ports and password."""
        self._end(kill=False)
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.stop()
            return
        try:
            folder, had_log = self._folder, bool(self._folder and self.log)
            self._clean_up(keep_log=isinstance(error, Exception))
            if folder and had_log and isinstance(error, Exception):
                error.add_note(f"the log of Orthanc {self.version} is kept in {folder.path}")
        except Exception as second:  # the error in the block matters more
            _log.warning("%r did not stop: %s", self, second)

    # --- internals ----------------------------------------------------------------------------------------------

    def _existing_folder(self) -> ServerFolder:
        if self._folder is None:
            raise LocalOrthancError("this server has no folder: it was not started, or it was stopped")
        return self._folder

    def _reserve_ports(self) -> tuple[Reservation, Reservation]:
        if self._ports is None:
            http, dicom = self._fixed_ports
            try:
                self._ports = Reservation(http or 0), Reservation(dicom or 0)
            except OSError as error:
                wanted = " and ".join(str(port) for port in self._fixed_ports if port)
                raise LocalOrthancError(f"port {wanted or 0} of 127.0.0.1 is not available: {error}") from error
        return self._ports

    def _release_ports(self) -> None:
        for port in self._ports or ():
            port.release()
        self._ports = None

    def _write_configuration(self, binary: Binary, folder: Path) -> Path:
        try:
            plugins = [binary.plugin(plugin) for plugin in self._plugins]
        except Unusable as reason:
            raise LocalOrthancError(f"Orthanc {binary.version}: {reason}") from None
        defaults = default_configuration(
            name=self.name,
            folder=folder,
            http_port=self.http_port,
            dicom_port=self.dicom_port,
            dicom_aet=self.dicom_aet,
            users=None if self.username is None else {self.username: self.password or ""},
            plugins=plugins,
            python_script=self._python_script,
        )
        file = folder / "orthanc.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(merged(defaults, self._config), indent=1))
        return file

    def _try_to_start(self, binary: Binary, folder: Path, *, may_retry: bool) -> bool:
        """Starts it; False if a port was in use, and others should be tried."""
        arguments = [*(["--verbose"] if self._verbose else []), str(self._write_configuration(binary, folder))]
        begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._process = Process(
            binary.command_line(arguments, folder=folder),
            environment={
                **default_environment(binary),
                **python_environment(binary, self._python_packages, self._python_path, folder=folder),
            },
            folder=folder,
            output=self.log_file,
            kill_command=binary.kill_command(folder),
        )
        deadline = time.monotonic() + self._timeout
        pause = 0.01
        while not is_ready(self.http_port, tls=self._tls, username=self.username, password=self.password):
            status = self._process.exit_status
            if status is not None:
                self._end(kill=True)
                if may_retry and self._fixed_ports == (None, None) and _PORT_IN_USE in self.log[begin:]:
                    _log.info("a port of %r was in use: starting again with others", self)
                    self._release_ports()
                    return False
                raise self._failure(f"{self!r} ended with status {status} instead of starting")
            if time.monotonic() > deadline:
                raise self._failure(f"{self!r} did not answer within {self._timeout:g} s")
            time.sleep(pause)
            pause = min(1.5 * pause, 0.05)
        return True

    def _end(self, *, kill: bool) -> int:
        """Ends the process, if there is one; returns its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if kill:
            process.kill()
            return 0
        return process.stop(self._timeout)

    def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _failure(self, message: str) -> OrthancFailed:
        lines = self.log.splitlines()
        first = next((number for number, line in enumerate(lines) if line.startswith("E")), max(0, len(lines) - 5))
        excerpt = "".join(f"\n  {line}" for line in lines[first:][:_LOG_LINES])
        return OrthancFailed(f"{message}. Its log:{excerpt}" if excerpt else message, self.log_file if lines else None)

    def _clean_up(self, *, keep_log: bool) -> None:
        """Ends the process, and frees its ports, client and folder."""
        self._end(kill=True)
        self._release_ports()
        self._close_client()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.remove(keep_log=keep_log)
