"""Writes one operation: the constant that describes it, and the method with its overloads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent

from generator.specification.definitions import Body, Case, JsonObject, OperationSpec, Parameter, SpecificationError
from generator.specification.schemas import fields_of
from generator.specification.type_notation import parse_json_type, parse_return_type
from generator.writers.docstrings import wrap
from generator.writers.naming import argument_name, method_name


@dataclass(frozen=True)
class Argument:
    """An argument of a method; one without a default is required."""

    name: str
    annotation: str
    default: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f" = {self.default}"
        return f"{self.name}: {self.annotation}{default}"


@dataclass(frozen=True)
class Method:
    """A method, as the template needs it."""

    name: str
    constant: str
    operation: str
    overloads: tuple[str, ...]
    signature: str
    docstring: str
    call: str


class MethodWriter:
    """Writes one operation."""

    def __init__(self, operation: OperationSpec, schemas: Mapping[str, JsonObject]) -> None:
        self.operation = operation
        self.schemas = schemas
        self.name = method_name(operation.method, operation.path)
        self.constant = f"_{self.name.upper()}"
        self.parameters = {argument_name(parameter.wire_name): parameter for parameter in operation.parameters}
        self.path_arguments = [
            Argument(argument_name(name), self._path_type(name)) for name in operation.path_parameters
        ]

    def write(self) -> Method:
        return Method(
            name=self.name,
            constant=self.constant,
            operation=self._operation(),
            overloads=tuple(self._signature(narrow, type_) for narrow, type_ in self._overloads()),
            signature=self._signature({}, self._full_type()),
            docstring=indent(self._docstring(), "        "),
            call=self._call(),
        )

    # ---- types ----

    @staticmethod
    def _path_type(name: str) -> str:
        return {"frame": "int", "index": "int | str"}.get(name, "str")

    def _type(self, notation: str) -> str:
        return parse_return_type(notation, self.schemas).python

    def _full_type(self) -> str:
        types: list[str] = []
        for notation in [self.operation.returns, *(case.returns for case in self.operation.cases)]:
            for part in re.split(r" \| ", self._type(notation)):
                if part not in types:
                    types.append(part)
        if "if_none_match" in self.parameters and "None" not in types:
            types.append("None")
        return " | ".join(types)

    def _argument(self, name: str, parameter: Parameter) -> Argument:
        if parameter.sent == "flag":
            return Argument(name, "bool", "False")
        if parameter.sent == "unset_flag":
            return Argument(name, "bool", "True")
        if parameter.enum:
            annotation = "Literal[" + ", ".join(f'"{word}"' for word in parameter.enum) + "]"
            if not parameter.sent.startswith("one_of"):  # the server accepts others, too: these are for completion
                annotation += " | str"
        elif parameter.type.endswith("[]"):
            annotation = f"Sequence[{parse_json_type(parameter.type[:-2], self.schemas).python}]"
        else:
            annotation = parse_json_type(parameter.type, self.schemas).python
        return Argument(name, annotation) if parameter.required else Argument(name, f"{annotation} | None", "None")

    def _body_argument(self, body: Body) -> Argument:
        optional = not body.required or not self._needs_fields(body)
        if body.kind == "content":
            if body.enum:
                words = [f'"{word}"' for word in body.enum]
                annotation = f"Literal[{', '.join(words)}]"
                if {"0", "1"} <= set(body.enum):
                    annotation = f"bool | {annotation}"
            else:
                annotation = "bytes | str | BinaryIO | Iterable[bytes]"
            return Argument("content", annotation, None if body.required else '""')
        annotations: list[str] = []
        for index, notation in enumerate(body.types):
            type_, _, _ = notation.partition(" unless ")
            type_, _, _ = type_.partition(" as ")
            if index == 0 and type_ in self.schemas and "properties" in self.schemas[type_]:
                annotations += [f"models.{type_}", "Mapping[str, object]"]
            elif type_ != "TagInputs":  # a mapping, too
                python = parse_json_type(type_, self.schemas).python
                annotations.append(python.replace("list[", "Sequence[").replace("dict[", "Mapping["))
        annotation = " | ".join(dict.fromkeys(annotations))
        return Argument("json", f"{annotation} | None", "None") if optional else Argument("json", annotation)

    def _needs_fields(self, body: Body) -> bool:
        if body.kind == "content":
            return True
        model = body.types[0]
        if model not in self.schemas or "properties" not in self.schemas[model]:
            return True
        return bool(_required(self.schemas, model)) or "minProperties" in self.schemas[model]

    # ---- overloads ----

    def _overloads(self) -> list[tuple[dict[str, Argument], str]]:
        """For each response, the arguments that select it; the last overload takes all arguments."""
        cases = [case for case in self.operation.cases if not any(key.startswith("json.") for key in case.when)]
        if "if_none_match" in self.parameters:
            if cases:
                raise SpecificationError(
                    f"{self.operation.route}: If-None-Match together with cases is not supported here"
                )
            plain = {"if_none_match": Argument("if_none_match", "None", "None")}
            return [(plain, self._type(self.operation.returns)), ({}, self._full_type())]
        if not cases:
            return []
        overloads: list[tuple[dict[str, Argument], str]] = []
        default: dict[str, Argument] = {}
        for case in cases:
            first = argument_name(next(iter(case.when)))
            default[first] = self._not_selecting(first, case)
        overloads.append((default, self._type(self.operation.returns)))
        for index, case in enumerate(cases):
            narrow = {
                argument_name(wire_name): self._selecting(argument_name(wire_name), value)
                for wire_name, value in case.when.items()
            }
            for earlier in cases[:index]:
                for wire_name in earlier.when:
                    name = argument_name(wire_name)
                    if name not in narrow:
                        narrow[name] = self._not_selecting(name, earlier)
            overloads.append((narrow, self._type(case.returns)))
        overloads.append(({}, self._full_type()))
        return overloads

    def _selecting(self, name: str, value: object) -> Argument:
        parameter = self.parameters[name]
        if isinstance(value, str):
            return Argument(name, f'Literal["{value}"]')
        if parameter.sent in ("flag", "unset_flag"):
            return Argument(name, f"Literal[{value}]")
        return Argument(name, self._argument(name, parameter).annotation.removesuffix(" | None"))

    def _not_selecting(self, name: str, case: Case) -> Argument:
        parameter = self.parameters[name]
        if parameter.sent in ("flag", "unset_flag"):
            value = not case.when[parameter.wire_name]
            return Argument(name, f"Literal[{value}]", str(value))
        others = [word for word in parameter.enum if word not in self._selecting_values(name)]
        if others:
            words = ", ".join(f'"{word}"' for word in others)
            return Argument(name, f"Literal[{words}] | None", "None")
        return Argument(name, "None", "None")

    def _selecting_values(self, name: str) -> set[object]:
        return {
            value
            for case in self.operation.cases
            for wire_name, value in case.when.items()
            if not wire_name.startswith("json.") and argument_name(wire_name) == name
        }

    # ---- source code ----

    def _signature(self, narrow: Mapping[str, Argument], returns: str) -> str:
        arguments = [str(argument) for argument in self.path_arguments]
        if self.operation.body is not None:
            arguments.append(str(self._body_argument(self.operation.body)))
        arguments.append("*")
        for name, parameter in self.parameters.items():
            arguments.append(str(narrow.get(name) or self._argument(name, parameter)))
        arguments.append("timeout: Timeout = CLIENT_TIMEOUT")
        one_line = f"    def {self.name}(self, {', '.join(arguments)}) -> {returns}:"
        if len(one_line) <= 120:
            return one_line
        lines = "".join(f"        {argument},\n" for argument in ["self", *arguments])
        return f"    def {self.name}(\n{lines}    ) -> {returns}:"

    def _call(self) -> str:
        arguments = [self.constant, *(argument.name for argument in self.path_arguments)]
        if self.operation.body is not None:
            arguments.append(f"body={'json' if self.operation.body.kind == 'json' else 'content'}")
        arguments += [f"{name}={name}" for name in self.parameters]
        arguments.append("timeout=timeout")
        one_line = f"        return self._execute({', '.join(arguments)})"
        if len(one_line) <= 120:
            return one_line
        lines = "".join(f"            {argument},\n" for argument in arguments)
        return f"        return self._execute(\n{lines}        )"

    def _operation(self) -> str:
        lines = [
            f'    method="{self.operation.method}",',
            f'    path="{self.operation.path}",',
            f"    reader={parse_return_type(self.operation.returns, self.schemas).reader},",
        ]
        if self.operation.cases:
            lines.append("    cases=(")
            for case in self.operation.cases:
                when = ", ".join(f"{self._case_key(wire_name)}: {value!r}" for wire_name, value in case.when.items())
                reader = parse_return_type(case.returns, self.schemas).reader
                lines.append(f"        When({{{when}}}, {reader}),".replace("'", '"'))
            lines.append("    ),")
        for location, keyword_ in (("query", "query"), ("header", "headers")):
            chosen = {name: p for name, p in self.parameters.items() if p.location == location}
            if chosen:
                lines.append(f"    {keyword_}={{")
                for name, parameter in chosen.items():
                    extra = f', since="{parameter.since}"' if parameter.since else ""
                    extra += ", required=True" if parameter.required else ""
                    lines.append(f'        "{name}": Argument("{parameter.wire_name}", {parameter.sent}{extra}),')
                lines.append("    },")
        if self.operation.body is not None:
            lines.append(f"    body={self._body(self.operation.body)},")
            if self.operation.body.required:
                lines.append("    body_required=True,")
        if self.operation.paged:
            lines.append("    paged=True,")
        if self.operation.since:
            lines.append(f'    since="{self.operation.since}",')
        body = "\n".join(lines)
        return f"{self.constant}: Operation[{self._full_type()}] = Operation(\n{body}\n)"

    @staticmethod
    def _case_key(wire_name: str) -> str:
        """Fields of the body keep Orthanc's spelling, so that they are not mistaken for arguments."""
        return (
            f'"{wire_name.removeprefix("json.")}"' if wire_name.startswith("json.") else f'"{argument_name(wire_name)}"'
        )

    def _body(self, body: Body) -> str:
        if body.kind == "content":
            if body.enum:
                words = ", ".join(f'"{word}"' for word in body.enum)
                return f'Content("{body.media_type}", one_of({words}))'
            return f'Content("{body.media_type}")'
        arguments: list[str] = []
        others: list[str] = []
        for index, notation in enumerate(body.types):
            type_, _, unless = notation.partition(" unless ")
            type_, _, word = type_.partition(" as ")
            if index == 0 and type_ in self.schemas and "properties" in self.schemas[type_]:
                arguments.append(f"lambda: models.{type_}")
                continue
            if word:
                arguments.append(f'word="{word}"')
                continue
            if "properties" in self.schemas.get(type_, {}):
                arguments.append(f"like=lambda: models.{type_}")
                continue
            if unless:
                arguments.append(f'unless="{unless}"')
            python = parse_json_type(type_, self.schemas).python
            others.append(python.replace("list[", "Sequence[").replace("dict[", "Mapping["))
        if others:
            arguments.append(f"other=lambda: {' | '.join(others)}")
        if body.texts:
            arguments.append(f'texts="{body.texts}"')
        return f"JsonBody({', '.join(arguments)})"

    def _docstring(self) -> str:
        operation = self.operation
        parts = [operation.summary]
        if operation.description:
            parts.append(wrap(operation.description))
        if operation.deprecated:
            parts.append("Orthanc calls this route deprecated.")
        arguments = [(argument_name(name), text) for name, text in operation.path_parameters.items()]
        if operation.body is not None and operation.body.kind == "json":
            arguments.append(("json", self._body_text(operation.body)))
        for name, parameter in self.parameters.items():
            since = f" Since Orthanc {parameter.since}." if parameter.since else ""
            arguments.append((name, parameter.description + since))
        if arguments:
            lines = [wrap(f"{name}: {text}", "        ", "    ") for name, text in arguments]
            parts.append("Args:\n" + "\n".join(lines))
        if operation.raises:
            lines = [wrap(f"{name}: {text}.", "        ", "    ") for name, text in operation.raises.items()]
            parts.append("Raises:\n" + "\n".join(lines))
        if operation.example:
            parts.append("Example::\n\n" + indent(operation.example.rstrip(), "    "))
        parts.append(f"``{operation.route}``" + (f", since Orthanc {operation.since}" if operation.since else ""))
        text = "\n\n".join(parts).replace("\\", "\\\\")
        return f'"""{text}\n"""'

    def _body_text(self, body: Body) -> str:
        type_ = body.types[0]
        if type_ in self.schemas and "properties" in self.schemas[type_]:
            text = str(self.schemas[type_]["description"])
            return text if text.endswith(".") else f"{text}."
        return {"map<string>": "Values by tag.", "string[]": "A list, or one."}.get(type_, "The body.")


def _required(schemas: Mapping[str, JsonObject], name: str) -> set[str]:
    schema = schemas[name]
    required = set[str](schema.get("required", []))
    for base in schema.get("allOf", []):
        required |= _required(schemas, base["$ref"])
    return required & set(fields_of(schemas, name))
