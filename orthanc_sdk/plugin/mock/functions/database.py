"""Key-value stores, queues and global properties, which a real Orthanc keeps in its database."""

from __future__ import annotations

from orthanc_sdk.plugin.mock.handles import OrthancException, make
from orthanc_sdk.plugin.mock.registry import NO_DATABASE, implements, internal_error, no_database
from orthanc_sdk.plugin.mock.state import Queue, State, current
from orthanc_sdk.plugin.module_contents import ENUMERATIONS

_FIRST_PROPERTY = 1024
"""Lower numbers are Orthanc's own properties."""


def _database() -> State:
    """The state.

    Raises:
        OrthancException: The script is being loaded.
    """
    state = current()
    if (error := no_database(state)) is not None:
        raise error
    return state


def _database_or_type_error() -> State:
    """The same for functions that raise TypeError."""
    state = current()
    if state.is_loading:
        raise TypeError(NO_DATABASE)
    return state


# Key-value stores -----------------------------------------------------------------------------------------------------


@implements("StoreKeyValue")
def store_key_value(store_id: str, key: str, value: bytes | None) -> None:
    state = _database()
    if value is None:
        raise OrthancException(3, "Parameter out of range")
    state.key_values.setdefault(store_id, {})[key] = value


@implements("GetKeyValue")
def get_key_value(store_id: str, key: str) -> bytes | None:
    return _database_or_type_error().key_values.get(store_id, {}).get(key)


@implements("DeleteKeyValue")
def delete_key_value(store_id: str, key: str) -> None:
    _database().key_values.get(store_id, {}).pop(key, None)


class KeysValues:
    """The position of an iterator; it starts before the first item."""

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
    state = _database()
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
    queue = _database_or_type_error().queues.get(queue_id, Queue())
    number = _next_number(queue, origin)
    return None if number is None else queue.values.pop(number)


@implements("ReserveQueueValue")
def reserve_queue_value(queue_id: str, origin: int, release_timeout: int) -> tuple[bytes, int] | tuple[None, None]:  # noqa: ARG001
    """The timeout is ignored: the mock never releases a value."""
    queue = _database_or_type_error().queues.get(queue_id, Queue())
    number = _next_number(queue, origin)
    if number is None:
        return None, None
    queue.reserved.add(number)
    return queue.values[number], number


@implements("AcknowledgeQueueValue")
def acknowledge_queue_value(queue_id: str, value_id: int) -> None:
    queue = _database().queues.get(queue_id, Queue())
    if value_id not in queue.reserved:
        raise OrthancException(17, "Unknown resource")
    queue.reserved.remove(value_id)
    del queue.values[value_id]


@implements("GetQueueSize")
def get_queue_size(queue_id: str) -> int:
    return len(_database_or_type_error().queues.get(queue_id, Queue()).values)


# Global properties ----------------------------------------------------------------------------------------------------


@implements("SetGlobalProperty")
def set_global_property(number: int, value: str) -> None:
    if number < _FIRST_PROPERTY:
        raise OrthancException(26, "Plugin invoking an unknown service")
    _database().global_properties[number] = value


@implements("GetGlobalProperty")
def get_global_property(number: int, default_value: str) -> str:
    state = current()
    if state.is_loading:
        raise internal_error()
    return state.global_properties.get(number, default_value)
