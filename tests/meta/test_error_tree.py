"""The tree that is drawn in the text of `orthanc_sdk.errors` is the one that the classes make."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from orthanc_sdk import OrthancError, OrthancHTTPError, errors

HOMES = ("orthanc_sdk.errors.", "orthanc_models.", "orthanc_sdk.transfers.transfer_failed")
"""The models have errors of their own, below the same root; that of transfers stands beside their reports."""


def drawn() -> Iterator[tuple[int, str, str]]:
    """Depth, name and the rest of each line of the drawing."""
    _, _, after = str(errors.__doc__).partition("::\n\n")
    for line in after.splitlines():
        match = re.fullmatch(r"    ((?:[│ ]   )*)(?:[├└]── )?(\w+)\s*(.*)", line)
        if match is None:
            return
        branch = re.match(r"    ((?:[│ ]   )*[├└]── )?", line)
        assert branch is not None
        yield len(branch[1] or "") // 4, match[2], match[3]


def classes() -> dict[str, type[OrthancError]]:
    found = {name: getattr(errors, name) for name in {*vars(errors), *errors.__all__}}
    return {
        name: value
        for name, value in found.items()
        if inspect.isclass(value) and issubclass(value, OrthancError) and value.__module__.startswith(HOMES)
    }


def edges() -> set[tuple[str, str]]:
    """Parent and child of each branch of the drawing."""
    path: list[str] = []
    found: set[tuple[str, str]] = set()
    for depth, name, _ in drawn():
        del path[depth:]
        if path:
            found.add((path[-1], name))
        path.append(name)
    return found


def test_every_class_is_exported_and_drawn() -> None:
    assert set(classes()) == set(errors.__all__)
    assert {name for _, name, _ in drawn()} == set(classes())
    assert len(classes()) >= 32


def test_the_branches_are_those_of_the_classes() -> None:
    real = {
        (base.__name__, name)
        for name, class_ in classes().items()
        for base in class_.__bases__
        if base in classes().values()
    }
    assert edges() == real


def test_the_statuses_in_the_drawing_are_those_of_the_classes() -> None:
    checked = 0
    for _, name, rest in drawn():
        class_ = classes()[name]
        if issubclass(class_, OrthancHTTPError) and (statuses := re.match(r"\d{3}(, \d{3})*", rest)):
            assert str(class_.default_status) in statuses[0].split(", "), name
            assert str(class_.__doc__).startswith(f"{statuses[0]}"), name
            checked += 1
    assert checked >= 20


def test_what_is_caught_as_an_error_of_requests_or_python_is_in_the_drawing() -> None:
    """`(a requests.HTTPError)` and the like say what the class is beside."""
    for _, name, rest in drawn():
        for module, other in re.findall(r"\(an? (requests\.)?(\w+)\)", rest):
            base = next((one for one in classes()[name].__mro__ if one.__name__ == other), None)
            assert base is not None, (name, other)
            assert base.__module__.startswith("requests" if module else "builtins")


def test_every_error_has_a_text_of_its_own() -> None:
    for name, class_ in classes().items():
        assert "__doc__" in vars(class_), name
        assert str(vars(class_)["__doc__"]).strip(), name
