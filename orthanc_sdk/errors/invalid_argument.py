"""What was asked for cannot be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orthanc_models.orthanc_error import OrthancError
from orthanc_sdk.errors.validation_messages import validation_messages

if TYPE_CHECKING:
    from typing import Self

    from pydantic import BaseModel


class InvalidArgument(OrthancError, ValueError):
    """An argument cannot be sent as it is; nothing was sent."""

    @classmethod
    def from_error(
        cls,
        route: str,
        name: str,
        error: ValueError | TypeError,
        model: type[BaseModel] | None = None,
    ) -> Self:
        """Says which fields are wrong and what was expected, without quoting what was given.

        Args:
            route: Such as ``POST /tools/find``.
            name: The argument that was checked, such as ``json``.
            error: What the check raised: a ``ValidationError`` of pydantic, or an error of ``json.dumps``.
            model: What it was checked against: knows the names that an unknown field may have been meant for.
        """
        from pydantic_core import ValidationError

        if isinstance(error, ValidationError):
            return cls(f"{route}: {name}: " + "; ".join(validation_messages(error, model)))
        # Only the errors of json.dumps come here; they name types, never values.
        return cls(f"{route}: {name}: {error}")
