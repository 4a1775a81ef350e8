"""Names out of texts that anybody may have written."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orthanc_sdk.files.names import safe_name

ANY = st.text(min_size=1, max_size=300)
TRICKY = st.text(alphabet='./\\ ~_aA0:*?"<>|\x00\n\u202e', min_size=1, max_size=12)


@pytest.mark.parametrize(
    "name", ["PATIENT0001", "1.2.840.10008", "Müller^Zoé", "王^小东", ".hidden", "-rf", "x" * 100, "a b"]
)
def test_what_can_be_a_name_is_its_own(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../evil", ".._.._evil"),
        (".", "_"),
        ("..", "_"),
        (" ", "_"),
        ("/etc/passwd", "_etc_passwd"),
        ("a\\b", "a_b"),
        ("C:x", "C_x"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1", "_com1"),
        ("ends.", "ends"),
        ("ends ", "ends"),
        ("~root", "_~root"),
        ("\x1b[31mred", "_[31mred"),
        ("right\u202eleft", "right_left"),
        ("\ud800", "_"),
        ("taken~12345678", "taken~12345678"),
    ],
)
def test_what_cannot_is_changed_and_marked(text: str, name: str) -> None:
    assert re.fullmatch(re.escape(name) + "~[0-9a-f]{8}", safe_name(text))


def test_long_names() -> None:
    assert len(safe_name("x" * 101)) == 100
    long = safe_name("ä" * 10_000)
    assert 90 <= len(long.encode()) <= 100
    assert safe_name("ä" * 9_999) != long


@given(st.one_of(ANY, TRICKY))
@example("CONIN$")
@example("\u00a0.")
def test_any_text(text: str) -> None:
    name = safe_name(text)
    assert 1 <= len(name.encode()) <= 100
    assert name == safe_name(text)
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', name)
    assert name not in (".", "..")
    assert name[-1] not in ". "
    assert all(character.isprintable() or character.isspace() for character in name)


@given(st.one_of(ANY, TRICKY), st.one_of(ANY, TRICKY))
@example("../x", ".._x")
@example("a", "a.")
def test_different_texts_have_different_names(first: str, second: str) -> None:
    assert (safe_name(first) == safe_name(second)) is (first == second)


@given(TRICKY)
def test_a_name_that_was_made_is_none_to_be_had_again(text: str) -> None:
    """Nobody gets the folder of another one by having the name of that as identifier."""
    name = safe_name(text)
    assert name == text or safe_name(name) != name
