"""Certificates: whom the client trusts, and how it says so if it does not."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
import trustme

from orthanc_sdk import Orthanc, OrthancConnectionError
from orthanc_sdk.http import connections
from tests.http.fake_server import HANG_UP, FakeServer, Reply, json_reply

IDS = json_reply('["a"]')


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For server and client: who vouches for it (.crt), certificate and key (.pem), each alone (.cert, .key)."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "client"):
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(folder / f"{name}.crt")
        issued.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
        issued.cert_chain_pems[0].write_to_path(folder / f"{name}.cert")
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
    return folder


@pytest.fixture
def context(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    return context


def test_a_certificate_that_nobody_vouches_for(context: ssl.SSLContext) -> None:
    with FakeServer(IDS, tls=context) as server, pytest.raises(OrthancConnectionError) as caught:
        Orthanc(server.url).get_studies()
    assert "no secure connection to https://127.0.0.1:" in str(caught.value)
    assert "certificate verify failed" in str(caught.value)
    assert "verify= takes the certificate" in str(caught.value)
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert server.requests == []
    assert server.connections == 1


@pytest.mark.usefixtures("patient")
def test_a_certificate_that_the_user_trusts(context: ssl.SSLContext, certificates: Path) -> None:
    with FakeServer(IDS, tls=context, idle=5) as server:
        with Orthanc(server.url, verify=str(certificates / "server.crt")) as client:
            assert [client.get_studies() for _ in range(5)] == [["a"]] * 5
        with Orthanc(server.url.replace("//", "//u:p@"), verify=str(certificates / "server.crt")) as client:
            assert client.get_studies() == ["a"]
    assert server.connections == 2
    assert len(server.requests) == 6


def test_what_is_given_wins_over_the_environment(
    context: ssl.SSLContext, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer(IDS, tls=context) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "server.crt"))
        assert Orthanc(server.url).get_studies() == ["a"]
        with pytest.raises(OrthancConnectionError, match="certificate verify failed"):
            Orthanc(server.url, verify=str(certificates / "client.crt")).get_studies()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "client.crt"))
        assert Orthanc(server.url, verify=str(certificates / "server.crt")).get_studies() == ["a"]
    assert len(server.requests) == 2


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_no_check_at_all(context: ssl.SSLContext) -> None:
    with FakeServer(IDS, tls=context) as server:
        assert Orthanc(server.url, verify=False).get_studies() == ["a"]


def test_a_client_certificate(context: ssl.SSLContext, certificates: Path) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates / "client.crt")
    trust = str(certificates / "server.crt")
    pair = (str(certificates / "client.cert"), str(certificates / "client.key"))
    with FakeServer(IDS, tls=context) as server:
        assert Orthanc(server.url, verify=trust, cert=str(certificates / "client.pem")).get_studies() == ["a"]
        assert Orthanc(server.url, verify=trust, cert=pair).get_studies() == ["a"]
        with pytest.raises(OrthancConnectionError):
            Orthanc(server.url, verify=trust, retries=0).get_studies()
    assert len(server.requests) == 2


def test_a_server_that_hangs_up(context: ssl.SSLContext, certificates: Path) -> None:
    with FakeServer([HANG_UP, IDS], tls=context) as server:
        assert Orthanc(server.url, verify=str(certificates / "server.crt")).get_studies() == ["a"]
    assert len(server.requests) == 2


def test_a_post_is_sent_once(context: ssl.SSLContext, certificates: Path) -> None:
    with FakeServer([HANG_UP, Reply()], tls=context) as server, pytest.raises(OrthancConnectionError, match="was lost"):
        Orthanc(server.url, verify=str(certificates / "server.crt")).request("POST", "/x", data=b"abc")
    assert [request.body for request in server.requests] == [b"abc"]


@pytest.mark.usefixtures("patient")
def test_idle_connections_are_dropped_here_too(
    context: ssl.SSLContext, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        FakeServer(IDS, tls=context, idle=5) as server,
        Orthanc(server.url, verify=str(certificates / "server.crt")) as client,
    ):
        client.get_studies()
        client.get_studies()
        assert server.connections == 1
        monkeypatch.setattr(connections, "MAX_IDLE", 0.01)
        time.sleep(0.02)
        client.get_studies()
        assert server.connections == 2


def test_a_server_without_tls() -> None:
    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.recv(1024)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(OrthancConnectionError, match="no secure connection to https://"):
            Orthanc(f"https://127.0.0.1:{listener.getsockname()[1]}").get_studies()
        thread.join(10)
    assert not thread.is_alive()
