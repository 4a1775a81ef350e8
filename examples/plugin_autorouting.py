"""A plugin: studies that are complete get a label, and go where the configuration of Orthanc says.

In the configuration of Orthanc:

    "PythonScript": "plugin_autorouting.py",
    "Autorouting": [
        {"Modality": "CT", "Label": "to-read", "Destination": "workstation"},
        {"Modality": "MR", "Label": "to-read"}
    ]

`Destination` is one of `DicomModalities`.  `GET /autorouting/studies/{id}` tells what is done with a study.

Its tests are in tests/plugin/test_example.py: without Orthanc, and in a real one.  Labels need Orthanc 1.12.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Literal, Unpack

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orthanc_sdk import NotFound, OrthancError, plugin


class Rule(BaseModel):
    """What is done with studies that have a series of a modality."""

    model_config = ConfigDict(extra="forbid")

    modality: str = Field(alias="Modality")
    label: str | None = Field(alias="Label", default=None)
    destination: str | None = Field(alias="Destination", default=None)


class Summary(BaseModel):
    """A study, and what is done with it when it is complete."""

    description: str | None
    modalities: list[str]
    state: Literal["arriving", "complete"]
    labels: list[str]
    destinations: list[str]


def read_rules(configuration: str) -> list[Rule]:
    """The rules in the configuration of Orthanc.

    Raises:
        ValueError: They are not as they should be; Orthanc does not start then.
    """
    section = json.loads(configuration).get("Autorouting", [])
    try:
        return TypeAdapter(list[Rule]).validate_python(section)
    except ValidationError as error:
        raise ValueError(f"Autorouting in the configuration: {error}") from None


client = plugin.client()
rules = read_rules(plugin.GetConfiguration())


def matching(modalities: Sequence[str]) -> list[Rule]:
    return [rule for rule in rules if rule.modality in modalities]


def summarize(study_id: str) -> Summary:
    """What is known of a study.

    Raises:
        NotFound: There is no such study.
    """
    study = client.get_studies_id(study_id)
    series = client.get_studies_id_series(study_id)
    modalities = unique(one.main_dicom_tags.modality for one in series)
    found = matching(modalities)
    return Summary(
        description=study.main_dicom_tags.study_description,
        modalities=modalities,
        state="complete" if study.is_stable else "arriving",
        labels=unique(rule.label for rule in found),
        destinations=unique(rule.destination for rule in found),
    )


def route(study_id: str) -> None:
    """Labels a study and sends it away, by jobs: what is being sent must not keep other changes waiting."""
    summary = summarize(study_id)
    for label in summary.labels:
        client.put_studies_id_labels_label(study_id, label)
    for destination in summary.destinations:
        client.post_modalities_id_store(destination, {"Resources": [study_id], "Asynchronous": True})


def unique(values: Iterable[str | None]) -> list[str]:
    """What is there, each once, sorted."""
    return sorted({value for value in values if value})


def on_change(change: plugin.ChangeType, _level: plugin.ResourceType, resource_id: str) -> None:
    if change == plugin.ChangeType.STABLE_STUDY:
        try:
            route(resource_id)
        except OrthancError as error:  # such as a destination that nobody knows: the next study may do better
            plugin.LogError(f"Autorouting of study {resource_id}: {error}")


@plugin.with_room
def show(output: plugin.RestOutput, _uri: str, **request: Unpack[plugin.RestRequest]) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    try:
        summary = summarize(request["groups"][0])
    except NotFound:
        output.SendHttpStatusCode(404)
        return
    output.AnswerBuffer(summary.model_dump_json(), "application/json")


plugin.RegisterOnChangeCallback(on_change)
plugin.RegisterRestCallback("/autorouting/studies/([^/]+)", show)
