"""Real servers. A machine on which none can be had fails these tests: there is no skipping them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from orthanc_sdk.testing import LocalOrthanc, LocalOrthancError, OrthancFailed, make_instance, make_study, to_bytes
from orthanc_sdk.testing.installation.releases import RELEASES, matches
from orthanc_sdk.testing.server import local_orthanc as server_module
from orthanc_sdk.testing.server.ports import Reservation
from tests.testing.processes import is_alive, wait_for_end
from tests.testing.rest import get, rest

VERSIONS = [release.name for release in RELEASES]


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


# --- on every version -------------------------------------------------------------------------------------------------


def test_it_runs_and_leaves_nothing(version: str) -> None:
    with LocalOrthanc(version) as server:
        system = get(server, "/system")
        assert system["Version"] == server.version
        assert matches(version, server.version)
        assert system["Name"] == server.name == "orthanc-sdk"
        assert system["HttpPort"] == server.http_port
        assert system["DicomPort"] == server.dicom_port
        assert system["DicomAet"] == server.dicom_aet
        assert get(server, "/plugins") == ["explorer.js"]
        assert can_connect(server.dicom_port)
        assert "Orthanc has started" in server.log
        assert server.is_running
        pid, folder, ports = server.pid, server.folder, (server.http_port, server.dicom_port)
        assert is_alive(pid)
        assert (server.storage_folder / "index").exists()
        assert [path for path in folder.rglob("*") if path.stat().st_uid != os.getuid()] == []
    assert not is_alive(pid)
    assert not folder.exists()
    assert not server.is_running
    assert not any(map(can_connect, ports))


def test_it_asks_for_its_password(version: str) -> None:
    with LocalOrthanc(version) as server:
        assert server.username
        assert server.password
        assert len(server.password) >= 16
        for login in (None, (server.username, ""), (server.username, "orthanc"), ("orthanc", "orthanc")):
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(server.url + "/system", auth=login, timeout=10)
            assert answer.status_code == 401
        assert server.password not in repr(server)
        assert server.password not in server.log
        assert (server.folder / "orthanc.json").stat().st_mode & 0o077 == 0


def test_what_is_stored_survives_a_crash_and_a_restart(version: str) -> None:
    with LocalOrthanc(version) as server:
        stored = rest(server, "POST", "/instances", data=to_bytes(make_instance(seed=1))).json()
        before = (server.url, server.dicom_port, server.dicom_aet, server.password, server.folder)
        pid = server.pid
        server.kill()
        assert not is_alive(pid)
        assert not server.is_running
        assert not can_connect(server.http_port)
        with pytest.raises(LocalOrthancError, match="not running"):
            _ = server.pid
        server.restart()
        assert server.pid != pid
        assert (server.url, server.dicom_port, server.dicom_aet, server.password, server.folder) == before
        assert get(server, "/instances") == [stored["ID"]]
        server.restart()
        assert rest(server, "GET", f"/instances/{stored['ID']}/file").content == to_bytes(make_instance(seed=1))
        assert server.log.count("Orthanc has started") == 3


def test_reset_forgets_everything_but_the_configuration(version: str) -> None:
    with LocalOrthanc(version, config={"DicomModalities": {"kept": ["AET", "127.0.0.1", 1]}}) as server:
        rest(server, "POST", "/instances", data=to_bytes(make_instance()))
        rest(server, "PUT", "/modalities/added", json=["AET", "127.0.0.1", 1])
        url = server.url
        assert get(server, "/changes")["Changes"]
        server.reset()
        assert server.url == url
        assert get(server, "/patients") == []
        assert get(server, "/changes")["Changes"] == []
        assert get(server, "/modalities") == ["kept"]
        assert [path for path in server.storage_folder.rglob("*") if path.is_file() and "index" not in path.name] == []


def test_two_servers_know_each_other(version: str) -> None:
    one, two = LocalOrthanc(version), LocalOrthanc(VERSIONS[-1])
    assert one.dicom_aet != two.dicom_aet
    first = LocalOrthanc(
        version,
        config={
            "DicomModalities": {"two": two.modality_configuration()},
            "OrthancPeers": {"two": two.peer_configuration()},
        },
    )
    with two, first:
        rest(two, "PUT", "/modalities/first", json=first.modality_configuration())
        rest(two, "PUT", "/peers/first", json=first.peer_configuration())
        for here, name in ((first, "two"), (two, "first")):
            rest(here, "POST", f"/modalities/{name}/echo", data="{}")
            assert get(here, f"/peers/{name}/system")["ApiVersion"] > 0
        stored = rest(first, "POST", "/instances", data=to_bytes(make_instance(seed=2))).json()
        rest(first, "POST", "/modalities/two/store", data=stored["ParentStudy"])
        assert get(two, "/instances") == [stored["ID"]]
        # The other one may ask for it back: found by C-FIND, brought by C-MOVE, for which both have to know each other.
        rest(first, "DELETE", f"/patients/{stored['ParentPatient']}")
        query = rest(
            first, "POST", "/modalities/two/query", json={"Level": "Study", "Query": {"PatientID": "*"}}
        ).json()
        assert len(get(first, f"/queries/{query['ID']}/answers")) == 1
        rest(first, "POST", f"/queries/{query['ID']}/retrieve", data=first.dicom_aet)
        assert get(first, "/instances") == [stored["ID"]]


def test_plugins_are_loaded_by_name(version: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import orthanc\n"
        "def hello(output, uri, **request):\n"
        "    output.AnswerBuffer('hi', 'text/plain')\n"
        "orthanc.RegisterRestCallback('/hello', hello)\n"
    )
    with LocalOrthanc(version, plugins=["dicom-web"], python_script=script) as server:
        assert set(get(server, "/plugins")) == {"explorer.js", "dicom-web", "python"}
        assert rest(server, "GET", "/hello").text == "hi"
        rest(server, "POST", "/instances", data=to_bytes(make_instance(StudyDescription="Over the web")))
        found = get(server, "/dicom-web/studies?includefield=00081030")
        assert [study["00081030"]["Value"] for study in found] == [["Over the web"]]


def test_accents_are_compared_as_on_other_machines(version: str) -> None:
    """It needs a locale, and a server without libraries of its own machine has to bring its own."""
    with LocalOrthanc(version) as server:
        rest(server, "POST", "/instances", data=to_bytes(make_instance(PatientName="MÜLLER^ZOÉ", alphabet="accents")))
        query = {"Level": "Patient", "Query": {"PatientName": "müller*"}}
        assert len(rest(server, "POST", "/tools/find", json=query).json()) == 1
        assert "locale" not in server.log


# --- options ----------------------------------------------------------------------------------------------------------


def test_the_configuration_can_be_changed() -> None:
    config = {"OverwriteInstances": True, "RegisteredUsers": {"alice": "in wonderland"}, "Name": "mine"}
    with LocalOrthanc(config=config) as server:
        assert get(server, "/system")["OverwriteInstances"] is True
        assert get(server, "/system")["Name"] == "mine"
        assert requests.get(server.url + "/system", auth=("alice", "in wonderland"), timeout=10).status_code == 200


def test_name_title_and_authentication_are_options() -> None:
    with LocalOrthanc(name="a name", dicom_aet="TITLE", authentication=False) as server:
        assert server.username is None
        assert server.password is None
        system = requests.get(server.url + "/system", timeout=10).json()
        assert (system["Name"], system["DicomAet"]) == ("a name", "TITLE")
        assert server.modality_configuration() == {"AET": "TITLE", "Host": "127.0.0.1", "Port": server.dicom_port}
        assert server.peer_configuration() == {"Url": server.url + "/"}


def test_a_configuration_that_is_not_json_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        LocalOrthanc(config={"StorageDirectory": Path("/tmp")})


def test_verbose_logs_more() -> None:
    with LocalOrthanc(verbose=True) as server:
        get(server, "/statistics")
        assert "GET /statistics" in server.log


def test_http_is_for_this_machine_only() -> None:
    with LocalOrthanc() as server:
        assert can_connect(server.http_port)
        with pytest.raises(ConnectionRefusedError):  # another address of this machine
            socket.create_connection(("127.0.0.2", server.http_port), timeout=5)


def test_the_client_is_for_this_server() -> None:
    with LocalOrthanc() as server:
        for instance in make_study(instances=2):
            server.client.post_instances(to_bytes(instance))
        assert len(server.client.get_instances()) == 2
        assert server.client is server.client
        assert server.client.get_system().version == server.version
        before = server.client
        server.reset()
        assert server.client is not before
        assert server.client.get_instances() == []


def test_the_client_takes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with LocalOrthanc() as server:
        assert server.client.get_system().version == server.version


def test_a_peer_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with LocalOrthanc() as two, LocalOrthanc(config={"OrthancPeers": {"two": two.peer_configuration()}}) as one:
        assert get(one, "/peers/two/system")["Version"] == two.version


def test_many_servers_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: LocalOrthanc().start(), range(6)))
    try:
        assert len({server.http_port for server in servers} | {server.dicom_port for server in servers}) == 12
        # The threads that started them have ended; they have not.
        assert threading.active_count() < 6
        assert all(get(server, "/system")["HttpPort"] == server.http_port for server in servers)
    finally:
        for server in servers:
            server.stop()


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_a_taken_port_is_exchanged_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        class Stolen(Reservation):
            """A port of which somebody else was faster."""

            def __init__(self, port: int = 0) -> None:
                super().__init__(port)
                self.release()
                self.port = taken.getsockname()[1]

        reservations: Iterator[type[Reservation]] = iter([Reservation, Stolen, Stolen, Reservation])
        monkeypatch.setattr(
            server_module, "Reservation", lambda port=0: next(reservations, Reservation)(port)
        )  # the DICOM port at the first try, the HTTP port at the second
        with LocalOrthanc() as server:
            assert taken.getsockname()[1] not in (server.http_port, server.dicom_port)
            assert server.log.count("Orthanc version") == 3
            assert get(server, "/system")["HttpPort"] == server.http_port


def test_a_port_to_insist_on_is_not_exchanged() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalOrthancError, match=f"port {port} .*in use"):
            LocalOrthanc(http_port=port).start()
    with LocalOrthanc(http_port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


def test_a_bad_configuration_is_an_error_with_the_words_of_orthanc() -> None:
    server = LocalOrthanc(config={"StorageCompression": "not a boolean"})
    with pytest.raises(OrthancFailed, match="StorageCompression") as caught:
        server.start()
    log = caught.value.log_file
    assert log is not None
    assert str(log) in str(caught.value)
    assert "StorageCompression" in log.read_text()
    assert list(log.parent.iterdir()) == [log]
    assert not server.is_running
    log.unlink()
    log.parent.rmdir()


def test_a_failing_python_script_does_not_wait_for_the_time_limit(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("this.is_not_defined")
    begin = time.monotonic()
    with pytest.raises(OrthancFailed, match=r"(?s)NameError.*'this'") as caught:
        LocalOrthanc(python_script=script).start()
    assert time.monotonic() - begin < 10
    assert caught.value.log_file is not None
    caught.value.log_file.unlink()
    caught.value.log_file.parent.rmdir()


def test_an_unknown_plugin_is_an_error_that_names_the_known_ones() -> None:
    server = LocalOrthanc(plugins=["dicomweb"])
    with pytest.raises(LocalOrthancError, match=r"no plugin 'dicomweb'.*dicom-web"):
        server.start()
    with pytest.raises(LocalOrthancError, match="no folder"):
        _ = server.folder


def test_a_server_that_does_not_answer_in_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    server = LocalOrthanc(timeout=0.3)
    monkeypatch.setattr(server_module, "is_ready", lambda *_, **__: False)
    with pytest.raises(OrthancFailed, match=r"did not answer within 0\.3 s") as caught:
        server.start()
    assert not server.is_running
    assert caught.value.log_file is not None
    caught.value.log_file.unlink()
    caught.value.log_file.parent.rmdir()


def test_a_server_that_crashed_is_reported_at_the_end() -> None:
    server = LocalOrthanc().start()
    pid, folder = server.pid, server.folder
    os.kill(pid, 9)
    while server.is_running:
        time.sleep(0.01)
    with pytest.raises(OrthancFailed, match="had ended by itself, with status -9") as caught:
        server.stop()
    assert caught.value.log_file == folder / "orthanc.log"
    assert not is_alive(pid)
    caught.value.log_file.unlink()
    folder.rmdir()
    server.stop()


def test_the_log_is_kept_with_the_error_of_the_block() -> None:
    server = LocalOrthanc()

    def block() -> None:
        with server:
            seen.extend((server.pid, server.folder))
            raise ZeroDivisionError

    seen: list[Any] = []
    with pytest.raises(ZeroDivisionError) as caught:
        block()
    pid, folder = seen
    assert not is_alive(pid)
    assert caught.value.__notes__ == [f"the log of Orthanc {server.version} is kept in {folder}"]
    assert "Orthanc has started" in (folder / "orthanc.log").read_text()
    assert list(folder.iterdir()) == [folder / "orthanc.log"]
    (folder / "orthanc.log").unlink()
    folder.rmdir()


def test_a_server_can_be_stopped_gracefully_and_used_again() -> None:
    server = LocalOrthanc()
    server.stop()
    server.start()
    with pytest.raises(LocalOrthancError, match="running already"):
        server.start()
    rest(server, "POST", "/instances", data=to_bytes(make_instance()))
    server.stop(graceful=True)
    server.stop()
    with server:
        assert get(server, "/instances") == []


PROGRAM = """
import os, signal, sys
from orthanc_sdk.testing import LocalOrthanc
server = LocalOrthanc().start()
print(server.pid, server.folder, flush=True)
{end}
"""


@pytest.mark.parametrize(
    ("end", "folder_remains"),
    [
        ("", False),
        ("sys.exit(1)", False),
        ("raise RuntimeError", False),
        ("del server", False),
        ("os.kill(os.getpid(), signal.SIGINT)", False),
        ("os.kill(os.getpid(), signal.SIGTERM)", True),
        ("os.kill(os.getpid(), signal.SIGKILL)", True),
        ("os._exit(1)", True),
    ],
)
def test_nothing_keeps_running_when_the_program_ends(end: str, folder_remains: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(end=end)], capture_output=True, text=True, check=False
    )
    pid, folder = done.stdout.split()
    assert wait_for_end(int(pid))
    assert "Warning" not in done.stderr
    assert Path(folder).exists() == folder_remains
    if folder_remains:
        subprocess.run(["rm", "-r", folder], check=True)


def test_the_end_of_a_fork_is_not_the_end_of_the_server() -> None:
    program = """
    pid = os.fork()
    if pid == 0:
        sys.exit()
    os.waitpid(pid, 0)
    assert server.is_running and server.folder.exists()
    """
    code = PROGRAM.format(end="\n".join(line[4:] for line in program.splitlines()))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert wait_for_end(int(done.stdout.split()[0]))


def test_two_processes_that_install_at_once_share_one_installation(tmp_path: Path) -> None:
    """Real packages, from the mirror of this machine. One process fetches them, the other one waits; both run."""
    program = """
import logging
from orthanc_sdk.testing import LocalOrthanc
logging.basicConfig(level=logging.INFO, format="%(message)s")
with LocalOrthanc("1.13") as server:
    print(server.version, server.client.get_system().version)
"""
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**os.environ, "ORTHANC_SDK_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=600) for process in both]
    for process, (printed, logged) in zip(both, answers, strict=True):
        assert process.returncode == 0, logged
        assert printed.split()[0] == printed.split()[1]
        assert printed.startswith("1.13")
    assert sum(logged.count("installed Orthanc") for _, logged in answers) == 1
    # From then on neither apt nor anything else of the machine is needed.
    offline = {**environment, "PATH": str(empty)}
    done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "install" not in done.stderr
