"""A plugin that tells what is in the module `orthanc`: functions, classes with methods, enumerations with values.

It runs without this project, in a Python that has nothing but the module.
"""

import json
from typing import Any

import orthanc


def told() -> dict[str, Any]:
    """The names, of each kind."""
    functions: list[str] = []
    classes: dict[str, list[str]] = {}
    enumerations: dict[str, dict[str, int]] = {}
    exceptions: list[str] = []
    others: list[str] = []
    for name, value in vars(orthanc).items():
        if name.startswith("__"):
            continue
        if not isinstance(value, type):
            (functions if callable(value) else others).append(name)
        elif issubclass(value, Exception):
            exceptions.append(name)
        else:
            own = {member: thing for member, thing in vars(value).items() if not member.startswith("__")}
            if own and all(isinstance(thing, int) for thing in own.values()):
                enumerations[name] = own
            else:
                classes[name] = sorted(member for member, thing in own.items() if callable(thing))
    return {
        "functions": sorted(functions),
        "classes": classes,
        "enumerations": enumerations,
        "exceptions": exceptions,
        "others": others,
    }


def tell(output: orthanc.RestOutput, _uri: str, **_request: Any) -> None:
    output.AnswerBuffer(json.dumps(told()), "application/json")


orthanc.RegisterRestCallback("/names", tell)
