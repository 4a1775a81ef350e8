"""Real servers that speak TLS: with an authority of one's own, and with certificates of clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import trustme

from orthanc_sdk import Orthanc, OrthancConnectionError, Unauthorized, find_studies, upload
from orthanc_sdk.testing import LocalOrthanc, Tls, make_study, to_bytes
from tests.live.world import VERSIONS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    servers, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    servers.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    clients.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    strangers.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(folder / "stranger.pem")
    for name, authority in (("servers", servers), ("clients", clients), ("strangers", strangers)):
        authority.cert_pem.write_to_path(folder / f"{name}.crt")
    return Tls(folder / "server.pem", folder / "servers.crt", folder / "client.pem", folder / "clients.crt")


@pytest.fixture(scope="module")
def server_of(tls: Tls) -> Iterator[Callable[[str, bool], LocalOrthanc]]:
    """A server of a version; the second argument says whether it wants the certificate of a client."""
    with ExitStack() as stack:
        servers: dict[tuple[str, bool], LocalOrthanc] = {}

        def get(version: str, mutual: bool) -> LocalOrthanc:
            if (version, mutual) not in servers:
                files = tls if mutual else Tls(tls.certificate, tls.authority)
                servers[version, mutual] = stack.enter_context(LocalOrthanc(version, tls=files))
            return servers[version, mutual]

        yield get


Servers = Callable[[str, bool], LocalOrthanc]


@pytest.mark.parametrize("mutual", [False, True], ids=["server", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_all_of_it_over_tls(version: str, mutual: bool, server_of: Servers) -> None:
    server = server_of(version, mutual)
    assert server.url.startswith("https://127.0.0.1:")
    client = server.client
    assert client.get_system().is_http_server_secure is True
    report = upload(
        client, [to_bytes(one) for one in make_study(series=1, instances=3, seed=f"tls {mutual}")], workers=3
    )
    assert len(report) == 3
    (study,) = find_studies(client, query={"StudyInstanceUID": report[0].series.study.uid})
    assert study.get_zip().startswith(b"PK")
    same = client.transport.options
    with pytest.raises(Unauthorized):
        Orthanc(server.url, "orthanc", "wrong", verify=same.verify, cert=same.cert, proxies={}).get_system()


@pytest.mark.parametrize("version", VERSIONS)
def test_certificates_are_checked_by_default(version: str, server_of: Servers, tls: Tls) -> None:
    server = server_of(version, False)
    login = (server.username, server.password)
    for verify in (True, str(tls.authority.with_name("strangers.crt"))):
        with pytest.raises(OrthancConnectionError, match=r"certificate verify failed.*verify= takes the certificate"):
            Orthanc(server.url, *login, verify=verify, proxies={}).get_system()
    with pytest.raises(OrthancConnectionError, match="certificate"):  # it is for another name
        Orthanc(
            server.url.replace("127.0.0.1", "localhost"), *login, verify=str(tls.authority), proxies={}
        ).get_system()
    with pytest.raises(OrthancConnectionError):
        Orthanc(server.url.replace("https", "http"), *login, retries=0, proxies={}).get_system()
    with pytest.warns(match="Unverified HTTPS request is being made to host '127.0.0.1'") as warned:
        assert Orthanc(server.url, *login, verify=False, proxies={}).get_system().name == server.name
    assert not [one for one in warned if str(server.password) in str(one.message)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_without_a_certificate_is_turned_away(version: str, server_of: Servers, tls: Tls) -> None:
    server = server_of(version, True)
    login = (server.username, server.password)
    for cert in (None, str(tls.authority.with_name("stranger.pem"))):
        client = Orthanc(server.url, *login, verify=str(tls.authority), cert=cert, retries=0, proxies={})
        with pytest.raises(OrthancConnectionError):
            client.get_system()
    assert server.client.get_system().name == server.name


def test_the_authority_comes_from_the_environment(
    server_of: Servers, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_of("1.13", False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.authority))
    assert Orthanc(server.url, server.username, server.password, proxies={}).get_system().name == server.name
    variables = {
        "ORTHANC_URL": server.url,
        "ORTHANC_USERNAME": str(server.username),
        "ORTHANC_PASSWORD": str(server.password),
        "ORTHANC_VERIFY": str(tls.authority),
    }
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.authority.with_name("strangers.crt")))
    assert Orthanc.from_env(variables).get_system().name == server.name
