"""What becomes of text, by character set, call and kind of text: what the tests see, and the documentation says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from orthanc_sdk.resources.base import AnyResource
from tests.resources.data import Tree

Outcome: TypeAlias = Literal["stored", "stored, in UTF-8", "refused"]
STORED: Final = "stored"
IN_UTF_8: Final = "stored, in UTF-8"
REFUSED: Final = "refused"

Other: TypeAlias = Literal["ASCII", "the same", "different"]
"""What other text there is in the files: ASCII, or letters of their set, the same ones in all of them or not."""

Call: TypeAlias = Callable[[Tree, Mapping[str, object]], object]
"""Replaces text; returns the new resource, or a dataset."""


@dataclass(frozen=True)
class Group:
    """Calls that do the same to text.

    Attributes:
        title: What they are called in the table.
        calls: The calls.
        tags: The tag that each kind of text is put into, by value representation.
    """

    title: str
    calls: Mapping[str, Call]
    tags: Mapping[str, str]


_TAGS: Final = {
    "PN": "ReferringPhysicianName",
    "LO": "StudyDescription",
    "SH": "StationName",
    "UC": "LongCodeValue",
    "ST": "InstitutionAddress",
    "LT": "PatientComments",
    "UT": "TextValue",
    "sequence": "ProcedureCodeSequence",
    "private": "0009,1001",
}
_SPLIT_TAGS: Final = {"PN": "PatientName", "LO": "StudyDescription", "SH": "StudyID", "LT": "PatientComments"}


def _keywords(replace: Mapping[str, object]) -> dict[str, object]:
    return {"replace": replace, "private_creator": "ACME"}


def _of(level: int, method: str) -> Call:
    def call(tree: Tree, replace: Mapping[str, object]) -> object:
        resource: AnyResource = tree.each[level]
        result: object = getattr(resource, method)(**_keywords(replace))
        return result.result() if method.endswith("_as_job") else result  # type: ignore[attr-defined]  # a Job

    return call


def _split(tree: Tree, replace: Mapping[str, object]) -> object:
    return tree.study.split([tree.series], replace=replace, keep_source=True)  # type: ignore[arg-type]  # is text


_LEVELS: Final = ("Patient", "Study", "Series", "Instance")

MODIFY: Final = Group(
    "`modify`, `modify_as_job` of patients, studies, series",
    {f"{name}.{method}": _of(level, method) for level, name in enumerate(_LEVELS[:3]) for method in ("modify",)}
    | {"Study.modify_as_job": _of(1, "modify_as_job"), "Patient.modify_as_job": _of(0, "modify_as_job")},
    _TAGS,
)
ANONYMIZE: Final = Group(
    "`anonymize`, `anonymize_as_job` of patients, studies, series",
    {f"{name}.anonymize": _of(level, "anonymize") for level, name in enumerate(_LEVELS[:3])}
    | {"Series.anonymize_as_job": _of(2, "anonymize_as_job")},
    _TAGS,
)
INSTANCE: Final = Group(
    "`modify`, `anonymize`, `modified_pydicom`, `anonymized_pydicom` of instances",
    {f"Instance.{m}": _of(3, m) for m in ("modify", "anonymize", "modified_pydicom", "anonymized_pydicom")},
    _TAGS,
)
SPLIT: Final = Group("`Study.split`", {"Study.split": _split}, _SPLIT_TAGS)
GROUPS: Final = (MODIFY, ANONYMIZE, INSTANCE, SPLIT)


@dataclass(frozen=True)
class Row:
    """A character set of files.

    Attributes:
        declared: Its terms.
        has: Text that it has; None if that is ASCII only.
        lacks: Text that it lacks; None if it has all.
        kept: Whether text that it has can be sent to Orthanc as it is, or with escape sequences.
        told: Whether it tells which characters those of other text beyond ASCII are.
    """

    declared: str | tuple[str, ...]
    has: str | None
    lacks: str | None
    kept: bool = True
    told: bool = True

    @property
    def terms(self) -> str:
        """Its terms, as DICOM writes them."""
        return self.declared if isinstance(self.declared, str) else "\\".join(self.declared)

    def outcome(self, group: Group, *, has: bool, other: Other) -> Outcome:
        """What becomes of text that the set has, or lacks, beside that other text."""
        if has and self.kept:
            return STORED
        if group is SPLIT:
            return REFUSED
        if other == "ASCII":
            return IN_UTF_8
        if not self.told:
            return REFUSED
        return IN_UTF_8 if other == "the same" or group is INSTANCE else REFUSED


_ANY: Final = "Ωმ😀"

ROWS: Final = (
    Row("", None, "Zoé Ж 山", told=False),
    Row("ISO_IR 6", None, "Zoé Ж 山", told=False),
    Row("ISO_IR 100", "Zoé^Ñ", _ANY),
    Row("ISO_IR 101", "Łódź^Ą", _ANY),
    Row("ISO_IR 109", "Ĝi^Ħ", _ANY),
    Row("ISO_IR 110", "Ķe^Ā", _ANY),
    Row("ISO_IR 126", "Διον^Ά", "é" + _ANY),
    Row("ISO_IR 127", "قباني^لنزار", _ANY),
    Row("ISO_IR 138", "שרון^דבורה", _ANY),
    Row("ISO_IR 144", "Иванов^Ж", _ANY),
    Row("ISO_IR 148", "Şığ^İ", _ANY),
    Row("ISO_IR 166", "สมชาย^ก", _ANY),
    Row("ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ", "山田 a~b"),
    Row("ISO_IR 192", "Zoé=山田^Ж😀", None),
    Row("GB18030", "Wang=王^乗乛😀", None),
    Row("GBK", "Wang=王^乗乛", _ANY),
    Row(("", "ISO 2022 IR 87"), "Y=山田^ソ=や^表", "é" + _ANY),
    Row(("", "ISO 2022 IR 149"), "K=金^希=김^희", "é" + _ANY),
    Row(("ISO 2022 IR 100", "ISO 2022 IR 144"), "Zoé^Ñ", _ANY),
    # Orthanc can neither write nor read what is in the second set.
    Row(("ISO 2022 IR 6", "ISO 2022 IR 87"), "Y=山田^太郎", _ANY, kept=False),
    Row(("ISO 2022 IR 13", "ISO 2022 IR 87"), "ﾔﾏ=山田^太郎", _ANY, kept=False),
)

NO_TEXT: Final = {
    "AE": "RetrieveAETitle", "AS": "PatientAge", "CS": "BodyPartExamined", "DA": "AcquisitionDate",
    "DS": "PatientWeight", "DT": "AcquisitionDateTime", "IS": "AcquisitionNumber", "TM": "AcquisitionTime",
    "UI": "FrameOfReferenceUID", "UR": "RetrieveURL",
}  # fmt: skip
"""Tags of the value representations that have ASCII only."""
