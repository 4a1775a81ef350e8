"""The cases of /peers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from orthanc_sdk import BadRequest, NetworkProtocolError, NotFound, ServerError, models
from orthanc_sdk.testing import to_bytes
from tests.live.network import closed_port, holds
from tests.live.registry import operation
from tests.live.waiting import succeeded
from tests.live.world import World, new_study

IMPLICIT = "1.2.840.10008.1.2"


@contextmanager
def _defined(world: World, name: str, json: models.PeerRequest | dict[str, object] | list[str]) -> Iterator[str]:
    world.client.put_peers_id(name, json)
    try:
        yield name
    finally:
        world.client.delete_peers_id(name)


@operation("get_peers")
def _(world: World) -> None:
    client = world.client
    assert client.get_peers() == ["partner"]
    with _defined(world, "another", ["http://192.0.2.1:8042"]):
        assert sorted(client.get_peers(expand=False)) == ["another", "partner"]
        found = client.get_peers(expand=True)
        assert set(found) == {"another", "partner"}
        assert found["partner"].url == found["partner"]["Url"] == world.partner.url + "/"
        assert found["another"].url == "http://192.0.2.1:8042/"


@operation("get_peers_id")
def _(world: World) -> None:
    assert {"configuration", "store", "store-straight", "system"} == set(world.client.get_peers_id("partner"))
    with pytest.raises(NotFound):
        world.client.get_peers_id("nobody")


@operation("get_peers_id_configuration")
def _(world: World) -> None:
    partner = world.client.get_peers_id_configuration("partner")
    assert (partner.url, partner.username, partner.password) == (world.partner.url + "/", "orthanc", None)
    assert (partner.pkcs11, partner.timeout, partner.http_headers) == (False, 0, [])
    assert "Password" in partner
    assert str(world.partner.password) not in str(partner)
    with pytest.raises(NotFound):
        world.client.get_peers_id_configuration("nobody")


@operation("put_peers_id")
def _(world: World) -> None:
    client = world.client
    whole = models.PeerRequest(
        url="http://192.0.2.1:8042",
        username="somebody",
        password="secret",
        pkcs11=False,
        timeout=7,
        http_headers={"X-Token": "secret", "X-Site": "here"},
    )
    with _defined(world, "new", whole):
        first = client.get_peers_id_configuration("new")
        assert (first.url, first.username, first.timeout) == ("http://192.0.2.1:8042/", "somebody", 7)
        assert sorted(first.http_headers) == ["X-Site", "X-Token"]
        assert "secret" not in str(first)

        client.put_peers_id("new", {"Url": "https://192.0.2.2/orthanc/", "Colour": "blue", "Floor": 3, "Open": True})
        second = client.get_peers_id_configuration("new")
        assert (second.url, second.username, second.http_headers) == ("https://192.0.2.2/orthanc/", None, [])
        assert (second["Colour"], second["Floor"], second["Open"]) == ("blue", "3", "1")

        client.put_peers_id("new", ["http://192.0.2.3/", "somebody", "secret"])
        third = client.get_peers_id_configuration("new")
        assert (third.url, third.username, third.timeout) == ("http://192.0.2.3/", "somebody", 0)
        client.put_peers_id("new", ("http://192.0.2.4/",))
        assert client.get_peers_id_configuration("new").url == "http://192.0.2.4/"

        certificate = world.server.folder / "certificate.pem"
        certificate.write_text("not looked into before it is needed")
        client.put_peers_id(
            "new",
            {
                "Url": "https://192.0.2.5/",
                "CertificateFile": str(certificate),
                "CertificateKeyFile": str(certificate),
                "CertificateKeyPassword": "secret",
            },
        )
        fourth = client.get_peers_id_configuration("new")
        assert fourth.certificate_file == str(certificate)
        assert (fourth.certificate_key_file, fourth.certificate_key_password) == (None, None)
        assert "CertificateKeyFile" in fourth
        assert "secret" not in str(fourth)
    with pytest.raises(BadRequest):
        client.put_peers_id("new", {"Url": "ftp://192.0.2.1"})
    with pytest.raises(BadRequest):
        client.put_peers_id("new", {"Url": "http://192.0.2.1", "Password": "secret"})
    with pytest.raises(NotFound):
        client.put_peers_id("new", {"Url": "http://192.0.2.1", "CertificateFile": "/no/such/file"})
    assert client.get_peers() == ["partner"]


@operation("delete_peers_id")
def _(world: World) -> None:
    world.client.put_peers_id("short-lived", ["http://192.0.2.1"])
    world.client.delete_peers_id("short-lived")
    assert world.client.get_peers() == ["partner"]
    with pytest.raises(NotFound):
        world.client.delete_peers_id("short-lived")


@operation("get_peers_id_system")
def _(world: World) -> None:
    system = world.client.get_peers_id_system("partner")
    assert (system.name, system.dicom_aet) == (f"partner {world.version}", "PARTNER")
    assert (system.version, system.http_port) == (world.server.version, world.partner.http_port)
    with (
        _defined(world, "down", [f"http://127.0.0.1:{closed_port()}"]),
        pytest.raises(NetworkProtocolError) as caught,
    ):
        world.client.get_peers_id_system("down")
    assert caught.value.details is not None
    assert "libCURL error" in caught.value.details
    with (
        _defined(world, "locked", [world.partner.url, "orthanc", "wrong"]),
        pytest.raises(ServerError) as refused,
    ):
        world.client.get_peers_id_system("locked")
    assert refused.value.status == 500
    with pytest.raises(NotFound):
        world.client.get_peers_id_system("nobody")


@operation("post_peers_id_store")
def _(world: World) -> None:
    client = world.client
    store = client.post_peers_id_store
    peer = [world.partner.url + "/", "orthanc", ""]

    tree = world.new_tree(series=2)
    content = store("partner", {"Resources": [tree.study], "Compress": True})
    assert isinstance(content, models.OrthancPeerStoreContent)
    assert (content.instances_count, content.failed_instances_count) == (2, 0)
    assert content.parent_resources == [tree.study]
    assert (content.peer, content.compress, content.transcode) == (peer, True, None)
    assert 0 < content.size < sum(len(to_bytes(dataset)) for dataset in tree.datasets)
    assert content.size_mb == 0
    if world.at_least("1.12.11"):
        assert content.resources == [models.ResourceReference(id=tree.study, type="Study")]
    assert holds(world.partner.client, tree)

    tree = world.new_tree()
    content = store("partner", tree.series)
    assert isinstance(content, models.OrthancPeerStoreContent)
    assert content["Size"] == len(to_bytes(tree.datasets[0]))
    assert holds(world.partner.client, tree)

    tree = world.new_tree()
    store("partner", tree.patient)
    assert holds(world.partner.client, tree)

    tree = world.new_tree()
    request = models.PeerStoreRequest(
        resources=[tree.study],
        transcode=IMPLICIT,
        asynchronous=True,
        priority=2,
        permissive=True,
        user_data={"ticket": None},
    )
    job = succeeded(client, store("partner", request))
    assert (job.type, job.priority) == ("OrthancPeerStore", 2)
    assert job.user_data == ({"ticket": None} if world.at_least("1.12.9") else None)
    assert isinstance(job.content, models.OrthancPeerStoreContent)
    assert job.content.transcode == job.content["Transcode"] == IMPLICIT
    metadata = world.partner.client.get_instances_id_metadata(tree.instances[0], expand=True)
    assert metadata["TransferSyntax"] == IMPLICIT

    tree = world.new_tree()
    settings = models.PeerRequest(
        url=world.partner.url, username="orthanc", password=world.partner.password, http_headers={"X-Site": "here"}
    )
    with _defined(world, "special", settings):
        content = store("special", [tree.study])
    assert isinstance(content, models.OrthancPeerStoreContent)
    assert isinstance(content.peer, models.PeerUse)
    assert (content.peer.url, content.peer.username) == (world.partner.url + "/", "orthanc")
    assert content.peer.http_headers == {"X-Site": "here"}
    assert holds(world.partner.client, tree)

    content = store("partner", {"Resources": [], "Synchronous": True, "Asynchronous": True})
    assert isinstance(content, models.OrthancPeerStoreContent)
    assert (content.instances_count, content.size) == (0, 0)
    with pytest.raises(BadRequest):
        store("partner", {"Resources": [tree.study], "Transcode": "1.2.3"})
    with pytest.raises(NotFound):
        store("nobody", [tree.study])


@operation("post_peers_id_store_straight")
def _(world: World) -> None:
    store = world.client.post_peers_id_store_straight
    datasets = new_study(instances=3)
    files = [to_bytes(dataset) for dataset in datasets]
    contents: list[bytes | BinaryIO | list[bytes]] = [
        files[0],
        io.BytesIO(files[1]),
        [files[2][:1000], files[2][1000:]],
    ]
    for dataset, content in zip(datasets, contents, strict=True):
        stored = store("partner", content)
        assert (stored.status, stored.path) == ("Success", f"/instances/{stored.id}")
        assert stored.id is not None
        there = world.partner.client.get_instances_id(stored.id)
        assert there.main_dicom_tags["SOPInstanceUID"] == dataset.SOPInstanceUID
        assert there.parent_series == stored.parent_series
        assert world.client.post_tools_lookup(dataset.SOPInstanceUID) == []
    again = store("partner", files[0])
    assert (again.status, again["ParentStudy"]) == ("AlreadyStored", stored.parent_study)
    with pytest.raises(NetworkProtocolError):
        store("partner", b"no DICOM file")
