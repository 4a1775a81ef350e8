"""The cases of what is about the server itself: /system, /statistics, /plugins, and the settings below /tools."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from orthanc_sdk import (
    BadRequest,
    InvalidArgument,
    NetworkProtocolError,
    NotFound,
    OrthancConnectionError,
    ServerError,
    Study,
    models,
)
from orthanc_sdk.testing import to_bytes
from tests.live.network import closed_port, worklist_server
from tests.live.registry import operation
from tests.live.waiting import eventually
from tests.live.world import World

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

# ---------------------------------------------------------------------------------------------------------------------
# What it is
# ---------------------------------------------------------------------------------------------------------------------


@operation("get_system")
def _(world: World) -> None:
    system = world.client.get_system()
    assert system.version == world.server.version
    assert system.api_version == {"1.10.1": 16, "1.12.7": 27, "1.13.0": 31}.get(system.version, system.api_version)
    assert system.name == f"world {world.version}"
    assert system.dicom_aet == "WORLD"
    assert (system.http_port, system.dicom_port) == (world.server.http_port, world.server.dicom_port)
    assert system.database_version == 6
    assert system.plugins_enabled
    assert not system.check_revisions
    assert system.storage_area_plugin is None
    assert system.database_backend_plugin is None
    assert system["DicomAet"] == "WORLD"
    assert not system.model_extra

    if world.at_least("1.12.0"):
        assert system.has_labels
        assert system.user_metadata is not None
        assert system.user_metadata["colour"] == system.user_metadata["1030"] == 1030
        assert system.storage_compression is False
        assert system.ingest_transcoding == ""
        assert system.maximum_storage_size == 0
        assert system.maximum_storage_mode == "Recycle"
        assert system.main_dicom_tags is not None
        assert "0010,0020" in system.main_dicom_tags.patient.split(";")
        assert "0020,000d" in system.main_dicom_tags.study.split(";")
        assert "0008,0060" in system.main_dicom_tags.series.split(";")
        assert "0008,0018" in system.main_dicom_tags.instance.split(";")
    else:
        assert "HasLabels" not in system
        assert (system.has_labels, system.user_metadata, system.main_dicom_tags) == (None, None, None)
    if world.at_least("1.12.5"):
        assert system.read_only is False
        assert system.capabilities is not None
        assert system.capabilities.has_extended_find
        assert system.capabilities.has_extended_changes
    if world.at_least("1.13.0"):
        assert system.dicom_default_retrieve_method == "C-MOVE"
        assert system.default_retrieve_method is None
        assert system.overwrite_instances_mode == "Never"
        assert system.overwrite_instances is False
        assert system.patient_level_enabled
        assert system.store_md5_for_attachments
        assert system.performance is not None
        assert system.performance.http_threads_count == 50
        assert system.third_party_patches is not None
        assert system.third_party_versions
    elif world.at_least("1.12.6"):
        assert system.default_retrieve_method == "C-MOVE"
        assert system.dicom_default_retrieve_method is None


@operation("get_statistics")
def _(world: World) -> None:
    before = world.client.get_statistics()
    tree = world.new_tree(series=2, instances=3)
    after = world.client.get_statistics()
    assert after.count_patients == before.count_patients + 1
    assert after.count_studies == before.count_studies + 1
    assert after.count_series == before.count_series + 2
    assert after.count_instances == before.count_instances + 6
    uploaded = sum(len(to_bytes(dataset)) for dataset in tree.datasets)
    # Beside each file, the server stores the part of it before the pixels.
    assert before.total_disk_size + uploaded <= after.total_disk_size < before.total_disk_size + 2 * uploaded
    assert after.total_uncompressed_size == after.total_disk_size
    assert after.total_disk_size_mb == after.total_disk_size // 1024**2
    assert after["TotalDiskSize"] == after.total_disk_size


@operation("get_tools")
def _(world: World) -> None:
    tools = world.client.get_tools()
    assert {"find", "create-dicom", "bulk-delete", "log-level-sqlite", "reset"} <= set(tools)
    assert ("labels" in tools) == world.at_least("1.12.0")
    assert ("count-resources" in tools) == world.at_least("1.12.5")


@operation("get_plugins")
def _(world: World) -> None:
    assert world.client.get_plugins() == ["explorer.js"]
    with worklist_server(world) as server:
        assert server.client.get_plugins() == ["explorer.js", "dicom-web", "worklists"]


@operation("get_plugins_id")
def _(world: World) -> None:
    with worklist_server(world) as server:
        worklists = server.client.get_plugins_id("worklists")
        assert worklists.id == "worklists"
        assert worklists.version == world.server.version
        assert worklists.description is not None
        assert "worklists" in worklists.description
        assert not worklists.extends_orthanc_explorer
        assert worklists.root_uri is None
        web = server.client.get_plugins_id("dicom-web")
        assert web.extends_orthanc_explorer
        assert web.root_uri == "../dicom-web/app/client/index.html"
    with pytest.raises(NotFound):
        world.client.get_plugins_id("worklists")


@operation("get_plugins_explorer_js")
def _(world: World) -> None:
    assert world.client.get_plugins_explorer_js().startswith("// Extensions to Orthanc Explorer")
    with worklist_server(world) as server:
        script = server.client.get_plugins_explorer_js()
        assert "From plugin: dicom-web" in script
        assert "function ChooseDicomWebServer(" in script


@operation("get_tools_dicom_conformance")
def _(world: World) -> None:
    statement = world.client.get_tools_dicom_conformance()
    assert "DICOM Conformance Statement of Orthanc" in statement
    assert re.search(rf"CTImageStorage +\| {re.escape(CT_STORAGE)}\b", statement)


@operation("get_tools_now")
def _(world: World) -> None:
    now = world.client.get_tools_now()
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


@operation("get_tools_now_local")
def _(world: World) -> None:
    now = world.client.get_tools_now_local()
    assert now.tzinfo is None
    assert abs(datetime.now(UTC).astimezone().replace(tzinfo=None) - now) < timedelta(seconds=5)


@operation("get_tools_generate_uid")
def _(world: World) -> None:
    generate = world.client.get_tools_generate_uid
    patient = generate(level="patient")
    assert str(UUID(patient)) == patient
    uids = [generate(level="study"), generate(level="series"), generate(level="instance"), generate(level="study")]
    assert len(set(uids)) == 4
    for uid in uids:
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)+", uid)
        assert len(uid) <= 64
    with pytest.raises(InvalidArgument, match="level must be one of 'patient', 'study', 'series', 'instance'"):
        generate(level="Study")  # type: ignore[arg-type]  # a user without a type checker


# ---------------------------------------------------------------------------------------------------------------------
# How it is set
# ---------------------------------------------------------------------------------------------------------------------


@operation("get_tools_default_encoding")
def _(world: World) -> None:
    assert world.client.get_tools_default_encoding() == "Latin1"


@operation("put_tools_default_encoding")
def _(world: World) -> None:
    client = world.client
    # 0xBF is a small z with dot in Latin 2.
    tree = world.new_tree(SpecificCharacterSet="ISO_IR 101", PatientName="Zażółć^Gęś")
    nameless = tree.datasets[0]
    del nameless.SpecificCharacterSet
    written = to_bytes(nameless)
    assert "Zażółć".encode("iso8859-2") in written
    try:
        assert client.put_tools_default_encoding("latin2") == "Latin2"
        assert client.get_tools_default_encoding() == "Latin2"
        client.delete_studies_id(tree.study)
        client.post_instances(written)
        assert client.get_studies_id(tree.study).patient_main_dicom_tags["PatientName"] == "Zażółć^Gęś"
        assert client.put_tools_default_encoding(b"Windows1251") == "Windows1251"
        assert client.put_tools_default_encoding(io.BytesIO(b"JapaneseKanji")) == "JapaneseKanji"
        assert client.put_tools_default_encoding([b"Asc", b"ii"]) == "Ascii"
        with pytest.raises(BadRequest) as caught:
            client.put_tools_default_encoding("ISO_IR 100")
        assert caught.value.orthanc_status == 3
        assert client.get_tools_default_encoding() == "Ascii"
    finally:
        assert client.put_tools_default_encoding("Latin1") == "Latin1"


@operation("get_tools_accepted_transfer_syntaxes")
def _(world: World) -> None:
    accepted = world.client.get_tools_accepted_transfer_syntaxes()
    assert {IMPLICIT, EXPLICIT, JPEG_BASELINE} <= set(accepted)


@operation("put_tools_accepted_transfer_syntaxes")
def _(world: World) -> None:
    client = world.client
    before = client.get_tools_accepted_transfer_syntaxes()
    try:
        assert client.put_tools_accepted_transfer_syntaxes([EXPLICIT, IMPLICIT]) == [IMPLICIT, EXPLICIT]
        assert client.get_tools_accepted_transfer_syntaxes() == [IMPLICIT, EXPLICIT]
        assert client.put_tools_accepted_transfer_syntaxes(JPEG_BASELINE) == [JPEG_BASELINE]
        jpeg = client.put_tools_accepted_transfer_syntaxes("1.2.840.10008.1.2.4.*")
        assert JPEG_BASELINE in jpeg
        assert IMPLICIT not in jpeg
        assert client.put_tools_accepted_transfer_syntaxes(("1.2.3", IMPLICIT)) == [IMPLICIT]
        assert client.put_tools_accepted_transfer_syntaxes(["1.2.3"]) == []
    finally:
        assert client.put_tools_accepted_transfer_syntaxes(before) == before


@operation("get_tools_accepted_sop_classes")
def _(world: World) -> None:
    assert CT_STORAGE in world.client.get_tools_accepted_sop_classes()


@operation("get_tools_unknown_sop_class_accepted")
def _(world: World) -> None:
    assert world.client.get_tools_unknown_sop_class_accepted() is False


@operation("put_tools_unknown_sop_class_accepted")
def _(world: World) -> None:
    client = world.client
    private = world.new_tree(SOPClassUID="1.2.3.4.5").datasets[0]
    private.SOPInstanceUID += "1"
    private.file_meta.MediaStorageSOPInstanceUID = private.SOPInstanceUID
    world.partner.client.post_instances(to_bytes(private))
    with pytest.raises(ServerError):
        client.post_modalities_id_move("partner", _study_move(private.StudyInstanceUID))
    try:
        client.put_tools_unknown_sop_class_accepted(True)
        assert client.get_tools_unknown_sop_class_accepted() is True
        client.post_modalities_id_move("partner", _study_move(private.StudyInstanceUID))
        assert [match.type for match in client.post_tools_lookup(private.SOPInstanceUID)] == ["Instance"]
        for text, value in (("0", False), ("true", True), ("false", False), ("1", True)):
            client.put_tools_unknown_sop_class_accepted(text)  # type: ignore[arg-type]  # these are the literals
            assert client.get_tools_unknown_sop_class_accepted() is value
    finally:
        client.put_tools_unknown_sop_class_accepted(False)
    assert client.get_tools_unknown_sop_class_accepted() is False


def _study_move(uid: str) -> dict[str, object]:
    return {"Level": "Study", "Resources": [{"StudyInstanceUID": uid}], "TargetAet": "WORLD"}


@operation("get_tools_metrics")
def _(world: World) -> None:
    assert world.client.get_tools_metrics() is True


@operation("put_tools_metrics")
def _(world: World) -> None:
    client = world.client
    try:
        client.put_tools_metrics(False)
        assert client.get_tools_metrics() is False
        assert client.get_tools_metrics_prometheus() == ""
    finally:
        client.put_tools_metrics("1")
    assert client.get_tools_metrics() is True


@operation("get_tools_metrics_prometheus")
def _(world: World) -> None:
    studies = len(world.client.get_studies()) + 1
    tree = world.new_tree()
    # What has not happened has no metric.
    Study(tree.study, world.client).archive_as_job().wait_until_completion(timeout=60)
    metrics = dict(line.split(" ")[:2] for line in world.client.get_tools_metrics_prometheus().splitlines())
    assert metrics["orthanc_count_studies"] == str(studies)
    totals = [name for name in metrics if name.startswith("orthanc_jobs_total_")]
    assert bool(totals) == world.at_least("1.13.0")


# ---------------------------------------------------------------------------------------------------------------------
# What it can be told
# ---------------------------------------------------------------------------------------------------------------------


@operation("get_tools_labels")
def _(world: World) -> None:
    tree = world.new_tree()
    label = f"system-{world.version}".replace(".", "-")
    assert label not in world.client.get_tools_labels()
    world.client.put_series_id_labels_label(tree.series[0], label)
    assert label in world.client.get_tools_labels()


@operation("post_tools_execute_script")
def _(world: World) -> None:
    run = world.client.post_tools_execute_script
    assert run("print(6 * 7)") == "42\n"
    assert run(b"print('a', 'b')") == "a, b\n"
    assert run([b"print(", b"'Gr\xc3\xbc\xc3\x9fe')"]) == "Grüße\n"
    assert run("print(ParseJson(RestApiGet('/system'))['DicomAet'])") == "WORLD\n"
    assert run("return 1") == ""
    run("remembered = 'still there'")
    assert run(io.BytesIO(b"print(remembered)")) == "still there\n"
    with pytest.raises(ServerError) as caught:
        run("nonsense(")
    assert caught.value.orthanc_status == 2031
    assert caught.value.details is not None
    assert "unexpected symbol" in caught.value.details


@operation("post_tools_lookup")
def _(world: World) -> None:
    tree = world.new_tree()
    dataset = tree.datasets[0]
    expected = {
        dataset.PatientID: ("Patient", tree.patient, f"/patients/{tree.patient}"),
        dataset.StudyInstanceUID: ("Study", tree.study, f"/studies/{tree.study}"),
        dataset.SeriesInstanceUID: ("Series", tree.series[0], f"/series/{tree.series[0]}"),
        dataset.SOPInstanceUID: ("Instance", tree.instances[0], f"/instances/{tree.instances[0]}"),
    }
    for identifier, found in expected.items():
        (match,) = world.client.post_tools_lookup(identifier)
        assert (match.type, match.id, match.path) == found
        assert world.client.post_tools_lookup(str(identifier).upper().encode()) == [match]
    # Orthanc strips the identifier before 1.13.0.
    padded = world.client.post_tools_lookup(dataset.StudyInstanceUID + "\n")
    assert [match.id for match in padded] == ([] if world.at_least("1.13.0") else [tree.study])
    assert world.client.post_tools_lookup("1.2.3.4") == []
    with pytest.raises(BadRequest):
        world.client.post_tools_lookup("DOE*")


@operation("post_tools_dicom_echo")
def _(world: World) -> None:
    client, partner = world.client, world.partner
    client.post_tools_dicom_echo({"AET": "PARTNER", "Host": "127.0.0.1", "Port": partner.dicom_port})
    client.post_tools_dicom_echo(["PARTNER", "127.0.0.1", partner.dicom_port])
    client.post_tools_dicom_echo(["PARTNER", "127.0.0.1", str(partner.dicom_port), "Generic"])
    client.post_tools_dicom_echo(
        models.DicomEchoRequest(
            aet="PARTNER",
            host="127.0.0.1",
            port=str(partner.dicom_port),
            check_find=True,
            timeout=5,
            local_aet="STRANGER",
            manufacturer="Generic",
            use_dicom_tls=False,
            allow_echo=False,
        )
    )
    with pytest.raises(NetworkProtocolError) as caught:
        client.post_tools_dicom_echo({"AET": "NOBODY", "Host": "127.0.0.1", "Port": closed_port()})
    assert caught.value.details is not None
    assert 'connecting to AET "NOBODY": TCP Initialization Error' in caught.value.details


@operation("post_tools_invalidate_tags")
def _(world: World) -> None:
    tree = world.new_tree()
    before = world.client.get_instances_id_simplified_tags(tree.instances[0])
    world.client.post_tools_invalidate_tags()
    assert world.client.get_instances_id_simplified_tags(tree.instances[0]) == before
    assert before["PatientID"] == tree.datasets[0].PatientID


@operation("post_tools_reconstruct", destructive=True)
def _(world: World) -> None:
    client = world.client
    tree = world.new_tree(series=2, instances=2)
    files = {id_: client.get_instances_id(id_).file_uuid for id_ in tree.instances}
    # The rewriting one goes first: 1.12.7 does not come back from it after one of the others.
    client.post_tools_reconstruct(models.ReconstructRequest(reconstruct_files=True))
    rewritten = {id_: client.get_instances_id(id_).file_uuid for id_ in tree.instances}
    if world.at_least("1.11.0"):
        assert not set(rewritten.values()) & set(files.values())
    else:
        assert rewritten == files
    client.post_tools_reconstruct()
    client.post_tools_reconstruct({"ReconstructFiles": False})
    assert {id_: client.get_instances_id(id_).file_uuid for id_ in tree.instances} == rewritten
    study = client.get_studies_id(tree.study)
    assert study.main_dicom_tags["StudyInstanceUID"] == tree.datasets[0].StudyInstanceUID
    assert sorted(study.series) == sorted(tree.series)


@operation("post_tools_reset", destructive=True)
def _(world: World) -> None:
    client = world.client
    tree = world.new_tree()
    client.put_modalities_id("forgotten", ["FORGOTTEN", "127.0.0.1", 104])
    client.post_tools_reset()

    def restarted() -> bool:
        try:
            return client.get_modalities() == ["partner"]
        except OrthancConnectionError:
            return False

    eventually(restarted)
    assert client.get_studies() == [tree.study]


@operation("post_tools_shutdown", destructive=True)
def _(world: World) -> None:
    world.client.post_tools_shutdown()
    eventually(lambda: not world.server.is_running)
    with pytest.raises(OrthancConnectionError):
        world.client.get_system()
    world.server.kill()  # or it would complain that it has ended by itself
