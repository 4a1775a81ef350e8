"""The base classes of all models: tolerant of what Orthanc answers, strict about what it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, dataclass_transform

from pydantic import BaseModel, ConfigDict, Field

from orthanc_models.redaction import redacted_repr_args

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic._internal._model_construction import ModelMetaclass

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
    class _FrozenMetaclass(ModelMetaclass):
        """Tells type checkers that fields are read-only: they do not see `frozen=True` in `model_config`."""
else:
    _FrozenMetaclass = type(BaseModel)

_CONFIG: Final = ConfigDict(
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
    defer_build=True,
    protected_namespaces=(),
    hide_input_in_errors=True,
)


class AnswerModel(BaseModel, metaclass=_FrozenMetaclass):
    """A response of Orthanc: read-only, and open to fields of newer versions (see ``model_extra``).

    Fields are attributes by their Python names, and items by Orthanc's own::

        study.main_dicom_tags == study["MainDicomTags"]

    The repr contains no patient data: no DICOM values, and only the length of lists. ``model_dump()`` has everything.
    """

    model_config: ClassVar[ConfigDict] = _CONFIG | ConfigDict(extra="allow", frozen=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:  # Any: as in the base class
        return redacted_repr_args(self)

    def __getitem__(self, key: str) -> Any:  # Any: the field is known at run time only
        """The field with that name in Orthanc's JSON.

        Raises:
            KeyError: if the server did not send it.
        """
        for name, field in type(self).model_fields.items():
            if (field.alias or name) == key:
                if name in self.model_fields_set:
                    return getattr(self, name)
                raise KeyError(key)
        return (self.__pydantic_extra__ or {})[key]

    def __contains__(self, key: object) -> bool:
        """Whether the server sent a field with that name in Orthanc's JSON."""
        try:
            self[str(key)]
        except KeyError:
            return False
        return True


class OpenAnswerModel(AnswerModel):
    """A response with user-defined properties besides Orthanc's."""

    # pydantic reads the type of extra fields from this annotation; type checkers must not see a field in it.
    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, str] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
    else:
        __pydantic_extra__: dict[str, str]


class RequestModel(BaseModel):
    """The body of a request: unknown fields and values of another type are errors, raised before anything is sent.

    Fields are given by their Python names, or by Orthanc's own in a mapping (``Model.model_validate(...)``). Neither
    the repr nor pydantic's errors contain passwords or DICOM values.
    """

    model_config: ClassVar[ConfigDict] = _CONFIG | ConfigDict(extra="forbid", strict=True, validate_assignment=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:  # Any: as in the base class
        return redacted_repr_args(self)


class OpenRequestModel(RequestModel):
    """A request that may have user-defined properties besides Orthanc's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, str | bool | int] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]
            init=False
        )
    else:
        __pydantic_extra__: dict[str, str | bool | int]
