"""Searches: each option is tried on servers, and found to make a difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

import orthanc_sdk
from orthanc_sdk import (
    BadRequest,
    FindOptions,
    InvalidArgument,
    NotSupportedByServer,
    Orthanc,
    Patient,
    Study,
    UnknownDicomTag,
    find_instances,
    find_patients,
    find_series,
    find_studies,
    iter_instances,
    iter_patients,
    iter_series,
    iter_studies,
    models,
    query_orthanc,
)
from tests.resources.conftest import Start
from tests.resources.data import VERSIONS, Tree, counted, fill_with_studies, new


@pytest.fixture(scope="session")
def clinic(start: Start) -> Callable[[str], tuple[Orthanc, dict[str, Tree]]]:
    """Servers with three known studies of three patients, which nobody changes."""
    made: dict[str, tuple[Orthanc, dict[str, Tree]]] = {}

    def get(version: str) -> tuple[Orthanc, dict[str, Tree]]:
        if version not in made:
            client = start(version, {"Name": "clinic"})
            made[version] = client, {
                "anna": new(client, series=3, PatientID="A", PatientName="ADAMS^Anna", StudyDate="20240110",
                            StudyTime="080000", StudyDescription="Something old", PatientPosition="HFS"),
                "bert": new(client, PatientID="B", PatientName="Baker^Bert", StudyDate="20240220", StudyTime="120000",
                            modality="CT", StudyDescription="Something new", PatientPosition="FFS"),
                "cleo": new(client, PatientID="C", PatientName="Cole^Cleo", StudyDate="20240330", StudyTime="160000",
                            modality="MR", StudyDescription="Borrowed", PatientPosition="HFS"),
            }  # fmt: skip
            if client.supports("1.12.0"):
                trees = made[version][1]
                trees["anna"].study.labels = ["blue", "round"]
                trees["bert"].study.labels = ["blue"]
                trees["cleo"].study.labels = ["green"]
                trees["bert"].study.metadata["colour"] = "red"
                trees["anna"].patient.add_label("MY_LABEL")
        return made[version]

    return get


def found(version: str, clinic: Any, **options: Any) -> list[str]:  # Any: whatever is tried
    """The names of the studies that are found, in order."""
    client, trees = clinic(version)
    names = {tree.study.id: name for name, tree in trees.items()}
    return [names[study.id] for study in find_studies(client, **options)]


everywhere = pytest.mark.parametrize("version", VERSIONS)
since_labels = pytest.mark.parametrize("version", VERSIONS[1:])


@everywhere
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"anna", "bert", "cleo"}),
        ({"PatientID": "*"}, {"anna", "bert", "cleo"}),
        ({"PatientID": None}, {"anna", "bert", "cleo"}),
        ({"PatientID": "A"}, {"anna"}),
        ({"0010,0020": "A"}, {"anna"}),
        ({"PatientID": ["A", "C"]}, {"anna", "cleo"}),
        ({"PatientID": "nobody"}, set()),
        ({"StudyDescription": "Something*"}, {"anna", "bert"}),
        ({"StudyDate": dt.date(2024, 1, 10)}, {"anna"}),
        ({"StudyDate": "2024-01-10"}, {"anna"}),
        ({"StudyDate": "20.02.2024"}, {"bert"}),
        ({"StudyDate": (dt.date(2024, 2, 20), None)}, {"bert", "cleo"}),
        ({"StudyDate": (None, dt.date(2024, 2, 20))}, {"anna", "bert"}),
        ({"StudyDate": (dt.date(2024, 1, 11), dt.date(2024, 3, 29))}, {"bert"}),
        ({"StudyDate": ("13.01.2024", "2024-03-29")}, {"bert"}),
        ({"StudyDate": "*", "PatientName": "B*"}, {"bert"}),
        ({"StudyTime": (dt.time(12), None)}, {"bert", "cleo"}),
        ({"ModalitiesInStudy": ["CT"]}, {"anna", "bert"}),
        ({"PatientPosition": "HFS"}, {"anna", "cleo"}),  # not in the database
    ],
)
def test_queries(version: str, clinic: Any, query: Any, names: set[str]) -> None:
    assert set(found(version, clinic, query=query)) == names


@everywhere
def test_levels(version: str, clinic: Any) -> None:
    client, trees = clinic(version)
    anna: Tree = trees["anna"]
    query: dict[str, orthanc_sdk.QueryValue] = {"PatientID": "A"}
    series = {stored.parent_series for stored in anna.ids}
    instances = {stored.id for stored in anna.ids}
    assert [patient.name for patient in find_patients(client, query=query)] == ["ADAMS^Anna"]
    assert find_patients(client=client, query=query) == [anna.patient] == list(iter_patients(client, query=query))
    assert find_studies(client, query=query) == [anna.study] == list(iter_studies(client, query=query))
    assert {one.id for one in find_series(client, query=query)} == series
    assert {one.id for one in iter_series(client, query=query)} == series
    assert {one.id for one in find_instances(client, query=query)} == instances
    assert {one.id for one in iter_instances(client, query=query)} == instances
    assert query_orthanc(client, "Study", query=query) == [anna.study]
    assert query_orthanc(client, "Patient", query=query) == [anna.patient]
    assert {one.id for one in query_orthanc(client, level="Series", query=query)} == series
    assert {one.id for one in query_orthanc(client, "Instance", query=query)} == instances
    assert {one.series_number for one in find_series(client, query={"PatientID": "A", "SeriesNumber": 2})} == {2}


@since_labels
@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"labels": ["blue"]}, {"anna", "bert"}),
        ({"labels": "blue"}, {"anna", "bert"}),
        ({"labels": ["blue", "round"]}, {"anna"}),
        ({"labels": ["blue", "round"], "labels_constraint": "All"}, {"anna"}),
        ({"labels": ["round", "green"], "labels_constraint": "Any"}, {"anna", "cleo"}),
        ({"labels": ["blue", "round"], "labels_constraint": "None"}, {"cleo"}),
        ({"labels": []}, {"anna", "bert", "cleo"}),
        ({"labels": ""}, {"anna", "bert", "cleo"}),
        ({"labels": ["nowhere"]}, set()),
        ({"labels": ["blue"], "query": {"PatientID": "A"}}, {"anna"}),
    ],
)
def test_labels(version: str, clinic: Any, options: Any, names: set[str]) -> None:
    assert set(found(version, clinic, **options)) == names


@since_labels
def test_labels_of_patients(version: str, clinic: Any) -> None:
    client, trees = clinic(version)
    assert find_patients(client=client, query={"PatientID": "*"}, labels=["MY_LABEL"]) == [trees["anna"].patient]


@pytest.mark.parametrize(
    "options",
    [
        {"labels": ["blue"]},
        {"metadata_query": {"colour": "red"}},
        {"requested_tags": ["PatientPosition"]},
        {"order_by": "StudyDate"},
    ],
)
def test_old_servers_would_find_too_much(clinic: Any, options: Any) -> None:
    client, _ = clinic("1.10")
    assert client.version == "1.10.1"
    with counted(client) as sent:
        with pytest.raises(NotSupportedByServer) as caught:
            find_studies(client, **options)
        with pytest.raises(NotSupportedByServer):
            iter_studies(client, **options)
    assert len(sent) == 0
    assert caught.value.argument in options
    assert caught.value.server_version == "1.10.1"
    with pytest.raises(NotSupportedByServer):
        find_series(client, parent=Study("x", client))


@since_labels
def test_orders(version: str, clinic: Any) -> None:
    assert found(version, clinic, order_by="StudyDate") == ["anna", "bert", "cleo"]
    assert found(version, clinic, order_by="-StudyDate") == ["cleo", "bert", "anna"]
    assert found(version, clinic, order_by=["-StudyDate", "PatientName"], page_size=1) == ["cleo", "bert", "anna"]
    by_metadata = models.OrderBy(type="Metadata", key="LastUpdate", direction="DESC")
    assert sorted(found(version, clinic, order_by=by_metadata)) == ["anna", "bert", "cleo"]


@since_labels
def test_metadata(version: str, clinic: Any) -> None:
    assert found(version, clinic, metadata_query={"colour": "red"}) == ["bert"]
    assert found(version, clinic, metadata_query={"colour": "r*"}) == ["bert"]
    assert found(version, clinic, metadata_query={"colour": "green"}) == []


@since_labels
def test_parents(version: str, clinic: Any) -> None:
    client, trees = clinic(version)
    anna: Tree = trees["anna"]
    assert find_studies(client, parent=anna.patient) == [anna.study]
    assert {one.id for one in find_series(client, parent=anna.patient)} == {stored.parent_series for stored in anna.ids}
    assert {one.id for one in find_series(client, parent=anna.study)} == {stored.parent_series for stored in anna.ids}
    assert find_instances(client, parent=anna.series) == [anna.instance]
    assert len(find_instances(client, parent=anna.patient)) == 3
    assert len(find_instances(client, parent=anna.study, query={"SeriesNumber": 1})) == 1


@since_labels
def test_requested_tags(version: str, clinic: Any) -> None:
    client, _ = clinic(version)
    (series,) = find_series(client, query={"PatientID": "B"}, requested_tags=["PatientID", "PatientPosition"])
    assert series.info.requested_tags is not None
    assert series.info.requested_tags.raw == {"PatientID": "B", "PatientPosition": "FFS"}
    (study,) = find_studies(client, query={"PatientID": "A"}, requested_tags=["NumberOfStudyRelatedSeries"])
    assert study.info.requested_tags is not None
    assert study.info.requested_tags["NumberOfStudyRelatedSeries"] == 3
    (plain,) = find_studies(client, query={"PatientID": "A"})
    assert plain.info.requested_tags is None


@everywhere
def test_case(version: str, clinic: Any) -> None:
    assert found(version, clinic, query={"PatientName": "adams*"}, case_sensitive=False) == ["anna"]
    assert found(version, clinic, query={"PatientName": "adams*"}, case_sensitive=True) == []
    assert found(version, clinic, query={"PatientName": "ADAMS*"}, case_sensitive=True) == ["anna"]


@everywhere
def test_limit_and_since(version: str, clinic: Any) -> None:
    everything = found(version, clinic)
    assert sorted(everything) == ["anna", "bert", "cleo"]
    assert found(version, clinic, limit=2) == everything[:2]
    assert found(version, clinic, limit=3) == found(version, clinic, limit=1000) == everything
    assert found(version, clinic, since=1) == everything[1:]
    assert found(version, clinic, since=1, limit=1) == everything[1:2]
    assert found(version, clinic, since=9) == []
    for size in (1, 2, 3, 4):
        assert found(version, clinic, page_size=size) == everything
        assert found(version, clinic, page_size=size, since=1) == everything[1:]
        assert found(version, clinic, page_size=size, limit=2) == everything[:2]


@everywhere
def test_pages_of_a_search_for_tags_that_are_not_in_the_database(version: str, clinic: Any) -> None:
    query = {"PatientPosition": "*FS"}
    everything = found(version, clinic, query=query)
    assert sorted(everything) == ["anna", "bert", "cleo"]
    for size in (1, 2, 3, 4):
        assert sorted(found(version, clinic, query=query, page_size=size)) == sorted(everything)
    assert len(found(version, clinic, query=query, page_size=1, limit=2)) == 2
    assert found(version, clinic, query=query, since=1) == everything[1:]
    assert found(version, clinic, query=query, since=1, page_size=1, limit=1) == everything[1:2]


@everywhere
def test_nothing_is_asked_before_the_first_is_wanted(version: str, clinic: Any) -> None:
    client, _ = clinic(version)
    with counted(client) as sent:
        studies = iter_studies(client, page_size=1)
        assert len(sent) == 0
        next(studies)
        assert len(sent) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": -1},
        {"since": -1},
        {"page_size": 0},
        {"query": {"StudyDate": "some day"}},
        {"prefetch": "studies"},
        {"prefetch": "instance"},
        {"labels_constraint": "any", "labels": ["x"]},
        {"case_sensitive": "yes"},
        {"query": {3: "x"}},
        {"order_by": [7]},
        {"labels": [7]},
    ],
)
def test_mistakes_are_told_before_anything_is_asked(newest: Orthanc, options: Any) -> None:
    assert newest.version
    with counted(newest) as sent, pytest.raises(InvalidArgument):
        find_studies(newest, **options)
    assert len(sent) == 0


@pytest.mark.parametrize("options", [{"retrieve_all_resources": True}, {"querry": {}}])
def test_what_is_no_argument(newest: Orthanc, options: Any) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        find_studies(newest, **options)


def test_there_are_four_levels(newest: Orthanc) -> None:
    with counted(newest) as sent:
        for level in ("study", "Studies", "", None):
            with pytest.raises(InvalidArgument, match="level must be one of"):
                query_orthanc(newest, level)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgument, match="there is no patient below a study"):
            query_orthanc(newest, "Patient", parent=Study("x", newest))
        with pytest.raises(InvalidArgument, match="there is no study below a study"):
            find_studies(newest, parent=Study("x", newest))  # type: ignore[arg-type]  # wrong on purpose
    assert len(sent) == 0


@everywhere
def test_tags_that_do_not_exist(version: str, clinic: Any) -> None:
    client, _ = clinic(version)
    with pytest.raises((UnknownDicomTag, BadRequest)):
        find_studies(client, query={"NoSuchTag": "x"})


# ---------------------------------------------------------------------------------------------------------------------
# Pages of servers that do not hold still, or do not give all
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(start: Start) -> Orthanc:
    """A server with 25 studies of one patient."""
    client = start("1.13", {"Name": "many"})
    for patient in client.get_patients():
        client.delete_patients_id(patient)
    fill_with_studies(client, 25)
    return client


def test_a_loop_that_deletes_what_it_gets_gets_everything(many: Orthanc) -> None:
    for study in iter_studies(many, page_size=4):
        study.delete()
    assert many.get_studies() == []


def test_a_loop_that_marks_what_it_gets_gets_everything(many: Orthanc) -> None:
    options: FindOptions = {"labels": ["done"], "labels_constraint": "None", "page_size": 4}
    done = list[str]()
    for study in iter_studies(many, **options):
        study.add_label("done")
        done.append(study.id)
    assert sorted(done) == sorted(many.get_studies())
    assert find_studies(many, **options) == []


def test_what_comes_meanwhile_makes_nothing_come_twice(many: Orthanc) -> None:
    before = set(many.get_studies())
    came = list[str]()
    for number, study in enumerate(iter_studies(many, page_size=4, order_by="-StudyDate")):
        came.append(study.id)
        if number < 12:
            new(many, StudyDate="20300101")  # before all others
    assert len(came) == len(set(came))
    assert before <= set(came)


def test_what_goes_meanwhile_makes_nothing_left_out(many: Orthanc) -> None:
    came = list[str]()
    for study in iter_studies(many, page_size=4):
        came.append(study.id)
        if len(came) in (2, 7, 13):
            many.delete_studies_id(came[len(came) // 2])
    assert len(came) == len(set(came)) == 25


def test_a_server_that_always_gives_the_same_page_is_not_asked_for_ever(many: Orthanc) -> None:
    find = many.post_tools_find

    def first_page(body: Any, **_: Any) -> Any:
        return find({**body, "Since": 0, "Limit": 4})

    with patch.object(Orthanc, "post_tools_find", staticmethod(first_page)):
        assert len(list(iter_studies(many, page_size=4))) == 4


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_servers_that_give_only_so_many_at_once(version: str, start: Start) -> None:
    client = start(version, {"LimitFindResults": 7, "LimitFindInstances": 7})
    fill_with_studies(client, 25)
    other = new(client, PatientID="one alone")
    assert len(client.post_tools_find({"Level": "Study", "Query": {}})) == 7
    assert len(find_studies(client)) == 26
    assert len(find_instances(client)) == 26
    assert len(find_studies(client, query={"PatientID": "many*"})) == 25
    assert len(find_studies(client, limit=20)) == 20
    assert find_studies(client, query={"PatientID": "one alone"}) == [other.study]


def test_many_small_searches_take_one_request_each(many: Orthanc) -> None:
    with Orthanc(many.url, auth=many.transport.options.auth) as fresh:
        uids = [study.uid for study in find_studies(many)]
        with counted(fresh) as sent:
            for uid in uids:
                assert len(find_studies(fresh, query={"StudyInstanceUID": uid})) == 1
                assert find_patients(fresh, query={"PatientID": "nobody"}) == []
    assert len(sent) <= 2 * len(uids) + 2


def test_patients_of_the_readme(clinic: Any) -> None:
    client, _ = clinic("1.13")
    birthdays = {patient.name: patient.birth_date for patient in find_patients(client)}
    assert set(birthdays) == {"ADAMS^Anna", "Baker^Bert", "Cole^Cleo"}
    assert set(birthdays.values()) == {dt.date(1952, 9, 27)}
    assert all(isinstance(patient, Patient) for patient in iter_patients(client))
