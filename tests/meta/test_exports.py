"""Every public name is there, is told to type checkers and to users alike, and is explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import orthanc_models
import orthanc_sdk
import orthanc_sdk.models
import orthanc_sdk.testing
from orthanc_sdk import errors, routes
from tests.meta import sources

LAZY = [orthanc_sdk, orthanc_sdk.models, orthanc_sdk.testing, orthanc_models]
PUBLIC = [*LAZY, errors, routes]


def public(module: ModuleType) -> list[tuple[str, object]]:
    return [(name, getattr(module, name)) for name in module.__all__]


def own_doc(value: object) -> str | None:
    """The text that belongs to a class or function itself, not to a base."""
    text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return text if isinstance(text, str) and text.strip() else None


def homes(name: str) -> list[str]:
    """The modules in which a name is explained by a text behind it."""
    return [
        module
        for package in sources.PACKAGES
        for module, tree in sources.modules(package).items()
        if name in sources.explained(tree)
    ]


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_export_is_there_and_explained(module: ModuleType) -> None:
    unexplained: list[str] = []
    for name, value in public(module):
        if name == "__version__":
            assert isinstance(value, str)
        elif inspect.isclass(value) or inspect.isfunction(value):
            if own_doc(value) is None:
                unexplained.append(name)
        elif not homes(name) and not own_doc(type(value)):
            unexplained.append(name)
    assert unexplained == []
    assert len(module.__all__) > 9


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_exports_are_in_order_and_listed(module: ModuleType) -> None:
    assert len(set(module.__all__)) == len(module.__all__)
    assert set(module.__all__) <= set(dir(module))
    assert not [name for name in module.__all__ if name.startswith("_") and name != "__version__"]


@pytest.mark.parametrize(
    "module", [orthanc_sdk, orthanc_sdk.testing, orthanc_models], ids=lambda module: module.__name__
)
def test_type_checkers_are_told_the_same_names(module: ModuleType) -> None:
    told: set[str] = set()
    for node in ast.walk(sources.module(module.__name__)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for statement in node.body:
                if isinstance(statement, ast.ImportFrom):
                    told.update(alias.name for alias in statement.names)
                elif isinstance(statement, ast.AnnAssign):
                    told.add(ast.unparse(statement.target))
    submodules = {found.name for found in pkgutil.iter_modules(module.__path__)}
    assert told - submodules == set(module.__all__)


@pytest.mark.parametrize("module", LAZY, ids=lambda module: module.__name__)
def test_a_name_that_is_not_there_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'StudyInfoo'"):
        _ = module.StudyInfoo
    with pytest.raises(ImportError, match="cannot import name 'StudyInfoo'"):
        exec(f"from {module.__name__} import StudyInfoo")
    assert not hasattr(module, "__wrapped__")


def test_the_facade_has_all_models() -> None:
    assert list(orthanc_sdk.models.__all__) == list(orthanc_models.__all__)
    for name in orthanc_models.__all__:
        assert getattr(orthanc_sdk.models, name) is getattr(orthanc_models, name)


def test_every_public_class_of_the_models_is_exported() -> None:
    """What a model is made of can be named by users."""
    missing: list[str] = []
    for found in pkgutil.walk_packages(orthanc_models.__path__, "orthanc_models."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            is_own = inspect.isclass(value) and value.__module__ == module.__name__
            if (
                is_own
                and not name.startswith("_")
                and issubclass(value, orthanc_models.AnswerModel | orthanc_models.RequestModel)
            ):
                missing += [] if name in orthanc_models.__all__ else [name]
    # Base classes, which only make sense in orthanc_models itself.
    assert set(missing) == {"OpenAnswerModel", "OpenRequestModel"}


def test_every_error_is_exported_by_the_package() -> None:
    assert set(errors.__all__) <= set(orthanc_sdk.__all__)
    for name in errors.__all__:
        assert getattr(orthanc_sdk, name) is getattr(errors, name)


def test_submodules_can_be_reached_from_the_package() -> None:
    for name in ("errors", "models", "plugin", "routes", "testing"):
        assert getattr(orthanc_sdk, name).__name__ == f"orthanc_sdk.{name}"


OPEN = {
    "IdleAwareAdapter.init_poolmanager",
    "IdleAwareAdapter.proxy_manager_for",
    "raw_response",
    "raw_stream",
    "make_instance",
    "make_instances",
    "make_study",
    "make_studies",
}
"""What passes on the arguments of any route or of `requests`, or takes any DICOM tag by its keyword."""


def signatures() -> Iterator[tuple[str, inspect.Signature]]:
    for module in (orthanc_sdk, orthanc_sdk.testing):
        for name, value in public(module):
            if inspect.isfunction(value):
                yield name, inspect.signature(value)
            elif inspect.isclass(value) and value.__module__.startswith("orthanc_sdk."):
                for method, function in inspect.getmembers(value, inspect.isfunction):
                    is_ours = function.__module__.startswith("orthanc_sdk.")
                    if is_ours and (method == "__init__" or not method.startswith("_")):
                        yield f"{name}.{method}", inspect.signature(function)


def test_no_signature_hides_its_arguments() -> None:
    """Editors, help() and IPython show what a signature lists."""
    found = dict(signatures())
    assert len(found) > 500
    hidden = [
        name
        for name, signature in found.items()
        if name not in OPEN and any(one.kind is inspect.Parameter.VAR_KEYWORD for one in signature.parameters.values())
    ]
    assert hidden == []
