"""Registration of callbacks, which `PluginHost` calls."""

from __future__ import annotations

import re
from collections.abc import Callable

from orthanc_sdk.plugin.mock.registry import implements
from orthanc_sdk.plugin.mock.state import Registration, current

# By function: others that exclude it, and the error of the real one.
_EXCLUSIVE = {
    "RegisterFindCallback": ((), "Can only register one Python C-FIND SCP callback"),
    "RegisterFindCallback2": ((), "Can only register one Python C-FIND SCP callback (v2)"),
    "RegisterIncomingCStoreInstanceFilter": ((), "Can only register one Python incoming CStore instance filter"),
    "RegisterIncomingHttpRequestFilter": ((), "Can only register one Python incoming-http-request filter"),
    "RegisterMoveCallback": ((), "Can only register one Python C-MOVE SCP callback"),
    "RegisterMoveCallback2": (
        ("RegisterMoveCallback3",),
        "Can only register once for Python C-MOVE SCP callback (v2)",
    ),
    "RegisterMoveCallback3": (
        ("RegisterMoveCallback2",),
        "Can only register once for Python C-MOVE SCP callback (v3)",
    ),
    "RegisterOnChangeCallback": ((), "Can only register one Python on-changes callback"),
    "RegisterOnStoredInstanceCallback": ((), "Can only register one Python on-stored-instance callback"),
    "RegisterReceivedInstanceCallback": ((), "Can only register one Python received instance callback"),
    "RegisterStorageArea": ((), "Cannot register twice a custom storage area"),
    "RegisterStorageArea3": ((), "Cannot register twice a custom storage area"),
    "RegisterStorageCommitmentScpCallback": (
        ("RegisterStorageCommitmentScpCallback2",),
        "Can only register once for Python storage commitment SCP & Lookup callback",
    ),
    "RegisterStorageCommitmentScpCallback2": (
        ("RegisterStorageCommitmentScpCallback",),
        "Can only register once for Python storage commitment SCP & Lookup callback (v2)",
    ),
    "RegisterWorklistCallback": (
        ("RegisterWorklistCallback2",),
        "Can only register one Python C-FIND SCP for worklist callback",
    ),
    "RegisterWorklistCallback2": (
        ("RegisterWorklistCallback",),
        "Can only register one Python C-FIND SCP for worklist callback (v2)",
    ),
}


def _register_once(name: str) -> Callable[..., None]:
    others, message = _EXCLUSIVE[name]

    def register(*callbacks: object) -> None:
        state = current()
        if state.has_host and any(state.registered(one) for one in (name, *others)):
            raise RuntimeError(message)
        state.registrations.append(Registration(name, callbacks))

    return register


for _name in _EXCLUSIVE:
    implements(_name)(_register_once(_name))


@implements("RegisterRestCallback")
def register_rest_callback(path_regular_expression: str, callback: object) -> None:
    """Registers a callback for paths; a script may have any number of them.

    Raises:
        ValueError: The regular expression is invalid. The real function terminates Orthanc.
    """
    try:
        re.compile(path_regular_expression)
    except re.error as error:
        raise ValueError(
            f"{path_regular_expression!r} is not a regular expression, which terminates Orthanc: {error}"
        ) from None
    current().registrations.append(Registration("RegisterRestCallback", (path_regular_expression, callback)))
