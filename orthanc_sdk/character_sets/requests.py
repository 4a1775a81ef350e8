"""Text in requests: which of it not every character set holds, and what is certain to be lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, cast

from orthanc_sdk.character_sets.sets import UTF_8_NAME, CharacterSet, is_plain
from orthanc_sdk.errors import InvalidArgument

Kind: TypeAlias = Literal["change", "creation", "query"]
"""What a request does with the tags in it."""

CHARACTER_SET: Final = "0008,0005"
_KEYWORD: Final = "SpecificCharacterSet"

TEXT_VRS: Final = frozenset(("SH", "LO", "UC", "PN", "ST", "LT", "UT"))
"""The value representations that ``SpecificCharacterSet`` is about (PS3.3, C.12.1.1.2)."""


@dataclass(frozen=True)
class Text:
    """Text for a tag that not every character set holds.

    Attributes:
        tag: The tag as it was given, with the sequences that it is in; for messages.
        vr: Its value representation; None if only the server may know it.
        value: The text, which may be about a patient.
        item_set: The set that the item of a sequence that it is in says, if it does.
    """

    tag: str
    vr: str | None
    value: str = field(repr=False)
    item_set: CharacterSet | None = None


def number_of(tag: str) -> str | None:
    """The number of a tag that is given by its keyword or in any form of its number; None if DICOM has none."""
    from orthanc_models.dicom.dictionary import by_keyword

    if found := re.fullmatch(r"([0-9A-Fa-f]{4})[,-]?([0-9A-Fa-f]{4})", tag):
        return f"{found[1]},{found[2]}".lower()
    entry = by_keyword(tag)
    return None if entry is None else entry.number


def vr_of(number: str | None) -> str | None:
    """The value representation of a tag of DICOM; None for private and unknown ones."""
    from orthanc_models.dicom.dictionary import by_number

    entry = None if number is None else by_number(number)
    return None if entry is None else entry.vr


def shown(path: str) -> str:
    """The path of a tag by keywords, where DICOM has them."""
    from orthanc_models.dicom.dictionary import by_number

    def keyword(found: re.Match[str]) -> str:
        entry = by_number(found[0])
        return found[0] if entry is None else entry.keyword

    return re.sub(r"[0-9a-f]{4},[0-9a-f]{4}", keyword, path)


def declared_in(tags: Mapping[str, object]) -> CharacterSet | None:
    """The character set that is among the tags; None if there is none."""
    for tag, value in tags.items():
        if tag == _KEYWORD or re.sub("[,-]", "", tag) == "00080005":
            return CharacterSet.of(value)
    return None


def without_declaration(tags: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON
    """The tags without a character set among them."""
    return {tag: value for tag, value in tags.items() if declared_in({tag: value}) is None}


def wanted_by(body: Mapping[str, Any]) -> CharacterSet | None:  # Any: JSON
    """The character set that the files are to have; None if the request does not say it.

    Args:
        body: How files are changed, in Orthanc's spelling.
    """
    wanted = declared_in(body.get("Replace") or {})
    if wanted is None and declared_in(dict.fromkeys(body.get("Remove") or ())) is not None:
        return CharacterSet()
    return wanted


def without_character_set(body: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON
    """The same change without that of the character set."""
    left = dict(body)
    if body.get("Replace"):
        left["Replace"] = without_declaration(body["Replace"])
    if body.get("Remove"):
        left["Remove"] = list(without_declaration(dict.fromkeys(body["Remove"])))
    return left


def texts_in(tags: Mapping[str, object]) -> list[Text]:
    """The texts that not every character set holds, those in sequences as well."""
    found: list[Text] = []

    def note(text: Text) -> str:
        found.append(text)
        return text.value

    with_texts(tags, note)
    return found


def with_texts(
    tags: Mapping[str, object], change: Callable[[Text], str], path: str = "", item_set: CharacterSet | None = None
) -> dict[str, Any]:  # Any: JSON
    """The tags with other values where there is text that not every character set holds, in sequences as well.

    Args:
        tags: The tags.
        change: Gives the other value.
        path: The sequences that the tags are in.
        item_set: The character set that the item that they are in says.
    """
    changed: dict[str, Any] = {}
    for tag, value in tags.items():
        changed[tag] = value
        if isinstance(value, str):
            if not is_plain(value) or "\\" in value:
                text = Text(path + tag, vr_of(number_of(tag.rpartition(".")[2])), value, item_set)
                if not is_plain(value, text.vr):
                    changed[tag] = change(text)
        elif isinstance(value, Sequence) and not isinstance(value, bytes):
            items = enumerate(cast("Sequence[object]", value))
            changed[tag] = [_item(item, change, f"{path}{tag}[{index}].", item_set) for index, item in items]
    return changed


def _item(item: object, change: Callable[[Text], str], path: str, item_set: CharacterSet | None) -> object:
    if not isinstance(item, Mapping):
        return item
    tags = cast("Mapping[str, object]", item)
    return with_texts(tags, change, path, declared_in(tags) or item_set)


def check_kind(texts: Sequence[Text], where: str) -> None:
    """Refuses text beyond ASCII where DICOM has ASCII only, whatever the character set.

    Raises:
        InvalidArgument: names the tag.
    """
    for text in texts:
        if text.vr is not None and text.vr not in TEXT_VRS and not text.value.isascii():
            raise InvalidArgument(
                f"{where}: {text.tag}: its value representation {text.vr} has no characters beyond ASCII,"
                " whatever the character set"
            )


def check_held(texts: Sequence[Text], declared: CharacterSet, where: str, *, as_it_is: bool = False) -> None:
    """Refuses text that a character set cannot hold.

    Args:
        texts: The texts.
        declared: The set.
        where: What the message begins with.
        as_it_is: Whether it is sent as it is, and not as :meth:`CharacterSet.written` says.

    Raises:
        InvalidArgument: names the tag and the set.
    """
    for text in texts:
        written = declared.written(text.value, text.vr)
        if written is None or (as_it_is and written != text.value):
            raise InvalidArgument(f"{where}: {text.tag}: has characters that are not in {declared}: they would be lost")


def check_items(texts: Sequence[Text], declared: CharacterSet, where: str) -> None:
    """Refuses text in an item of a sequence that says a set of its own: Orthanc writes it in that of the file.

    Raises:
        InvalidArgument: names the tag and the sets.
    """
    for text in texts:
        if text.item_set not in (None, declared):
            raise InvalidArgument(
                f"{where}: {text.tag}: Orthanc writes it in the character set of the whole, {declared}, and not in that"
                f" of its item, {text.item_set}"
            )


def check_body(route: str, kind: Kind, fields: Mapping[str, Any]) -> None:  # Any: JSON
    """Refuses a request with text that is certain to be lost.

    One request cannot know the character sets of the files that it is about: the resources look at these.

    Args:
        route: What the message begins with.
        kind: What the request does with the tags.
        fields: The body, in Orthanc's spelling.

    Raises:
        InvalidArgument: names the tag and the set.
    """
    if kind == "creation":
        _check_creation(route, fields)
        return
    tags: Mapping[str, object] | None = (
        fields.get("Replace") if kind == "change" else fields.get("Query", fields)  # some queries are the tags alone
    )
    texts = texts_in(tags or {})
    check_kind(texts, f"{route}: json")
    if (declared := declared_in(tags or {})) is not None:
        check_held(texts, declared, f"{route}: json", as_it_is=True)
        check_items(texts, declared, f"{route}: json")


def _check_creation(route: str, fields: Mapping[str, Any]) -> None:  # Any: JSON
    if "Tags" not in fields:  # the old form, for which Orthanc writes in one set and declares another
        for text in texts_in(fields):
            if not text.value.isascii():
                raise InvalidArgument(f'{route}: json: {text.tag}: needs {{"Tags": {{...}}}} with {_KEYWORD} in it')
        return
    tags = cast("Mapping[str, object]", fields["Tags"])
    texts = texts_in(tags)
    content = fields.get("Content")
    for item in cast("list[object]", content) if isinstance(content, list) else ():
        if isinstance(item, Mapping):
            texts += texts_in(cast("Mapping[str, Mapping[str, object] | None]", item).get("Tags") or {})
    where = f"{route}: json: Tags"
    check_kind(texts, where)
    if fields.get("Parent") is not None:
        return  # the new instance is in the set of the parent, whatever is asked for
    # Orthanc looks for it by its keyword only, and writes in DefaultEncoding else.
    declared = tags.get(_KEYWORD)
    if declared is not None:
        check_held(texts, CharacterSet.of(declared), where, as_it_is=True)
        check_items(texts, CharacterSet.of(declared), where)
    elif beyond := next((text for text in texts if not text.value.isascii()), None):
        raise InvalidArgument(f'{where}: {beyond.tag}: needs "{_KEYWORD}": "{UTF_8_NAME}", or another set, in Tags')
