"""The cases of searching the server itself: /tools/find, count-resources, bulk-content."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from orthanc_sdk import BadRequest, InvalidArgument, NotFound, UnknownDicomTag, models
from orthanc_sdk.testing import to_bytes
from tests.live.registry import operation
from tests.live.world import Tree, World


def _ids(world: World, json: models.FindRequest | Mapping[str, object]) -> list[str]:
    found = world.client.post_tools_find(json)
    assert all(isinstance(id_, str) for id_ in found)
    return [str(id_) for id_ in found]


def _infos(world: World, json: models.FindRequest | Mapping[str, object]) -> list[models.ResourceInfo]:
    infos: list[models.ResourceInfo] = []
    for found in world.client.post_tools_find(json):
        assert isinstance(found, models.PatientInfo | models.StudyInfo | models.SeriesInfo | models.InstanceInfo)
        infos.append(found)
    return infos


def _of(tree: Tree, level: str, **more: object) -> dict[str, object]:
    """A search for all the resources of a level in the tree."""
    return {"Level": level, "Query": {"PatientID": tree.datasets[0].PatientID}, **more}


@operation("post_tools_find")
def _(world: World) -> None:
    tree = world.new_tree(series=2, instances=2, PatientName="Find^Me")
    _finds_identifiers(world, tree)
    _finds_information(world, tree)
    _finds_formats(world, tree)
    _finds_parts(world, tree)
    _finds_by_what_is_new(world, tree)
    with pytest.raises(UnknownDicomTag):
        world.client.post_tools_find({"Level": "Study", "Query": {"PatientNam": "x"}})
    if world.at_least("1.12.5"):
        with pytest.raises(BadRequest):
            world.client.post_tools_find({"Level": "Series", "Query": {"PatientPosition": "HFS"}, "Since": 1})
    with pytest.raises(InvalidArgument, match="json: Limit: "):
        world.client.post_tools_find({"Level": "Study", "Query": {}, "Limit": -1})


def _finds_identifiers(world: World, tree: Tree) -> None:
    dataset = tree.datasets[0]
    assert _ids(world, _of(tree, "Patient")) == [tree.patient]
    assert _ids(world, _of(tree, "Study")) == [tree.study]
    assert sorted(_ids(world, _of(tree, "series"))) == sorted(tree.series)
    assert sorted(_ids(world, _of(tree, "IMAGES"))) == sorted(tree.instances)
    assert sorted(_ids(world, _of(tree, "Instance", Expand=False))) == sorted(tree.instances)

    def by(**query: str) -> list[str]:
        return _ids(world, models.FindRequest(level="Study", query={"PatientID": str(dataset.PatientID), **query}))

    assert by(StudyInstanceUID=str(dataset.StudyInstanceUID)) == [tree.study]
    assert by(PatientName="f?nd*", StudyDate="20240101-20241231", StudyDescription="") == [tree.study]
    assert by(PatientName="FIND^ME") == [tree.study]
    assert by(StudyDate="-20231231") == []
    request = models.FindRequest(level="Study", query={"PatientName": "FIND^ME"}, case_sensitive=True)
    assert _ids(world, request) == []
    uids = "\\".join([str(dataset.StudyInstanceUID), "1.2.3"])
    assert _ids(world, {"Level": "Study", "Query": {"0020,000d": uids}}) == [tree.study]
    assert _ids(world, _of(tree, "Series") | {"Query": {"Modality": "CT", "PatientID": dataset.PatientID}}) == [
        tree.series[1]
    ]
    # The database does not have this tag, so files are read.
    for position, found in (("HFS", sorted(tree.series)), ("FFS", [])):
        query = {"PatientID": dataset.PatientID, "PatientPosition": position}
        assert sorted(_ids(world, {"Level": "Series", "Query": query})) == found

    pages = [_ids(world, _of(tree, "Instance", Since=since, Limit=3)) for since in (0, 3)]
    assert [len(page) for page in pages] == [3, 1]
    assert sorted(pages[0] + pages[1]) == sorted(tree.instances)
    assert len(_ids(world, _of(tree, "Instance", Limit=0))) == 4


def _finds_information(world: World, tree: Tree) -> None:
    dataset = tree.datasets[0]
    (patient,) = _infos(world, _of(tree, "Patient", Expand=True))
    assert isinstance(patient, models.PatientInfo)
    assert (patient.id, patient.studies) == (tree.patient, [tree.study])
    assert patient.main_dicom_tags["PatientName"] == "Find^Me"
    assert patient.is_protected == (False if world.at_least("1.12.8") else None)

    (study,) = _infos(world, _of(tree, "Study", Expand=True))
    assert isinstance(study, models.StudyInfo)
    assert (study.parent_patient, sorted(study.series)) == (tree.patient, sorted(tree.series))
    assert study.main_dicom_tags["StudyInstanceUID"] == dataset.StudyInstanceUID
    assert study.patient_main_dicom_tags["PatientID"] == dataset.PatientID
    assert study.labels == ([] if world.at_least("1.12.0") else None)
    assert (study.metadata, study.requested_tags) == (None, None)
    assert study.last_update is not None

    found = _infos(world, models.FindRequest(level="Series", query={}, expand=True))
    series = {info.id: info for info in found}[tree.series[0]]
    assert isinstance(series, models.SeriesInfo)
    assert sorted(series.instances) == sorted(tree.instances[:2])
    assert (series.parent_study, series.status, series.expected_number_of_instances) == (tree.study, "Unknown", None)

    instances = {info.id: info for info in _infos(world, _of(tree, "Instance", Expand=True))}
    assert set(instances) == set(tree.instances)
    for id_, uploaded in zip(tree.instances, tree.datasets, strict=True):
        instance = instances[id_]
        assert isinstance(instance, models.InstanceInfo)
        assert instance.index_in_series == uploaded.InstanceNumber
        assert instance.file_size == len(to_bytes(uploaded))
        assert instance.main_dicom_tags["SOPInstanceUID"] == uploaded.SOPInstanceUID

    tags = ["PatientName", "0008,0060", "SeriesInstanceUID"]
    (series, _) = _infos(world, _of(tree, "Series", Expand=True, RequestedTags=tags))
    if world.at_least("1.11.0"):
        assert series.requested_tags is not None
        assert set(series.requested_tags) == {"PatientName", "Modality", "SeriesInstanceUID"}
        assert series.requested_tags["PatientName"] == "Find^Me"
    else:
        assert series.requested_tags is None


def _finds_formats(world: World, tree: Tree) -> None:
    (short,) = _infos(world, _of(tree, "Patient", Expand=True, Short=True))
    assert short.main_dicom_tags.sent["0010,0010"] == short.main_dicom_tags["PatientName"] == "Find^Me"
    (full,) = _infos(world, models.FindRequest.model_validate(_of(tree, "Patient", Expand=True, Full=True)))
    assert full.main_dicom_tags.sent["0010,0010"] == {"Name": "PatientName", "Type": "String", "Value": "Find^Me"}
    assert full.main_dicom_tags["PatientName"] == "Find^Me"
    (simplified,) = _infos(world, _of(tree, "Patient", Expand=True, Simplify=True, Short=True, Full=True))
    assert simplified.main_dicom_tags.sent["PatientName"] == "Find^Me"


def _finds_parts(world: World, tree: Tree) -> None:
    """`ResponseContent`, which servers before 1.12.5 ignore."""
    if not world.at_least("1.12.5"):
        return
    find = world.client.post_tools_find
    (patient,) = find(_of(tree, "Patient", ResponseContent=["Children", "MainDicomTags"]))
    assert isinstance(patient, models.PartialPatient)
    assert (patient.id, patient.studies, patient.labels) == (tree.patient, [tree.study], None)
    assert patient.main_dicom_tags is not None
    assert patient.main_dicom_tags["PatientID"] == tree.datasets[0].PatientID

    (study,) = find(
        models.FindRequest(
            level="Study",
            query={"StudyInstanceUID": str(tree.datasets[0].StudyInstanceUID)},
            expand=False,
            response_content=["Parent", "Labels", "IsStable", "Metadata", "RequestedTags", "MainDicomTags"],
            requested_tags=["ModalitiesInStudy"],
        )
    )
    assert isinstance(study, models.PartialStudy)
    assert (study.parent_patient, study.labels, study.series) == (tree.patient, [], None)
    assert study.is_stable in (True, False)
    assert study.metadata is not None
    assert study.metadata["MainDicomTagsSignature"]
    assert study.requested_tags is not None
    modalities = study.requested_tags["ModalitiesInStudy"]
    assert isinstance(modalities, tuple)
    assert set(modalities) == {"MR", "CT"}
    assert study.patient_main_dicom_tags is not None
    assert study.patient_main_dicom_tags["PatientName"] == "Find^Me"

    for series in find(_of(tree, "Series", ResponseContent=["Status", "Children"])):
        assert isinstance(series, models.PartialSeries)
        assert series.status == "Unknown"
        assert series.instances is not None
        assert set(series.instances) < set(tree.instances)
        assert series.parent_study is None

    files = dict(zip(tree.instances, map(to_bytes, tree.datasets), strict=True))
    instances = find(_of(tree, "Instance", ResponseContent=["Attachments", "Metadata"]))
    assert len(instances) == 4
    for instance in instances:
        assert isinstance(instance, models.PartialInstance)
        assert instance.attachments is not None
        (file,) = (attachment for attachment in instance.attachments if attachment.content_type == 1)
        assert file.uncompressed_size == len(files[instance.id])
        assert instance.metadata is not None
        assert instance.metadata["IndexInSeries"] in ("1", "2")

    (bare,) = find(_of(tree, "Study", ResponseContent=[], Expand=True))
    assert isinstance(bare, models.PartialStudy)
    assert bare == models.PartialStudy(id=tree.study, type="Study")


def _finds_by_what_is_new(world: World, tree: Tree) -> None:
    client = world.client
    other = world.new_tree(PatientName="Find^Another")
    everything = {"Level": "Study", "Query": {"StudyInstanceUID": _list(tree, other)}}

    if world.at_least("1.12.0"):
        label = f"found-{tree.study[:8]}"
        client.put_studies_id_labels_label(tree.study, label)
        client.put_studies_id_labels_label(tree.study, label + "-2")
        assert _ids(world, everything | {"Labels": [label]}) == [tree.study]
        assert _ids(world, everything | {"Labels": [label, "x"], "LabelsConstraint": "All"}) == []
        assert _ids(world, everything | {"Labels": [label, "x"], "LabelsConstraint": "Any"}) == [tree.study]
        request = models.FindRequest(
            level="Study", query={"StudyInstanceUID": _list(tree, other)}, labels=[label], labels_constraint="None"
        )
        assert _ids(world, request) == [other.study]
    else:
        assert sorted(_ids(world, everything | {"Labels": ["x"]})) == sorted([tree.study, other.study])

    if not world.at_least("1.12.5"):
        by_name = {"OrderBy": [{"Type": "DicomTag", "Key": "PatientName", "Direction": "ASC"}]}
        assert sorted(_ids(world, everything | by_name | {"ParentPatient": other.patient})) == sorted(
            [tree.study, other.study]
        )
        return

    key = {"Type": "DicomTag", "Key": "PatientName", "Direction": "ASC"}
    assert _ids(world, everything | {"OrderBy": [key]}) == [other.study, tree.study]
    assert _ids(world, everything | {"OrderBy": [{**key, "Direction": "desc"}]}) == [tree.study, other.study]
    request = models.FindRequest(
        level="Instance",
        query={"StudyInstanceUID": str(tree.datasets[0].StudyInstanceUID)},
        order_by=[
            models.OrderBy(type="DicomTag", key="Modality", direction="ASC"),
            models.OrderBy(type="MetadataAsInt", key="IndexInSeries", direction="DESC"),
        ],
    )
    assert _ids(world, request) == [tree.instances[number] for number in (3, 2, 1, 0)]

    anything: dict[str, object] = {"Query": {}}
    assert sorted(_ids(world, {**anything, "Level": "Series", "ParentPatient": tree.patient})) == sorted(tree.series)
    assert sorted(_ids(world, {**anything, "Level": "Series", "ParentStudy": tree.study})) == sorted(tree.series)
    below = models.FindRequest(level="Instance", query={}, parent_series=tree.series[0])
    assert sorted(_ids(world, below)) == sorted(tree.instances[:2])

    client.put_studies_id_metadata_name(other.study, "colour", "blue")
    assert _ids(world, everything | {"MetadataQuery": {"colour": "bl*"}}) == [other.study]
    with pytest.raises(NotFound):
        client.post_tools_find(everything | {"MetadataQuery": {"taste": "sweet"}})


def _list(*trees: Tree) -> str:
    return "\\".join(str(tree.datasets[0].StudyInstanceUID) for tree in trees)


@operation("post_tools_count_resources")
def _(world: World) -> None:
    count = world.client.post_tools_count_resources
    tree = world.new_tree(series=2, instances=2)
    counted = count(_of(tree, "Instance"))
    assert (counted.count, counted["Count"]) == (4, 4)
    assert count(_of(tree, "Series")).count == 2
    patient = str(tree.datasets[0].PatientID)
    request = models.CountResourcesRequest(level="Series", query={"PatientID": patient, "Modality": "CT"})
    assert count(request).count == 1
    assert count({"Level": "Instance", "Query": {}, "ParentSeries": tree.series[1]}).count == 2
    assert count({"Level": "Instance", "Query": {}, "ParentStudy": tree.study, "Short": True}).count == 4
    assert count({"Level": "Series", "Query": {}, "ParentPatient": tree.patient, "Full": True}).count == 2
    label = f"counted-{tree.study[:8]}"
    world.client.put_series_id_labels_label(tree.series[0], label)
    assert count(_of(tree, "Series", Labels=[label], LabelsConstraint="None")).count == 1
    world.client.put_series_id_metadata_name(tree.series[0], "colour", "red")
    assert count(_of(tree, "Series", MetadataQuery={"colour": "red"})).count == 1
    assert count({"Level": "Study", "Query": {"PatientID": "no such patient"}}).count == 0
    with pytest.raises(BadRequest):
        count({"Level": "Series", "Query": {"PatientPosition": "HFS"}})
    with pytest.raises(BadRequest):
        count(_of(tree, "Series", CaseSensitive=True))
    with pytest.raises(InvalidArgument, match="json: Expand: unknown field"):
        count(_of(tree, "Series", Expand=True))


@operation("post_tools_bulk_content")
def _(world: World) -> None:
    read = world.client.post_tools_bulk_content
    tree = world.new_tree(series=2, instances=2)
    study, patient, instance = read({"Resources": [tree.study, "nonsense", tree.patient, tree.instances[3]]})
    assert isinstance(study, models.StudyInfo)
    assert isinstance(patient, models.PatientInfo)
    assert isinstance(instance, models.InstanceInfo)
    assert (study.id, patient.id, instance.id) == (tree.study, tree.patient, tree.instances[3])
    assert study.main_dicom_tags["StudyInstanceUID"] == tree.datasets[0].StudyInstanceUID
    assert instance.metadata is not None
    assert instance.metadata["IndexInSeries"] == "2"
    assert instance.metadata["Origin"] == "RestApi"

    found = read(models.BulkContentRequest(resources=[tree.study, tree.instances[0]], level="Series", metadata=False))
    assert [series.id for series in found] == sorted(tree.series)
    assert all(isinstance(series, models.SeriesInfo) and series.metadata is None for series in found)
    assert {tuple(sorted(series["Instances"])) for series in found} == {
        tuple(sorted(tree.instances[:2])),
        tuple(sorted(tree.instances[2:])),
    }
    (up,) = read({"Resources": [tree.instances[0]], "Level": "patients"})
    assert up.id == tree.patient

    (short,) = read({"Resources": [tree.patient], "Short": True})
    assert short.main_dicom_tags.sent["0010,0020"] == tree.datasets[0].PatientID
    (full,) = read(models.BulkContentRequest(resources=[tree.patient], full=True))
    tag = {"Name": "PatientID", "Type": "String", "Value": tree.datasets[0].PatientID}
    assert full.main_dicom_tags.sent["0010,0020"] == tag
    (simplified,) = read({"Resources": [tree.patient], "Simplify": True, "Short": True})
    assert simplified.main_dicom_tags.sent["PatientID"] == tree.datasets[0].PatientID
    assert read({"Resources": []}) == []
