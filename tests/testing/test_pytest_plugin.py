from __future__ import annotations

import subprocess
import sys

import pytest

from orthanc_sdk.testing.installation.cache import cache_folder

pytest_plugins = ["pytester"]
CACHE = str(cache_folder())


@pytest.fixture(autouse=True)
def the_cache_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC_SDK_CACHE", CACHE)  # pytester takes HOME away


USER_TESTS = """
from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc, StartLocalOrthanc, make_instance, to_bytes

seen = []


def test_one(orthanc: Orthanc, orthanc_server: LocalOrthanc) -> None:
    assert orthanc.get_instances() == []
    orthanc.post_instances(to_bytes(make_instance()))
    assert len(orthanc.get_instances()) == 1
    seen.append(orthanc_server)


def test_two(orthanc: Orthanc, orthanc_server: LocalOrthanc) -> None:
    assert orthanc.get_instances() == []
    assert seen == [orthanc_server]
    assert orthanc_server.version.startswith(VERSION)


def test_three(local_orthanc: StartLocalOrthanc) -> None:
    other = local_orthanc("1.12", config={"Name": "other"})
    assert other.client.get_system().version.startswith("1.12.")
    assert other.client.get_system().name == "other"
    assert local_orthanc().version.startswith(VERSION)
    seen.append(other)


def test_four() -> None:
    assert not seen[1].is_running
"""


@pytest.mark.parametrize("version", [None, "1.10"])
def test_fixtures_give_an_empty_server_to_each_test(pytester: pytest.Pytester, version: str | None) -> None:
    pytester.makepyfile(f"VERSION = {version or '1.13'!r}\n{USER_TESTS}")
    options = [] if version is None else ["--orthanc-version", version]
    pytester.runpytest_subprocess("-W", "error", *options).assert_outcomes(passed=4)


def test_the_log_is_shown_with_a_failure_and_only_then(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_good(orthanc):
            orthanc.get_system()

        def test_bad(local_orthanc):
            local_orthanc("1.13", verbose=True).client.get_system()
            assert False
        """
    )
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*Log of Orthanc 1.13.* at http://127.0.0.1:*", "*GET /system*"])
    assert str(done.stdout).count("Log of Orthanc") == 1


def test_the_end_of_pytest_is_the_end_of_the_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test(orthanc, orthanc_server):
            print(f"pid={orthanc_server.pid}.")
        """
    )
    done = pytester.runpytest_subprocess("-s")
    done.assert_outcomes(passed=1)
    pid = str(done.stdout).partition("pid=")[2].partition(".")[0]
    assert subprocess.run(["ps", "-p", pid, "-o", "stat="], capture_output=True, check=False).stdout.strip() in (
        b"",
        b"Zs",
    )


def test_one_server_for_each_worker_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test(orthanc, number):
            assert orthanc.get_instances() == []
        """
    )
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=4)


def test_pytest_starts_without_our_libraries() -> None:
    code = """
import sys
import pytest
before = set(sys.modules)
import orthanc_sdk.testing.pytest_plugin
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not new & {"requests", "urllib3", "pydantic", "pydicom", "numpy", "dateutil", "ssl", "http"}, new
assert len({name for name in set(sys.modules) - before if name.startswith("orthanc")}) <= 3
"""
    subprocess.run([sys.executable, "-c", code], check=True)
