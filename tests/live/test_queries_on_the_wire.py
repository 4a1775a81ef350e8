"""Arguments of the query arrive as they are meant, on every version.

Orthanc decodes the values of the query since 1.13.0 only: a list in one argument must keep its separators.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from orthanc_sdk import InvalidArgument, raw_response
from tests.live.world import VERSIONS, World


@pytest.mark.parametrize("version", VERSIONS)
def test_lists_keep_their_separators(version: str, shared_world: Callable[[str], World]) -> None:
    world = shared_world(version)
    tree, client = world.tree, world.client
    if world.at_least("1.12.4"):
        study = client.get_studies_id(tree.study, requested_tags=["PatientName", "0008,0020"])
        assert study.requested_tags is not None
        assert sorted(study.requested_tags) == ["PatientName", "StudyDate"]
    if world.at_least("1.12.5"):
        partial = client.get_studies(response_content=["MainDicomTags", "Labels"])
        assert tree.study in [item.id for item in partial]
        assert all(item.main_dicom_tags is not None and item.labels is not None for item in partial)
        changes = client.get_changes(type_=["NewStudy", "NewPatient"], limit=1000).changes
        assert {change.change_type for change in changes} == {"NewStudy", "NewPatient"}
    if world.at_least("1.12.2"):
        archive = client.get_tools_create_archive(resources=list(tree.series))
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            assert len(zipped.namelist()) == len(tree.instances)
    tags = client.get_instances_id_tags(tree.instances[0], simplify=True, ignore_length=["PatientName", "PatientID"])
    assert tags["PatientID"] == tree.datasets[0].PatientID


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_name_cannot_bring_arguments_of_its_own(version: str, shared_world: Callable[[str], World]) -> None:
    world = shared_world(version)
    with pytest.raises(InvalidArgument, match="filename must not have '&' in it"):
        world.client.get_studies_id_archive(world.tree.study, filename="a.zip&transcode=1.2.840.10008.1.2.1")
    if world.at_least("1.11.0"):
        name = "a;b,c(1).zip"
        response = raw_response(world.client.get_studies_id_archive, world.tree.study, filename=name)
        assert name in response.headers["Content-Disposition"]
