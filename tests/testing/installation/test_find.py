"""Where an Orthanc comes from, on machines that are made up."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orthanc_sdk.testing import LocalOrthanc, OrthancNotAvailable
from orthanc_sdk.testing.installation.binary import Unusable, binary_at
from orthanc_sdk.testing.installation.cache import cache_folder, locked
from orthanc_sdk.testing.installation.docker import docker_image
from orthanc_sdk.testing.installation.find import VARIABLE, find_binary
from tests.testing import fakes


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing: its only programs are those put into the folder that is returned."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in list(os.environ):
        if name.startswith("ORTHANC_SDK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("ORTHANC_SDK_CACHE", str(tmp_path / "cache"))
    return programs


def test_a_bare_machine_gets_one_error_that_says_what_was_tried(bare: Path) -> None:
    with pytest.raises(OrthancNotAvailable) as caught:
        LocalOrthanc("1.13").start()
    message = str(caught.value)
    assert "no Orthanc 1.13 is available" in message
    for word in (
        "$ORTHANC_SDK_TEST_BINARY_1_13",
        f"${VARIABLE} is",
        "on PATH",
        "cache: ",
        "apt: ",
        "apt-get",
        "Docker: ",
    ):
        assert word in message
    assert len(caught.value.attempts) == 6
    assert not list(bare.parent.glob("cache/orthanc/*/*"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == message


def test_a_version_that_nobody_packages_gets_that_error_too(bare: Path) -> None:
    del bare
    with pytest.raises(OrthancNotAvailable, match=r"only 1\.10, 1\.12, 1\.13 can be installed") as caught:
        find_binary("1.11")
    assert "complete version, such as 1.11.0" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "wanted"),
    [
        (VARIABLE, "1.13"),
        (VARIABLE, "1.13.0"),
        ("ORTHANC_SDK_TEST_BINARY_1_13", "1.13"),
        ("ORTHANC_SDK_TEST_BINARY_1_13", "1.13.0"),
        ("ORTHANC_SDK_TEST_BINARY_1_13_0", "1.13.0"),
    ],
)
def test_a_variable_names_the_executable(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, wanted: str
) -> None:
    fakes.orthanc(bare, "Orthanc 1.13.0 on PATH, which comes second")
    named = fakes.orthanc(tmp_path / "named", "/some/where/Orthanc 1.13.0")
    monkeypatch.setenv(variable, str(named))
    assert find_binary(wanted).command == (str(named),)


def test_the_variable_of_all_versions_is_passed_over_if_its_version_is_another(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(fakes.orthanc(tmp_path / "named", "Orthanc 1.12.7")))
    on_path = fakes.orthanc(bare, "Orthanc 1.13.0")
    assert find_binary("1.13").command == (str(on_path),)


@pytest.mark.parametrize("target", ["missing", "folder", "text", "other program"])
def test_the_variable_of_a_version_has_to_name_an_orthanc(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    fakes.orthanc(bare, "Orthanc 1.13.0")
    path = tmp_path / "named" / "Orthanc"
    path.parent.mkdir()
    if target == "folder":
        path.mkdir()
    elif target == "text":
        path.write_text("Orthanc 1.13.0")
    elif target == "other program":
        fakes.orthanc(path.parent, "Something else 1.13.0")
    monkeypatch.setenv("ORTHANC_SDK_TEST_BINARY_1_13", str(path))
    with pytest.raises(OrthancNotAvailable, match=r"\$ORTHANC_SDK_TEST_BINARY_1_13: ") as caught:
        find_binary("1.13")
    assert len(caught.value.attempts) == 1


def test_orthanc_on_path_counts_only_if_its_version_is_the_wanted_one(bare: Path) -> None:
    fakes.orthanc(bare, "Orthanc 1.12.7")
    assert find_binary("1.12").version == "1.12.7"
    with pytest.raises(OrthancNotAvailable, match=r"PATH: .* is 1\.12\.7, not 1\.13"):
        find_binary("1.13")


@pytest.mark.parametrize("line", ["", "Orthanc mainline", "Orthanc version 1"])
def test_what_does_not_say_its_version_is_not_used(tmp_path: Path, line: str) -> None:
    with pytest.raises(Unusable, match="does not print a version of Orthanc"):
        binary_at(fakes.orthanc(tmp_path, line))


def test_what_fails_to_say_its_version_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="failed"):
        binary_at(fakes.orthanc(tmp_path, "Orthanc 1.13.0", exit_status=1))


# --- the cache and apt ------------------------------------------------------------------------------------------------


def test_debian_packages_are_unpacked_once_into_the_cache(bare: Path, tmp_path: Path) -> None:
    fakes.debian(bare)
    binary = find_binary("1.13")
    assert binary.version == "1.13.0"
    prefix = Path(binary.origin)
    assert prefix.parent == tmp_path / "cache" / "orthanc"
    assert json.loads((prefix / "orthanc-sdk.json").read_text()) == {
        "version": "1.13.0",
        "suite": "sid",
        "archives": ["libc6_1_all.deb", "orthanc_1_all.deb"],
    }
    assert binary.command[0] == f"{prefix}/usr/lib/{fakes.machine()}-linux-gnu/ld-linux-fake.so.2"
    assert binary.environment["PYTHONHOME"] == f"{prefix}/usr"
    assert binary.environment["DCMDICTPATH"] == f"{prefix}/usr/share/dcmtk/dicom.dic"
    assert not (prefix / "usr" / "share" / "doc").exists()
    steps = fakes.steps(bare)
    assert sum("install" in step for step in steps) == 1
    assert all("-c " in step for step in steps if step.endswith((" update", "orthanc-python")))

    shutil.rmtree(bare)  # offline
    assert find_binary("1.13.0").command == binary.command
    assert fakes.steps(bare) == steps


def test_apt_is_kept_away_from_the_state_of_the_machine(bare: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    fakes.debian(bare)
    whole = (bare / "apt-get").read_text()
    copy = f"\nif '-c' in sys.argv: open({str(seen)!r}, 'w').write(open(sys.argv[sys.argv.index('-c') + 1]).read())\n"
    copy += "if '-c' in sys.argv: s = open(sys.argv[sys.argv.index('-c') + 1].replace('apt.conf', 'sources.list'))\n"
    copy += f"if '-c' in sys.argv: open({str(seen)!r} + '.list', 'w').write(s.read()); s.close()\n"
    (bare / "apt-get").write_text(whole.replace("import os, sys\n", "import os, sys\n" + copy))
    find_binary("1.13")
    settings = dict(line.rstrip(";").split(" ", 1) for line in seen.read_text().splitlines())
    for name in ("Dir::State", "Dir::State::status", "Dir::State::lists", "Dir::Cache", "Dir::Cache::archives"):
        assert settings[name].startswith(f'"{tmp_path}/cache/')
    assert settings["APT::Sandbox::User"] == '""'
    assert settings["Dir::Etc::sourceparts"] == '"-"'
    source = Path(f"{seen}.list").read_text()
    assert source.endswith(f"] {fakes.MIRROR} sid main\n")
    assert source.startswith("deb [signed-by=/")
    assert "trusted=yes" not in source


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"version": "1.14.0-1"}, "Debian sid has Orthanc 1.14.0, not 1.13"),
        ({"says": "1.14.0"}, "prints the version 1.14.0"),
        ({"fails": "update"}, "apt-get failed: E: no such luck"),
        ({"fails": "install"}, "apt-get failed: E: no such luck"),
        ({"fails": "unpack"}, "dpkg-deb failed"),
        ({"mirror": "http://mirror.test/ubuntu"}, "has no archive of Debian"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(f"{k}={v}" for k, v in value.items()),
)
def test_a_failed_installation_leaves_nothing_and_says_why(
    bare: Path, tmp_path: Path, settings: dict[str, str], reason: str
) -> None:
    fakes.debian(bare, **settings)  # type: ignore[arg-type] # mypy takes `journal` for one of them
    with pytest.raises(OrthancNotAvailable, match=reason):
        find_binary("1.13")
    left = [path for path in (tmp_path / "cache" / "orthanc").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_an_older_release_is_replaced_when_another_complete_version_is_wanted(bare: Path) -> None:
    fakes.debian(bare)
    assert find_binary("1.13").version == "1.13.0"
    fakes.debian(bare, version="1.13.1-1", says="1.13.1")
    assert find_binary("1.13").version == "1.13.0"
    assert find_binary("1.13.1").version == "1.13.1"


def test_a_damaged_cache_is_installed_again(bare: Path) -> None:
    fakes.debian(bare)
    prefix = Path(find_binary("1.13").origin)
    (prefix / "orthanc-sdk.json").write_text("{")
    assert find_binary("1.13").version == "1.13.0"
    (prefix / "usr" / "share" / "dcmtk" / "dicom.dic").unlink()
    assert find_binary("1.13").version == "1.13.0"


def test_what_a_killed_installation_left_is_removed(bare: Path, tmp_path: Path) -> None:
    fakes.debian(bare)
    prefix = Path(find_binary("1.13").origin)
    left_over = prefix.with_name(prefix.name + ".abcd1234")
    prefix.rename(left_over)
    assert find_binary("1.13").origin == str(prefix)
    assert {path.name for path in (tmp_path / "cache" / "orthanc").iterdir()} == {prefix.name, prefix.name + ".lock"}


def _find(queue: multiprocessing.Queue[str]) -> None:
    queue.put(find_binary("1.13").origin)


def test_of_several_processes_one_installs_and_the_others_wait(bare: Path) -> None:
    fakes.debian(bare)
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[str] = context.Queue()
    workers = [context.Process(target=_find, args=(queue,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    origins = {queue.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(origins) == 1
    assert sum("install" in step for step in fakes.steps(bare)) == 1


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ORTHANC_SDK_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "orthanc-sdk"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "orthanc-sdk"
    monkeypatch.setenv("ORTHANC_SDK_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_lock_ends_with_its_block(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "lock"
    attempt = [sys.executable, "-c", f"import fcntl; fcntl.flock(open({str(file)!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"]
    for _ in range(2):
        with locked(file):
            assert b"BlockingIOError" in subprocess.run(attempt, check=False, stderr=subprocess.PIPE).stderr
        subprocess.run(attempt, check=True)


# --- Docker -----------------------------------------------------------------------------------------------------------


def test_docker_is_used_if_an_engine_answers_and_has_the_image(bare: Path, tmp_path: Path) -> None:
    fakes.program(bare, "docker", "")
    binary = find_binary("1.13")
    assert binary.version == "1.13.0"
    assert binary.origin == "Docker image jodogne/orthanc-python:1.13.0"
    line = binary.command_line(["/f/orthanc.json"], folder=tmp_path)
    assert line[:3] == [str(bare / "docker"), "run", "--rm"]
    assert line[-2:] == ["jodogne/orthanc-python:1.13.0", "/f/orthanc.json"]
    assert line[line.index("--volume") + 1] == f"{tmp_path}:{tmp_path}"
    name = line[line.index("--name") + 1]
    assert binary.kill_command(tmp_path) == [str(bare / "docker"), "kill", name]
    assert binary.kill_command(tmp_path / "another") != binary.kill_command(tmp_path)
    assert binary.plugin("dicom-web") == "/usr/local/share/orthanc/plugins/libOrthancDicomWeb.so"
    assert binary.plugin("/mine.so") == "/mine.so"


def test_an_image_is_pulled_if_it_is_missing(bare: Path, tmp_path: Path) -> None:
    pulled = tmp_path / "pulled"
    fakes.program(
        bare, "docker", f"if sys.argv[1] == 'image': sys.exit(1)\nif sys.argv[1] == 'pull': open({str(pulled)!r}, 'w')"
    )
    docker_image("1.12.7")
    assert pulled.exists()


@pytest.mark.parametrize(
    ("failing", "reason"), [("version", "the engine is not running: .*cannot connect"), ("pull", "cannot be pulled")]
)
def test_docker_says_why_not(bare: Path, failing: str, reason: str) -> None:
    fakes.program(bare, "docker", f"if sys.argv[1] in ({failing!r}, 'image'): sys.exit('cannot connect')")
    with pytest.raises(Unusable, match=reason):
        docker_image("1.13.0")


def test_a_container_runs_as_long_as_its_server(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way of a container, with a `docker` that runs the Orthanc of this machine instead."""
    monkeypatch.undo()
    real = find_binary("1.13")
    monkeypatch.setenv("PATH", str(bare))
    monkeypatch.setenv("ORTHANC_SDK_CACHE", str(tmp_path / "cache"))
    fakes.program(
        bare,
        "docker",
        f"""
if sys.argv[1] == "run":
    folder = sys.argv[sys.argv.index("--volume") + 1].split(":")[0]
    open({str(tmp_path)!r} + "/" + sys.argv[sys.argv.index("--name") + 1], "w").write(str(os.getpid()))
    os.environ.update({dict(real.environment)!r})
    os.execv({real.command[0]!r}, {list(real.command)!r} + sys.argv[sys.argv.index("--volume") + 3:])
if sys.argv[1] == "kill":
    os.kill(int(open({str(tmp_path)!r} + "/" + sys.argv[2]).read()), 9)
""",
    )
    with LocalOrthanc("1.13.0") as server:
        assert server.is_running
        pid = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
