"""The configuration, files, the log, metrics, and the description of a plugin."""

from __future__ import annotations

import json
from pathlib import Path

from orthanc_sdk.plugin.mock.handles import OrthancException
from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.mock.state import AuditRecord, LogEntry, current
from orthanc_sdk.plugin.module_contents import ENUMERATIONS


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


# Log, metrics, and the description of a plugin ------------------------------------------------------------------------


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
    if level in levels:  # for other numbers, the real one writes nothing
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
    """Has no visible effect: the real `LookupDictionary` does not know registered tags either."""
