"""Writes the table of the DICOM dictionary, from pydicom's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.specification.definitions import SpecificationError
from generator.writers.main_tags import HEADER


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of the generated module of orthanc_models.dicom.

    Raises:
        SpecificationError: if the dictionary has a keyword twice.
    """
    import pydicom
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

    entries = {f"{code:08x}": entry for code, entry in DicomDictionary.items()}
    entries.update({pattern.lower(): entry for pattern, entry in RepeatersDictionary.items()})
    lines = [
        f"{code[:4]},{code[4:]} {vr.replace(' or ', '|')} {vm} {keyword}"
        for code, (vr, vm, _, _, keyword) in sorted(entries.items())
        if keyword and re.fullmatch(r"[A-Z]{2}( or [A-Z]{2})*", vr)  # the delimiters of items and sequences have no VR
    ]
    keywords = [line.rpartition(" ")[2] for line in lines]
    if len(set(keywords)) != len(keywords):
        raise SpecificationError("the DICOM dictionary has a keyword twice")
    text = "\n".join(lines)
    yield (
        "dictionary_table",
        (
            f'{HEADER}\n\n"""The DICOM dictionary of pydicom {pydicom.__version__}: number, VR, VM, keyword."""\n\n'
            f'from typing import Final\n\nTABLE: Final = """\\\n{text}\n"""\n'
        ),
    )
