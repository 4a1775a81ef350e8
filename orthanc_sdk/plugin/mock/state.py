"""The state of the mock: one for each host, and one for scripts that are imported without a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from orthanc_sdk.plugin.mock.errors import NotSetUp

if TYPE_CHECKING:
    from orthanc_sdk.client import Orthanc

Handler: TypeAlias = Callable[..., object]
"""Replaces a function of the module, with the same arguments."""


@dataclass(frozen=True)
class LogEntry:
    """A message in the log."""

    level: str
    """`ERROR`, `WARNING`, `INFO` or `TRACE`."""
    message: str
    plugin: str = ""
    """The plugin that `LogMessage` names."""


@dataclass(frozen=True)
class AuditRecord:
    """The arguments of `EmitAuditLog`."""

    source_plugin: str
    user_id: str
    resource_type: int
    resource_id: str
    action: str
    data: bytes


@dataclass(frozen=True)
class Registration:
    """A registration of the script: the function of the module, and its arguments."""

    function: str
    arguments: tuple[object, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(_name_or_repr, self.arguments))})"


@dataclass
class Queue:
    """A queue: its values by number, the oldest first, and the numbers of the reserved ones."""

    values: dict[int, bytes] = field(default_factory=dict[int, bytes])
    reserved: set[int] = field(default_factory=set[int])


@dataclass
class State:
    """Everything that the functions of the module read or change."""

    client: Orthanc | None = None
    handlers: dict[str, Handler] = field(default_factory=dict[str, Handler])
    answers: dict[tuple[str, str], object] = field(default_factory=dict[tuple[str, str], object])
    configuration: Mapping[str, object] | None = None
    has_host: bool = True
    """False for scripts that are imported without a host: there may be several, and nobody calls their callbacks."""
    is_loading: bool = False
    """Whether a script is being loaded, when the database cannot be used."""
    registrations: list[Registration] = field(default_factory=list[Registration])
    log: list[LogEntry] = field(default_factory=list[LogEntry])
    audit_log: list[AuditRecord] = field(default_factory=list[AuditRecord])
    key_values: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])
    queues: dict[str, Queue] = field(default_factory=dict[str, Queue])
    queued: int = 0
    """The number of values that were ever enqueued, from which they get their numbers."""
    global_properties: dict[int, str] = field(default_factory=dict[int, str])
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    descriptions: dict[str, str] = field(default_factory=dict[str, str])
    root_uris: dict[str, str] = field(default_factory=dict[str, str])
    explorer: list[str] = field(default_factory=list[str])
    error_codes: dict[int, str] = field(default_factory=dict[int, str])
    not_set_up: list[NotSetUp] = field(default_factory=list[NotSetUp])
    """The errors that were raised for what the test has not set up."""

    def registered(self, function: str) -> list[Registration]:
        """The registrations with a function, in order."""
        return [one for one in self.registrations if one.function == function]

    def missing(self, call: str, advice: str) -> NotSetUp:
        """The error for something that nobody answers; it is stored, since scripts may catch it."""
        error = NotSetUp(f"{call}: only a real Orthanc knows the answer, and the test has not set one up. {advice}")
        self.not_set_up.append(error)
        return error


_states = [State(has_host=False)]


def current() -> State:
    """The state of the innermost host, or the one for scripts without a host."""
    return _states[-1]


def enter(state: State) -> None:
    """Makes it the current state."""
    _states.append(state)


def leave(state: State) -> None:
    """Makes the previous state the current one."""
    _states.remove(state)


def _name_or_repr(value: object) -> str:
    name = getattr(value, "__qualname__", None)
    return name if callable(value) and isinstance(name, str) else repr(value)
