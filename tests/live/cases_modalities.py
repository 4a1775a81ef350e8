"""The cases of /modalities, but for those that search or fetch (cases_retrieval.py)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from orthanc_sdk import BadFileFormat, BadRequest, NetworkProtocolError, NotFound, models
from orthanc_sdk.testing import to_bytes
from tests.live.network import closed_port, holds
from tests.live.registry import operation
from tests.live.waiting import succeeded
from tests.live.world import World, new_study


@contextmanager
def _defined(
    world: World, name: str, json: models.ModalityRequest | dict[str, object] | list[str | int]
) -> Iterator[str]:
    world.client.put_modalities_id(name, json)
    try:
        yield name
    finally:
        world.client.delete_modalities_id(name)


@operation("get_modalities")
def _(world: World) -> None:
    client = world.client
    assert client.get_modalities() == ["partner"]
    with _defined(world, "Another-1_x", ["ANOTHER", "example.org", 104]):
        assert sorted(client.get_modalities(expand=False)) == ["Another-1_x", "partner"]
        found = client.get_modalities(expand=True)
        assert set(found) == {"Another-1_x", "partner"}
        assert (found["partner"].aet, found["partner"].port) == ("PARTNER", world.partner.dicom_port)
        assert (found["Another-1_x"].host, found["Another-1_x"]["Port"]) == ("example.org", 104)
        for expand, expected in ((True, found), (False, list(found))):
            assert client.get_modalities(expand=expand) == expected


@operation("get_modalities_id")
def _(world: World) -> None:
    routes = world.client.get_modalities_id("partner")
    assert {"echo", "query", "move", "store", "store-straight", "find-worklist", "storage-commitment"} <= set(routes)
    assert ("get" in routes) == world.at_least("1.12.6")
    with pytest.raises(NotFound):
        world.client.get_modalities_id("nobody")


@operation("get_modalities_id_configuration")
def _(world: World) -> None:
    partner = world.client.get_modalities_id_configuration("partner")
    assert (partner.aet, partner.host, partner.port) == ("PARTNER", "127.0.0.1", world.partner.dicom_port)
    assert partner.manufacturer == "Generic"
    assert (partner.local_aet, partner.timeout, partner.use_dicom_tls) == ("", 0, False)
    assert partner.allow_echo
    assert partner.allow_find_worklist
    assert partner.retrieve_method == ("SystemDefault" if world.at_least("1.12.6") else None)
    assert not partner.model_extra
    with pytest.raises(NotFound) as caught:
        world.client.get_modalities_id_configuration("nobody")
    assert caught.value.details == "No modality with symbolic name: nobody"


@operation("put_modalities_id")
def _(world: World) -> None:
    client = world.client
    whole = models.ModalityRequest(
        aet="FIRST",
        host="192.0.2.1",
        port="11112",
        manufacturer="GE",
        allow_echo=False,
        allow_find=False,
        allow_find_worklist=False,
        allow_store=False,
        allow_get=False,
        allow_move=False,
        allow_n_action=True,
        allow_event_report=False,
        allow_transcoding=False,
        use_dicom_tls=False,
        local_aet="ME",
        timeout=7,
        retrieve_method="C-GET",
    )
    with _defined(world, "new", whole):
        first = client.get_modalities_id_configuration("new")
        assert (first.aet, first.host, first.port) == ("FIRST", "192.0.2.1", 11112)
        assert (first.manufacturer, first.local_aet, first.timeout) == ("GE", "ME", 7)
        allowed = (first.allow_echo, first.allow_find, first.allow_find_worklist, first.allow_store, first.allow_get)
        assert allowed == (False,) * 5
        assert (first.allow_move, first.allow_n_action, first.allow_event_report) == (False, True, False)
        assert first.allow_transcoding is False
        assert first.retrieve_method == ("C-GET" if world.at_least("1.12.6") else None)

        client.put_modalities_id("new", {"AET": "SECOND", "Host": "192.0.2.2", "Port": 104, "UseDicomTls": True})
        second = client.get_modalities_id_configuration("new")
        assert (second.aet, second.host, second.port, second.use_dicom_tls) == ("SECOND", "192.0.2.2", 104, True)
        assert (second.manufacturer, second.local_aet, second.timeout, second.allow_echo) == ("Generic", "", 0, True)

        client.put_modalities_id(
            "new",
            {"AET": "X", "Host": "x", "Port": 104, "AllowStorageCommitment": False, "Manufacturer": "Vitrea"},
        )
        third = client.get_modalities_id_configuration("new")
        assert (third.allow_n_action, third.allow_event_report, third.manufacturer) == (False, False, "Vitrea")

        client.put_modalities_id("new", ["THIRD", "192.0.2.3", "105", "GenericNoWildcardInDates"])
        fourth = client.get_modalities_id_configuration("new")
        assert (fourth.aet, fourth.port, fourth.manufacturer) == ("THIRD", 105, "GenericNoWildcardInDates")

    with pytest.raises(BadRequest):
        client.put_modalities_id("new", {"AET": "X", "Host": "x", "Port": 65535})
    with pytest.raises(BadRequest):
        client.put_modalities_id("not a name", {"AET": "X", "Host": "x", "Port": 104})
    assert client.get_modalities() == ["partner"]


@operation("delete_modalities_id")
def _(world: World) -> None:
    world.client.put_modalities_id("short-lived", ["SHORT", "192.0.2.1", 104])
    world.client.delete_modalities_id("short-lived")
    assert world.client.get_modalities() == ["partner"]
    with pytest.raises(NotFound):
        world.client.delete_modalities_id("short-lived")


@operation("post_modalities_id_echo")
def _(world: World) -> None:
    client = world.client
    client.post_modalities_id_echo("partner")
    client.post_modalities_id_echo("partner", {"CheckFind": True, "Timeout": 5})
    client.post_modalities_id_echo("partner", models.EchoRequest(timeout=5, check_find=False))
    with _defined(world, "down", ["DOWN", "127.0.0.1", closed_port()]):
        with pytest.raises(NetworkProtocolError) as caught:
            client.post_modalities_id_echo("down")
        assert caught.value.details is not None
        assert 'connecting to AET "DOWN": TCP Initialization Error' in caught.value.details
    with pytest.raises(NotFound):
        client.post_modalities_id_echo("nobody")


@operation("post_modalities_id_store")
def _(world: World) -> None:
    client = world.client
    store = client.post_modalities_id_store

    for whole in (False, True):
        tree = world.new_tree(series=2)
        ids = [tree.study] if whole else list(tree.series)
        content = store("partner", ids)
        assert isinstance(content, models.DicomModalityStoreContent)
        assert (content.local_aet, content.remote_aet) == ("WORLD", "PARTNER")
        assert (content.instances_count, content.failed_instances_count) == (2, 0)
        assert content.parent_resources is not None
        assert sorted(content.parent_resources) == sorted(ids)
        if world.at_least("1.12.11"):
            assert content.resources is not None
            assert {(source.id, source.type) for source in content.resources} == {
                (id_, "Study" if whole else "Series") for id_ in ids
            }
        else:
            assert content.resources is None
        assert holds(world.partner.client, tree)

    tree = world.new_tree()
    content = store("partner", tree.instances[0])
    assert isinstance(content, models.DicomModalityStoreContent)
    assert content["InstancesCount"] == 1
    assert holds(world.partner.client, tree)

    tree = world.new_tree()
    content = store(
        "partner",
        models.StoreRequest(
            resources=(tree.patient,),
            synchronous=True,
            asynchronous=True,
            local_aet="SOMEBODY",
            move_originator_aet="MOVER",
            move_originator_id=42,
            storage_commitment=True,
            timeout=5,
            permissive=True,
        ),
    )
    assert isinstance(content, models.DicomModalityStoreContent)
    assert (content.local_aet, content.move_originator_aet, content.move_originator_id) == ("SOMEBODY", "MOVER", 42)
    assert content.storage_commitment_transaction_uid is not None
    report = client.get_storage_commitment_id(content.storage_commitment_transaction_uid)
    assert report.remote_aet == "PARTNER"
    metadata = world.partner.client.get_instances_id_metadata(tree.instances[0], expand=True)
    assert metadata["RemoteAET"] == "SOMEBODY"

    tree = world.new_tree()
    job = succeeded(client, store("partner", {"Resources": [tree.study], "Asynchronous": True, "Priority": 5}))
    assert isinstance(job.content, models.DicomModalityStoreContent)
    assert (job.type, job.priority, job.content.instances_count) == ("DicomModalityStore", 5, 1)
    assert holds(world.partner.client, tree)

    tree = world.new_tree()
    other = {"CalledAet": "ELSEWHERE", "Host": "127.0.0.1", "Port": world.partner.dicom_port}
    with _defined(world, "down", ["DOWN", "192.0.2.1", 104]):
        elsewhere = {"Resources": [tree.study], **other}
        if world.at_least("1.11.3"):
            content = store("down", elsewhere)
            assert isinstance(content, models.DicomModalityStoreContent)
            assert content.remote_aet == "ELSEWHERE"
            assert holds(world.partner.client, tree)
        else:
            # The old server does not know these three, and tries what it has.
            with pytest.raises(NetworkProtocolError):
                store("down", {**elsewhere, "Timeout": 1})
            assert not holds(world.partner.client, tree)

    content = store("partner", [])
    assert isinstance(content, models.DicomModalityStoreContent)
    assert (content.instances_count, content.parent_resources, content.resources) == (0, None, None)


@operation("post_modalities_id_store_straight")
def _(world: World) -> None:
    store = world.client.post_modalities_id_store_straight
    datasets = new_study(instances=4)
    files = [to_bytes(dataset) for dataset in datasets]
    contents: list[bytes | BinaryIO | Iterable[bytes]] = [
        files[0],
        io.BytesIO(files[1]),
        [files[2][:1000], files[2][1000:]],
        iter([files[3]]),
    ]
    for dataset, content in zip(datasets, contents, strict=True):
        result = store("partner", content)
        assert result.sop_class_uid == result["SOPClassUID"] == dataset.SOPClassUID
        assert result.sop_instance_uid == dataset.SOPInstanceUID
        assert len(world.partner.client.post_tools_lookup(dataset.SOPInstanceUID)) == 1
        assert world.client.post_tools_lookup(dataset.SOPInstanceUID) == []
    with pytest.raises(BadFileFormat):
        store("partner", b"no DICOM file")
