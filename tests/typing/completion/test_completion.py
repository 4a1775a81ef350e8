"""Editors offer at each place what people look for there, and the documentation says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import jedi  # type: ignore[import-untyped]  # it has no types
import pytest

import orthanc_sdk
from tests.packaging.builds import Environment, with_pytest
from tests.typing.completion import table
from tests.typing.completion.language_server import LanguageServer
from tests.typing.completion.places import BEGINNING, PLACES, Place

pytestmark = pytest.mark.slow

__all__ = ["with_pytest"]

Names = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def server(with_pytest: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    with LanguageServer(tmp_path_factory.mktemp("project"), with_pytest) as started:
        yield started


@pytest.fixture(scope="module")
def ask_jedi(with_pytest: Environment, tmp_path_factory: pytest.TempPathFactory) -> Names:
    project = jedi.Project(tmp_path_factory.mktemp("project"), environment_path=str(with_pytest.python))

    def ask(code: str) -> list[str]:
        return [found.name for found in jedi.Script(BEGINNING + code, project=project).complete()]

    return ask


@pytest.fixture(scope="module")
def ask_pyright(server: LanguageServer) -> Names:
    numbers = iter(range(1_000))

    def ask(code: str) -> list[str]:
        return [name.strip("\"'") for name in server.completions(f"script_{next(numbers)}", BEGINNING + code)]

    return ask


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_jedi_offers_it(place: Place, ask_jedi: Names) -> None:
    offered = ask_jedi(place.code)
    missing = [name for name in place.names if name not in offered]
    if place.not_jedi:
        assert missing, f"jedi knows {place.names}: say so"
    else:
        assert missing == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_pyright_offers_it(place: Place, ask_pyright: Names) -> None:
    offered = ask_pyright(place.code)
    assert [name for name in place.names if name not in offered] == []


def test_what_is_not_there_is_not_offered(ask_jedi: Names, ask_pyright: Names) -> None:
    """That the tests above can fail."""
    for ask in (ask_jedi, ask_pyright):
        assert "query=" not in ask("find_studies(client, labels")
        assert "studies" not in ask("job.content.")
        assert "modality" not in ask("study.")


def test_the_package_offers_public_names_only(ask_jedi: Names, ask_pyright: Names) -> None:
    folder = Path(orthanc_sdk.__file__).parent
    rooms = {path.parent.name for path in folder.glob("*/__init__.py")}
    public = {*orthanc_sdk.__all__, *rooms, "client", "models"}
    for ask in (ask_jedi, ask_pyright):
        offered = {name for name in ask("orthanc_sdk.") if not name.startswith("_")}
        assert offered - public == set()
        assert len(offered) > 70


def test_calls_show_their_arguments(server: LanguageServer) -> None:
    shown = server.signature("shown_find", BEGINNING + "find_studies(")
    for argument in ("query: ", "labels: ", "limit: int | None = None", "page_size: int = "):
        assert argument in shown
    shown = server.signature("shown_anonymize", BEGINNING + "patient.anonymize(")
    for argument in ("keep: ", "force: bool = False", "-> Patient"):
        assert argument in shown
    assert "options" not in shown


def test_the_page_is_made_of_these_places() -> None:
    written = table.PAGE.read_text(encoding="utf-8")
    assert written == table.page()
