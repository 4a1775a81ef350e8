"""A real Orthanc of its own, for the time of a test."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import os
import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .binary import Binary, Unusable
from .configuration import default_configuration, merged
from .errors import LocalOrthancError, OrthancFailed
from .find import find_binary
from .ports import Reservation
from .process import Process
from .python_packages import python_environment
from .tls import Tls, able_to_speak_tls

if TYPE_CHECKING:
    from orthanc_sdk import Orthanc

__all__ = ["LocalOrthanc"]

_log = logging.getLogger("orthanc_sdk.testing")

_PORT_IN_USE = "already in use"  # Orthanc: "The TCP port of the HTTP server is privileged or already in use"
_TRIES = 5
_LOG_LINES = 20


class LocalOrthanc:
    """A throw-away Orthanc on this machine, with storage and ports of its own.

    ```python
    with LocalOrthanc("1.13") as server:
        server.client.get_system()
    ```

    It is found, or installed in a cache of this user the first time (some 15 seconds), as `orthanc_sdk.testing` says.
    HTTP is for this machine only and asks for a password. The DICOM port is open to whoever reaches this machine, since
    Orthanc cannot bind it to one address; `config={"DicomServerEnabled": False}` closes it.

    Attributes:
        version: The version that runs, completely, such as "1.13.0"; the wanted one before the first start.
        name: The name that Orthanc gives of itself.
        http_port: Its HTTP port on 127.0.0.1.
        dicom_port: Its DICOM port.
        dicom_aet: Its DICOM application entity title.
        username: The user it knows, or None without authentication.
        password: The password of that user, or None; made anew for each server.
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
        """Prepare a server; nothing is installed or started before `start()` or `with`.

        Args:
            version: "1.10", "1.12" or "1.13", or a complete version such as "1.13.0".
            config: What to say in the configuration file besides the defaults, as JSON. Objects are merged key by key.
            plugins: "dicom-web", "python", or other plugins by name or path. None is loaded by default.
            python_script: Script that the Python plugin runs; loads that plugin.
            python_packages: What the script needs, as pip takes it, such as "numpy>=2"; installed into the cache for
                the plugin's own Python, once (seconds, from where pip or uv installs). "orthanc-sdk" stands for the
                very one that runs this, with what it needs.
            python_path: Folders with modules that the script imports.
            authentication: Whether HTTP asks for a password.
            tls: Certificates for HTTPS, which is spoken instead of HTTP then.
            name: What `GET /system` says as `Name`.
            dicom_aet: DICOM title, at most 16 characters; by default one that no other local server has.
            http_port: A port to insist on, instead of any free one.
            dicom_port: A port to insist on, instead of any free one.
            verbose: Whether to log everything.
            timeout: Seconds to wait for the server to answer, and for it to end.
        """
        self._wanted = version
        self._config = {**({} if tls is None else tls.configuration), **(config or {})}
        json.dumps(self._config)  # what is not JSON fails here, with the line that said it
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
        self._folder: Path | None = None
        self._remove_folder: weakref.finalize[..., LocalOrthanc] | None = None
        self._process: Process | None = None
        self._client: Orthanc | None = None
        self.name = name
        self.username = "orthanc" if authentication else None
        self.password: str | None = secrets.token_urlsafe(16) if authentication else None

    def __repr__(self) -> str:
        place = f" {self.url}" if self._ports is not None else ""
        state = f"pid={self._process.pid}" if self._process is not None else "not running"
        return f"<LocalOrthanc {self.version}{place} {state}>"

    # --- what it is ---------------------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """Its version."""
        return self._binary.version if self._binary is not None else self._wanted

    @property
    def http_port(self) -> int:
        """Its HTTP port on 127.0.0.1; known, and kept free, before it starts."""
        return self._reserved()[0].port

    @property
    def dicom_port(self) -> int:
        """Its DICOM port; known, and kept free, before it starts."""
        return self._reserved()[1].port

    @property
    def dicom_aet(self) -> str:
        """Its DICOM title."""
        return self._fixed_aet or f"ORTHANC{self.dicom_port}"

    @property
    def url(self) -> str:
        """Where its REST API is."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.http_port}"

    @property
    def folder(self) -> Path:
        """The folder with all that is its own. There is none before the start and after `stop()`."""
        if self._folder is None:
            raise LocalOrthancError("this server has no folder: it was not started, or it was stopped")
        return self._folder

    @property
    def storage_folder(self) -> Path:
        """Where it stores its files and its database."""
        return self.folder / "storage"

    @property
    def log_file(self) -> Path:
        """The file to which it logs, through all restarts."""
        return self.folder / "orthanc.log"

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def pid(self) -> int:
        """The id of its process."""
        if self._process is None:
            raise LocalOrthancError("this server is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended, of itself or otherwise."""
        return self._process is not None and self._process.exit_status is None

    @property
    def client(self) -> Orthanc:
        """A client of it, always the same one; `stop()` and `reset()` close it."""
        if self._client is None:
            from orthanc_sdk import Orthanc

            verify, cert = (True, None) if self._tls is None else (str(self._tls.authority), self._tls.cert)
            # No proxies: those of the environment are not for a server on this machine.
            self._client = Orthanc(self.url, self.username, self.password, proxies={}, verify=verify, cert=cert)
        return self._client

    def modality_configuration(self) -> dict[str, str | int]:
        """What another Orthanc has to know to reach this one by DICOM: an entry of `DicomModalities`.

        For two servers that know each other, give each the other's entry; the ports are known before the start:

        ```python
        pacs = LocalOrthanc()
        with LocalOrthanc(config={"DicomModalities": {"pacs": pacs.modality_configuration()}}) as here, pacs:
            here.client.post_modalities_id_echo("pacs")
        ```

        or `PUT` it to `/modalities/{name}` of a running one.
        """
        return {"AET": self.dicom_aet, "Host": "127.0.0.1", "Port": self.dicom_port}

    def peer_configuration(self) -> dict[str, str]:
        """What another Orthanc has to know to reach this one by HTTP: an entry of `OrthancPeers`."""
        login = {} if self.username is None else {"Username": self.username, "Password": self.password or ""}
        return {"Url": self.url + "/", **login}

    # --- its life -----------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            OrthancNotAvailable: There is no Orthanc of this version, and none can be installed.
            OrthancFailed: It ended, or did not answer in time; the last lines of its log are in the message.
        """
        if self._process is not None:
            raise LocalOrthancError("this server is running already")
        if self._binary is None:
            self._binary = find_binary(self._wanted)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="orthanc-sdk-"))
            self._remove_folder = weakref.finalize(self, _remove, self._folder, os.getpid())
            (self._folder / "storage").mkdir()
            (self._folder / "tmp").mkdir()
        binary = self._binary if self._tls is None else able_to_speak_tls(self._binary, self._folder)
        try:
            for tries_left in reversed(range(_TRIES)):
                if self._started(binary, self._folder, may_retry=tries_left > 0):
                    break
        except BaseException as error:
            self._give_up(keep_log=isinstance(error, OrthancFailed))
            raise
        return self

    def stop(self, *, graceful: bool = False) -> None:
        """End it, and remove all that was its own. Does nothing if it was not started.

        Args:
            graceful: Let it end in order, which takes Orthanc some 3.5 seconds. That makes a difference only to plugins
                that do something at the end: what it has stored is removed either way.

        Raises:
            OrthancFailed: It had ended by itself before, or with an error now. Its log is kept.
        """
        died = self._process is not None and self._process.exit_status is not None
        status = self._end(kill=not graceful and not died)
        if died or status > 0:
            how = f"had ended by itself, with status {status}" if died else f"ended with status {status}"
            error = self._failure(f"{self!r} {how}")
            self._give_up(keep_log=True)
            raise error
        self._give_up(keep_log=False)

    def kill(self) -> None:
        """End it at once, as a crash does. Storage and ports are kept for `restart()`."""
        self._end(kill=True)

    def reset(self) -> Self:
        """Start it anew with nothing stored, registered, logged as a change, or waiting as a job (some 0.2 seconds).

        Its ports and password remain, and so does what `config` says. `client` is a new one.
        """
        self._end(kill=True)
        self._close_client()
        for folder in (self.storage_folder, self.folder / "tmp"):
            shutil.rmtree(folder)
            folder.mkdir()
        return self.start()

    def restart(self) -> Self:
        """End it in order, if it runs, and start it again with the same storage, ports and password."""
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
            self._give_up(keep_log=isinstance(error, Exception))
            if had_log and isinstance(error, Exception):
                error.add_note(f"the log of Orthanc {self.version} is kept in {folder}")
        except Exception as second:  # the error in the block is the one that matters
            _log.warning("%r did not end in order: %s", self, second)

    # --- how ----------------------------------------------------------------------------------------------------

    def _reserved(self) -> tuple[Reservation, Reservation]:
        if self._ports is None:
            http, dicom = self._fixed_ports
            try:
                self._ports = Reservation(http or 0), Reservation(dicom or 0)
            except OSError as error:
                wanted = " and ".join(str(port) for port in self._fixed_ports if port)
                raise LocalOrthancError(f"port {wanted or 0} of 127.0.0.1 cannot be had: {error}") from error
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

    def _started(self, binary: Binary, folder: Path, *, may_retry: bool) -> bool:
        """Start it; False if it could not since a port was taken, and others are to be tried."""
        arguments = [*(["--verbose"] if self._verbose else []), str(self._write_configuration(binary, folder))]
        begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._process = Process(
            binary.command_line(arguments, folder=folder),
            environment={
                **_environment(binary),
                **python_environment(binary, self._python_packages, self._python_path, folder=folder),
            },
            folder=folder,
            output=self.log_file,
            kill_command=binary.kill_command(folder),
        )
        deadline = time.monotonic() + self._timeout
        pause = 0.01
        while not self._answers():
            status = self._process.exit_status
            if status is not None:
                self._end(kill=True)
                if may_retry and self._fixed_ports == (None, None) and _PORT_IN_USE in self.log[begin:]:
                    _log.info("a port of %r was taken: starting again with others", self)
                    self._release_ports()
                    return False
                raise self._failure(f"{self!r} ended with status {status} instead of starting")
            if time.monotonic() > deadline:
                raise self._failure(f"{self!r} did not answer within {self._timeout:g} s")
            time.sleep(pause)
            pause = min(1.5 * pause, 0.05)
        return True

    def _answers(self) -> bool:
        """Whether it, and no other server on that port, answers."""
        connection = (
            http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=5)
            if self._tls is None
            else http.client.HTTPSConnection("127.0.0.1", self.http_port, timeout=5, context=self._tls.context())
        )
        headers: dict[str, str] = {}
        if self.username is not None:
            login = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {login}"
        try:
            connection.request("GET", "/system", headers=headers)
            answer = connection.getresponse()
            return answer.status == 200 and b'"Version"' in answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _end(self, *, kill: bool) -> int:
        """End the process, if there is one; returns its exit status."""
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
        said = "".join(f"\n  {line}" for line in lines[first:][:_LOG_LINES])
        return OrthancFailed(f"{message}. It says:{said}" if said else message, self.log_file if lines else None)

    def _give_up(self, *, keep_log: bool) -> None:
        """Free all that is held, after the end of the process."""
        self._end(kill=True)
        self._release_ports()
        self._close_client()
        folder, self._folder = self._folder, None
        if folder is None:
            return
        if self._remove_folder is not None:
            self._remove_folder.detach()
        if keep_log and (folder / "orthanc.log").exists():
            for path in folder.iterdir():
                if path.name == "orthanc.log":
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
        else:
            _remove(folder, os.getpid())


def _remove(folder: Path, owner: int) -> None:
    """Remove the folder of a server, unless this is a fork of the process whose server it is."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(binary: Binary) -> dict[str, str]:
    """The environment of this process, less what would make a server behave differently from machine to machine."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LANG", "PYTHONPATH")}
    for name in ("no_proxy", "NO_PROXY"):  # the other local servers are never behind a proxy
        environment[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))
    return {**environment, "LC_ALL": "C.UTF-8", **binary.environment}
