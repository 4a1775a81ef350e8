"""The DICOM dictionary."""

from __future__ import annotations

from orthanc_sdk.plugin.mock.dicom_json import tag_number
from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

_UNNAMED_REPRESENTATIONS = {"OD": 28, "OL": 29, "UC": 30, "UR": 31, "OV": 32, "SV": 33, "UV": 34}
"""Value representations of the dictionary that the enumeration of plugin 7.1 does not have."""
_UNKNOWN_TAG = "Unknown Tag & Data"


@implements("GetTagName")
def get_tag_name(group: int, element: int, private_creator: str) -> str:
    from pydicom.datadict import dictionary_is_retired, keyword_for_tag, private_dictionary_description
    from pydicom.tag import Tag

    tag = Tag(group & 0xFFFF, element & 0xFFFF)
    if not private_creator:
        keyword = keyword_for_tag(tag)
        if keyword and dictionary_is_retired(tag):
            return f"RETIRED_{keyword}"
        return keyword or _UNKNOWN_TAG
    try:
        return private_dictionary_description(tag, private_creator)
    except KeyError:
        return _UNKNOWN_TAG


@implements("LookupDictionary")
def lookup_dictionary(name: str) -> dict[str, int]:
    from pydicom.datadict import dictionary_VM, dictionary_VR
    from pydicom.tag import Tag

    number = tag_number(name)
    try:
        tag = Tag(number or 0)
        vr, vm = dictionary_VR(tag), dictionary_VM(tag)
    except KeyError:
        raise TypeError(f"Unknown DICOM tag: {name}") from None
    numbers = {**ENUMERATIONS["ValueRepresentation"], **_UNNAMED_REPRESENTATIONS}
    if number is None or vr not in numbers:  # the real one does not know "OB or OW" either
        raise TypeError(f"Unknown DICOM tag: {name}")
    minimum, _, maximum = vm.partition("-")
    return {
        "Group": tag.group,
        "Element": tag.element,
        "ValueRepresentation": numbers[vr],
        "MinMultiplicity": int(minimum),
        "MaxMultiplicity": (0 if "n" in maximum else int(maximum)) if maximum else int(minimum),
    }
