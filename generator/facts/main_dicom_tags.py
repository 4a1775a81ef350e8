"""Writes `models/openapi/main-dicom-tags.json`: `python -m generator.facts.main_dicom_tags`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generator.facts.http_client import send
from generator.specification.main_dicom_tags import FACTS, LEVELS
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from orthanc_sdk.testing.installation.releases import RELEASES

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def main_dicom_tags(version: str) -> tuple[str, dict[str, list[str]]]:
    """Finds the tags that an Orthanc stores in its database at each level, by sending it a file with all tags.

    (`GET /system` lists them, too, but not before 1.11.)

    Returns:
        The complete version of Orthanc, and the numbers of the tags by level.
    """
    with LocalOrthanc(version) as server:
        ids = send(server, "POST", "/instances", to_bytes(_instance_with_all_tags()))
        keys = {"Patient": "ParentPatient", "Study": "ParentStudy", "Series": "ParentSeries", "Instance": "ID"}
        paths = {"Patient": "patients", "Study": "studies", "Series": "series", "Instance": "instances"}
        resources = {level: send(server, "GET", f"/{paths[level]}/{ids[keys[level]]}?short") for level in LEVELS}
        return server.version, {level: sorted(resource["MainDicomTags"]) for level, resource in resources.items()}


def _instance_with_all_tags() -> Dataset:
    from pydicom._dicom_dict import DicomDictionary
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    item = Dataset()
    item.CodeValue = "1"
    special = {"AS": "001Y", "DA": "20240131", "DT": "20240131", "TM": "10", "UI": "1.2.3", "UR": "a:b"}
    numbers = {"FD": 1.0, "FL": 1.0, "SL": 1, "SS": 1, "UL": 1, "US": 1}
    texts = {"AE", "CS", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"}
    instance = make_instance(seed="all tags")
    for code, (vr, _, _, _, _) in DicomDictionary.items():
        if code < 0x00080006 or code >> 16 in (0x0028, 0x7FE0) or code in instance:
            continue  # file meta information, and the image
        if vr == "SQ":
            instance.add_new(code, vr, Sequence([item]))
        elif vr in special or vr in numbers or vr in texts:
            instance.add_new(code, vr, special.get(vr) or numbers.get(vr) or "1")
    instance.NumberOfFrames = 1
    return instance


if __name__ == "__main__":
    tags = dict(main_dicom_tags(release.name) for release in RELEASES)
    FACTS.write_text(json.dumps(tags, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FACTS.name}")
