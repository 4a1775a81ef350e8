"""Storage commitment."""

from __future__ import annotations

import time

import pytest

from orthanc_sdk import (
    InvalidArgument,
    Modality,
    NetworkProtocolError,
    NotFound,
    OrthancTimeout,
    ServerError,
    StorageCommitment,
    Study,
)
from tests.live.network import holds
from tests.live.world import Tree, World
from tests.networking.helpers import defined


def kept(commitment: StorageCommitment) -> set[str]:
    return {instance.sop_instance_uid for instance in commitment.report.success or []}


def uids(tree: Tree) -> list[tuple[str, str]]:
    return [(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)) for dataset in tree.datasets]


def test_success(world: World, modality: Modality) -> None:
    tree, bystander = world.new_tree(series=2), world.new_tree()
    modality.store(tree.study)
    for commitment in (
        modality.request_storage_commitment(tree.study),
        modality.request_storage_commitment([Study(tree.study, world.client), tree.series[0]], timeout=5),
        modality.request_storage_commitment(instances=uids(tree)),
    ):
        assert commitment.id.startswith("2.25.")
        assert commitment.wait(20).status == "Success"
        assert commitment.status == "Success"
        assert commitment.report.remote_aet == "PARTNER"
        assert kept(commitment) == {uid for _, uid in uids(tree)}
    again = StorageCommitment(commitment.id, world.client)
    again.remove_instances()
    assert tree.study not in world.client.get_studies()
    assert holds(world.client, bystander)
    assert holds(world.partner.client, tree)


def test_with_store(world: World, modality: Modality) -> None:
    tree = world.new_tree()
    content = modality.store(tree.study, storage_commitment=True)
    assert content.storage_commitment_transaction_uid is not None
    commitment = StorageCommitment(content.storage_commitment_transaction_uid, world.client)
    assert commitment.wait(20).status == "Success"


def test_failure(world: World, modality: Modality) -> None:
    tree = world.new_tree()
    modality.store(tree.study)
    missing = ("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4")
    commitment = modality.request_storage_commitment(tree.study, instances=[missing])
    report = commitment.wait(20)
    assert report.status == "Failure"
    assert kept(commitment) == {uids(tree)[0][1]}
    assert [failure.sop_instance_uid for failure in report.failures or []] == ["1.2.3.4"]
    with pytest.raises(ServerError):
        commitment.remove_instances()
    assert holds(world.client, tree)


def test_no_answer(world: World) -> None:
    """The modality must not report here: its answer never comes."""
    tree = world.new_tree()
    with defined(world, "unheard") as name:
        world.client.put_modalities_id("partner", {**world.partner.modality_configuration(), "AllowEventReport": False})
        world.client.put_modalities_id(name, {**world.partner.modality_configuration(), "AllowEventReport": False})
        try:
            commitment = Modality(world.client, name).request_storage_commitment(tree.study)
            assert commitment.status == "Pending"
            started = time.monotonic()
            with pytest.raises(OrthancTimeout, match=commitment.id):
                commitment.wait(0.5, interval=0.1)
            assert 0.4 < time.monotonic() - started < 10
        finally:
            world.client.put_modalities_id("partner", dict(world.partner.modality_configuration()))


def test_mistakes(world: World, modality: Modality) -> None:
    with pytest.raises(InvalidArgument):
        modality.request_storage_commitment()
    with pytest.raises(InvalidArgument):
        StorageCommitment("2.25.1", world.client).wait(-1)
    with pytest.raises(NotFound):
        _ = StorageCommitment("2.25.1", world.client).report
    with pytest.raises(NotFound):
        Modality(world.client, "nobody").request_storage_commitment(world.tree.study)
    with pytest.raises(NetworkProtocolError), defined(world, "misnamed", AET="OTHER") as name:
        Modality(world.client, name).request_storage_commitment(world.tree.study)
