"""The base class of all errors. It needs no pydantic, so that a client without a response loads none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from orthanc_models.redaction import escape_unprintable

if TYPE_CHECKING:
    from typing import Self

E = TypeVar("E", bound="OrthancError")
_Attributes: TypeAlias = dict[str, Any]  # Any: of any error


class OrthancError(Exception):
    """Base class of all errors that this package raises."""

    _not_pickled: ClassVar[frozenset[str]] = frozenset()
    """Attributes that cannot leave the process (sockets, open files) or should not (credentials): None once pickled."""

    def __str__(self) -> str:
        # Messages quote the server, whose words may be commands to a terminal, or mislead who reads a log.
        return escape_unprintable(super().__str__())

    def __reduce__(self) -> tuple[object, ...]:
        # The default calls __init__ with self.args, which loses keyword-only arguments.
        attributes = {name: value for name, value in self.__dict__.items() if name not in self._not_pickled}
        return _restore, (type(self), self.args, attributes)

    def __copy__(self) -> Self:
        return _restore(type(self), self.args, self.__dict__)


def _restore(class_: type[E], args: tuple[object, ...], attributes: _Attributes) -> E:
    error = class_.__new__(class_)
    error.args = args
    error.__dict__.update(dict.fromkeys(class_._not_pickled))  # pyright: ignore[reportPrivateUsage]  # a constructor
    error.__dict__.update(attributes)
    return error
