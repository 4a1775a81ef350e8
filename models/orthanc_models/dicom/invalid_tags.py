"""What is wrong with DICOM values: in `TypedTags.problems`, or raised as `InvalidTags`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from orthanc_models.orthanc_error import OrthancError

if TYPE_CHECKING:
    from typing import Self

    from pydantic import ValidationError

_MAX_PROBLEMS: Final = 12
"""How many problems the message lists."""


@dataclass(frozen=True, slots=True)
class TagProblem:
    """A DICOM value that violates the DICOM standard.

    Attributes:
        keyword: Keyword of the tag, such as ``StudyDate``; the server's name for it if it has no keyword.
        tag: Number of the tag, such as ``0008,0020``; empty if unknown.
        vr: Value representation, such as ``DA``; ``UN`` if unknown.
        raw: The value as the server sent it. It may be patient data, so no message contains it.
        reason: What is wrong, without the value.
        path: The keyword, preceded by those of the enclosing sequences:
            ``RequestAttributesSequence[0].ScheduledProcedureStepStartDate``.
    """

    keyword: str
    tag: str
    vr: str
    raw: object = field(repr=False, hash=False)
    reason: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.path or self.keyword}: {self.reason}"


class InvalidTags(OrthancError, ValueError):
    """DICOM values violate the DICOM standard. The message names the tags and the reasons, but contains no value.

    Attributes:
        problems: All problems, with the values.
    """

    def __init__(self, problems: Iterable[TagProblem]) -> None:
        self.problems: tuple[TagProblem, ...] = tuple(problems)
        count = len(self.problems)
        lines = [str(problem) for problem in self.problems[:_MAX_PROBLEMS]]
        if count > _MAX_PROBLEMS:
            lines.append(f"and {count - _MAX_PROBLEMS} more")
        super().__init__(f"{count} invalid DICOM value{'' if count == 1 else 's'}: {'; '.join(lines)}")

    @classmethod
    def from_validation(cls, error: ValidationError) -> Self | None:
        """All invalid tags found by a strict validation; None if the validation failed for another reason.

        The paths of the problems begin with the location in the response: ``[3].MainDicomTags.StudyDate``.
        """
        found: list[TagProblem] = []
        for detail in error.errors(include_url=False, include_input=False):
            cause = detail.get("ctx", {}).get("error")
            if isinstance(cause, InvalidTags):
                location = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
                found += [
                    replace(problem, path=f"{location}.{problem.path}".removeprefix(".")) for problem in cause.problems
                ]
        return cls(found) if found else None
