"""What the mock keeps in memory: stores, queues, properties, the log, and what a plugin says about itself."""

from __future__ import annotations

import json
from pathlib import Path

from orthanc_sdk.plugin.mock.handles import OrthancException, make
from orthanc_sdk.plugin.mock.registry import NO_DATABASE, implements, internal_error, no_database
from orthanc_sdk.plugin.mock.state import AuditRecord, LogEntry, Queue, State, current
from orthanc_sdk.plugin.tables import ENUMERATIONS

_FIRST_PROPERTY = 1024
"""The properties below are Orthanc's own."""


def _ready() -> State:
    """The state, once the database can be used."""
    state = current()
    if (error := no_database(state)) is not None:
        raise error
    return state


def _ready_or_type_error() -> State:
    """Likewise, for the functions whose errors are TypeErrors."""
    state = current()
    if state.is_loading:
        raise TypeError(NO_DATABASE)
    return state


# Key-value stores -----------------------------------------------------------------------------------------------------


@implements("StoreKeyValue")
def store_key_value(store_id: str, key: str, value: bytes | None) -> None:
    state = _ready()
    if value is None:
        raise OrthancException(3, "Parameter out of range")
    state.key_values.setdefault(store_id, {})[key] = value


@implements("GetKeyValue")
def get_key_value(store_id: str, key: str) -> bytes | None:
    return _ready_or_type_error().key_values.get(store_id, {}).get(key)


@implements("DeleteKeyValue")
def delete_key_value(store_id: str, key: str) -> None:
    _ready().key_values.get(store_id, {}).pop(key, None)


class KeysValues:
    """Where an iterator is."""

    def __init__(self, items: list[tuple[str, bytes]]) -> None:
        self.items = items
        self.position = -1

    @property
    def item(self) -> tuple[str, bytes] | None:
        return self.items[self.position] if 0 <= self.position < len(self.items) else None


@implements("CreateKeysValuesIterator")
def create_keys_values_iterator(store_id: str) -> object:
    state = current()
    if state.is_loading:
        raise internal_error()
    return make("KeysValuesIterator", KeysValues(sorted(state.key_values.get(store_id, {}).items())))


@implements("KeysValuesIterator.Next")
def next_key(iterator: KeysValues) -> bool:
    if iterator.position == len(iterator.items):
        raise TypeError("Bad sequence of calls")
    iterator.position += 1
    return iterator.item is not None


@implements("KeysValuesIterator.GetKey")
def get_key(iterator: KeysValues) -> str | None:
    return iterator.item[0] if iterator.item else None


@implements("KeysValuesIterator.GetValue")
def get_value(iterator: KeysValues) -> bytes:
    if iterator.item is None:
        raise OrthancException(6, "Bad sequence of calls")
    return iterator.item[1]


# Queues ---------------------------------------------------------------------------------------------------------------


@implements("EnqueueValue")
def enqueue_value(queue_id: str, value: bytes | None) -> None:
    state = _ready()
    if value is None:
        raise OrthancException(3, "Parameter out of range")
    state.queued += 1
    state.queues.setdefault(queue_id, Queue()).values[state.queued] = value


def _next_number(queue: Queue, origin: int) -> int | None:
    ends = ENUMERATIONS["QueueOrigin"]
    if origin not in ends.values():
        raise TypeError("Parameter out of range")
    free = [number for number in queue.values if number not in queue.reserved]
    return (free[0] if origin == ends["FRONT"] else free[-1]) if free else None


@implements("DequeueValue")
def dequeue_value(queue_id: str, origin: int) -> bytes | None:
    queue = _ready_or_type_error().queues.get(queue_id, Queue())
    number = _next_number(queue, origin)
    return None if number is None else queue.values.pop(number)


@implements("ReserveQueueValue")
def reserve_queue_value(queue_id: str, origin: int, release_timeout: int) -> tuple[bytes, int] | tuple[None, None]:  # noqa: ARG001
    """Nothing is released while a test runs: there are no timeouts in the mock."""
    queue = _ready_or_type_error().queues.get(queue_id, Queue())
    number = _next_number(queue, origin)
    if number is None:
        return None, None
    queue.reserved.add(number)
    return queue.values[number], number


