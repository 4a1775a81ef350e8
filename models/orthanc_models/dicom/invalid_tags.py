"""The base of all errors, and the one that is about DICOM values; nothing here needs pydantic at run time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar

from orthanc_models.shown import printable

if TYPE_CHECKING:
    from typing import Self

    from pydantic import ValidationError

E = TypeVar("E", bound="OrthancError")
_State: TypeAlias = dict[str, Any]  # Any: the attributes of any error

_SHOWN: Final = 12


class OrthancError(Exception):
    """Base of everything that this package raises."""

    _live: ClassVar[frozenset[str]] = frozenset()
    """What cannot leave the process (a socket, an open file) or should not (credentials): None in a pickled error."""

    def __str__(self) -> str:
        # What a server says is quoted, and its words may be meant for a terminal, or for a reader of logs.
        return printable(super().__str__())

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call __init__ with self.args, which no keyword-only argument survives.
        state = {name: value for name, value in self.__dict__.items() if name not in self._live}
        return _restore, (type(self), self.args, state)

    def __copy__(self) -> Self:
        return _restore(type(self), self.args, self.__dict__)


def _restore(class_: type[E], args: tuple[object, ...], state: _State) -> E:
    error = class_.__new__(class_)
    error.args = args
    error.__dict__.update(dict.fromkeys(class_._live))  # pyright: ignore[reportPrivateUsage]  # this is its constructor
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class TagProblem:
    """A value that is not as DICOM wants it.

    Attributes:
        keyword: Keyword of the tag, such as ``StudyDate``; what the server calls it if it has none.
        tag: Its number, such as ``0008,0020``; empty if it is not known.
        vr: Its value representation, such as ``DA``; ``UN`` if it is not known.
        raw: The value as the server sent it. It may be about a patient, so it is in no text.
        reason: Why it is wrong, without the value.
        path: Where the tag is: its keyword, behind those of the sequences that it is in:
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
    """DICOM values are not as DICOM wants them. The message says which ones and why, but quotes no value.

    Attributes:
        problems: All that is wrong, with the values.
    """

    def __init__(self, problems: Iterable[TagProblem]) -> None:
        self.problems: tuple[TagProblem, ...] = tuple(problems)
        count = len(self.problems)
        shown = [str(problem) for problem in self.problems[:_SHOWN]]
        if count > _SHOWN:
            shown.append(f"and {count - _SHOWN} more")
        super().__init__(f"{count} invalid DICOM value{'' if count == 1 else 's'}: {'; '.join(shown)}")

    @classmethod
    def from_validation(cls, error: ValidationError) -> Self | None:
        """All invalid tags that a validation in strict mode has found; None if it failed for another reason.

        The paths of the problems begin with the place in the answer: ``[3].MainDicomTags.StudyDate``.
        """
        found: list[TagProblem] = []
        for detail in error.errors(include_url=False, include_input=False):
            cause = detail.get("ctx", {}).get("error")
            if isinstance(cause, InvalidTags):
                place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in detail["loc"])
                found += [
                    replace(problem, path=f"{place}.{problem.path}".removeprefix(".")) for problem in cause.problems
                ]
        return cls(found) if found else None
