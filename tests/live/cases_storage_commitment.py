"""The cases of storage commitment: is it kept over there, so that it may go here?"""

from __future__ import annotations

import pytest

from orthanc_sdk import BadRequest, NotFound, ServerError, models
from tests.live.network import holds
from tests.live.registry import operation
from tests.live.waiting import eventually
from tests.live.world import Tree, World


def _answered(world: World, id_: str) -> models.StorageCommitmentReport:
    def read() -> models.StorageCommitmentReport | None:
        report = world.client.get_storage_commitment_id(id_)
        return None if report.status == "Pending" else report

    return eventually(read)


def _uids(tree: Tree) -> set[tuple[str, str]]:
    return {(dataset.SOPClassUID, dataset.SOPInstanceUID) for dataset in tree.datasets}


def _kept(report: models.StorageCommitmentReport) -> set[tuple[str, str]]:
    assert report.success is not None
    return {(instance.sop_class_uid, instance.sop_instance_uid) for instance in report.success}


def _sent(world: World) -> Tree:
    """A study that the partner has as well."""
    tree = world.new_tree(series=2)
    world.client.post_modalities_id_store("partner", [tree.study])
    return tree


@operation("post_modalities_id_storage_commitment")
def _(world: World) -> None:
    ask = world.client.post_modalities_id_storage_commitment
    tree = _sent(world)
    requests: list[models.StorageCommitmentRequest | dict[str, object]] = [
        {"Resources": [tree.study]},
        models.StorageCommitmentRequest(resources=tree.series, timeout=5),
        {"DicomInstances": [list(uids) for uids in _uids(tree)]},
        models.StorageCommitmentRequest(
            dicom_instances=[
                models.StorageCommitmentInstance(sop_class_uid=class_, sop_instance_uid=instance)
                for class_, instance in _uids(tree)
            ]
        ),
    ]
    for request in requests:
        reference = ask("partner", request)
        assert reference.id.startswith("2.25.")
        assert reference.path == reference["Path"] == f"/storage-commitment/{reference.id}"
        report = _answered(world, reference.id)
        assert report.status == "Success"
        assert _kept(report) == _uids(tree)
    with pytest.raises(BadRequest):
        ask("partner", {})
    with pytest.raises(NotFound):
        ask("nobody", {"Resources": [tree.study]})


@operation("get_storage_commitment_id")
def _(world: World) -> None:
    client = world.client
    tree = _sent(world)
    unknown = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "1.2.3.4"}
    reference = client.post_modalities_id_storage_commitment(
        "partner", {"Resources": [tree.instances[0]], "DicomInstances": [unknown]}
    )
    report = _answered(world, reference.id)
    assert (report.status, report.remote_aet) == ("Failure", "PARTNER")
    assert report["RemoteAET"] == "PARTNER"
    assert _kept(report) == {(tree.datasets[0].SOPClassUID, tree.datasets[0].SOPInstanceUID)}
    assert report.failures is not None
    (failure,) = report.failures
    assert (failure.sop_class_uid, failure.sop_instance_uid) == ("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4")
    assert (failure.failure_reason, failure["FailureReason"]) == (274, 274)
    assert "was not available" in failure.description

    configuration = world.partner.modality_configuration()
    client.put_modalities_id("partner", {**configuration, "AllowEventReport": False})
    try:
        unheard = client.post_modalities_id_storage_commitment("partner", {"Resources": [tree.study]})
        # Before it is listened to again: the partner may be slow to answer.
        pending = client.get_storage_commitment_id(unheard.id)
    finally:
        client.put_modalities_id("partner", dict(configuration))
    assert (pending.status, pending.success, pending.failures) == ("Pending", None, None)

    with pytest.raises(NotFound):
        client.get_storage_commitment_id("2.25.1234")


@operation("post_storage_commitment_id_remove")
def _(world: World) -> None:
    client = world.client
    tree = _sent(world)
    bystander = world.new_tree()
    reference = client.post_modalities_id_storage_commitment("partner", {"Resources": [tree.study]})
    assert _answered(world, reference.id).status == "Success"
    client.post_storage_commitment_id_remove(reference.id)
    assert tree.study not in client.get_studies()
    assert holds(client, bystander)
    assert holds(world.partner.client, tree)
    client.post_storage_commitment_id_remove(reference.id)

    failed = client.post_modalities_id_storage_commitment("partner", {"Resources": [bystander.study]})
    assert _answered(world, failed.id).status == "Failure"
    with pytest.raises(ServerError) as caught:
        client.post_storage_commitment_id_remove(failed.id)
    assert caught.value.orthanc_status == 6
    assert holds(client, bystander)
    with pytest.raises(NotFound):
        client.post_storage_commitment_id_remove("2.25.1234")
