"""The bases of all models: tolerant for what Orthanc answers, strict for what it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from pydantic import BaseModel, ConfigDict, Field

from orthanc_models.shown import shown_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic._internal._model_construction import ModelMetaclass

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
    class _ReadOnly(ModelMetaclass):
        """Tells type checkers what `frozen=True` means, which they do not see in `model_config`."""
else:
    _ReadOnly = type(BaseModel)


class AnswerModel(BaseModel, metaclass=_ReadOnly):
    """What Orthanc answers: read-only, and open to fields of versions to come (see ``model_extra``).

    Fields are attributes under their Python names, and items under Orthanc's own::

        study.main_dicom_tags == study["MainDicomTags"]

    What is printed of it says nothing about a patient: no DICOM values, lists as how many there are.
    ``model_dump()`` has all.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:  # Any: as in the base class
        return shown_fields(self)

    def __getitem__(self, key: str) -> Any:  # Any: which field it is shows at run time
        """The field of that name in Orthanc's spelling.

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
        """Whether the server sent a field of that name, in Orthanc's spelling."""
        try:
            self[str(key)]
        except KeyError:
            return False
        return True


class OpenAnswerModel(AnswerModel):
    """An answer that holds properties of the user's own beside Orthanc's."""

    # pydantic's way to say what the other fields are; for a type checker it must not be an argument.
    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, str] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
    else:
        __pydantic_extra__: dict[str, str]


class RequestModel(BaseModel):
    """What Orthanc is sent: a field that it does not know, or of another type than it reads, is an error.

    Fields are given by their Python names, or in a mapping in Orthanc's spelling (``Model.model_validate(...)``). No
    password and no DICOM value is in what is printed of it, or in the errors of pydantic.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        validate_assignment=True,
        defer_build=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:  # Any: as in the base class
        return shown_fields(self)


class OpenRequestModel(RequestModel):
    """A request that may hold properties of the user's own beside Orthanc's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, str | bool | int] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]
            init=False
        )
    else:
        __pydantic_extra__: dict[str, str | bool | int]