@implements("AcknowledgeQueueValue")
def acknowledge_queue_value(queue_id: str, value_id: int) -> None:
    queue = _ready().queues.get(queue_id, Queue())
    if value_id not in queue.reserved:
        raise OrthancException(17, "Unknown resource")
    queue.reserved.remove(value_id)
    del queue.values[value_id]


@implements("GetQueueSize")
def get_queue_size(queue_id: str) -> int:
    return len(_ready_or_type_error().queues.get(queue_id, Queue()).values)


# Properties, configuration, files -------------------------------------------------------------------------------------


@implements("SetGlobalProperty")
def set_global_property(number: int, value: str) -> None:
    if number < _FIRST_PROPERTY:
        raise OrthancException(26, "Plugin invoking an unknown service")
    _ready().global_properties[number] = value


@implements("GetGlobalProperty")
def get_global_property(number: int, default_value: str) -> str:
    state = current()
    if state.is_loading:
        raise internal_error()
    return state.global_properties.get(number, default_value)


@implements("GetConfiguration")
def get_configuration() -> str:
    state = current()
    if state.configuration is None:
        raise state.missing("GetConfiguration()", 'Give one: PluginHost(configuration={"Name": "test"})')
    return json.dumps(state.configuration, indent=3)


@implements("ReadFile")
def read_file(path: str) -> bytes:
    if not Path(path).is_file():
        raise OrthancException(2006, "The specified path does not point to a regular file")
    return Path(path).read_bytes()


@implements("WriteFile")
def write_file(path: str, data: bytes | None) -> None:
    try:
        Path(path).write_bytes(data or b"")
    except OSError:
        raise OrthancException(14, "Cannot write to file") from None


# What a plugin says ---------------------------------------------------------------------------------------------------


@implements("LogError")
def log_error(message: str) -> None:
    current().log.append(LogEntry("ERROR", message))


@implements("LogWarning")
def log_warning(message: str) -> None:
    current().log.append(LogEntry("WARNING", message))


@implements("LogInfo")
def log_info(message: str) -> None:
    current().log.append(LogEntry("INFO", message))


@implements("LogMessage")
def log_message(message: str, plugin: str, file: str, line: int, category: int, level: int) -> None:  # noqa: ARG001
    levels = {number: name for name, number in ENUMERATIONS["LogLevel"].items()}
    if level in levels:  # the real one writes nothing for another number
        current().log.append(LogEntry(levels[level], message, plugin))


@implements("EmitAuditLog")
def emit_audit_log(
    source_plugin: str, user_id: str, resource_type: int, resource_id: str, action: str, data: bytes | None
) -> None:
    record = AuditRecord(source_plugin, user_id, resource_type, resource_id, action, data or b"")
    current().audit_log.append(record)


@implements("SetMetricsValue", "SetMetricsIntegerValue")
def set_metrics(name: str, value: float, kind: int) -> None:  # noqa: ARG001
    current().metrics[name] = value


@implements("SetDescription")
def set_description(description: str) -> None:
    current().descriptions[""] = description


@implements("SetDescription2")
def set_description_of(plugin: str, description: str) -> None:
    current().descriptions[plugin] = description


@implements("SetRootUri")
def set_root_uri(uri: str) -> None:
    current().root_uris[""] = uri


@implements("SetRootUri2")
def set_root_uri_of(plugin: str, uri: str) -> None:
    current().root_uris[plugin] = uri


@implements("ExtendOrthancExplorer")
def extend_orthanc_explorer(javascript: str) -> None:
    current().explorer.append(javascript)


@implements("ExtendOrthancExplorer2")
def extend_orthanc_explorer_of(plugin: str, javascript: str) -> None:  # noqa: ARG001
    current().explorer.append(javascript)


@implements("SetCurrentThreadName", "RegisterDictionaryTag", "RegisterPrivateDictionaryTag")
def accept(*_: object) -> None:
    """Nothing that a test could see: neither does the real `LookupDictionary` know what was registered."""
