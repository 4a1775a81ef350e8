"""Text in modifications of whole resources: whether all their files hold it, and what has to be sent so that they do.

Orthanc writes new text in the character set of each file, without the characters that this lacks. What is wanted is
stored in one of three ways, or refused:

1. The sets of all files hold it: it is sent.
2. The files have no other text beyond ASCII: another set can be declared for them, as ASCII is the same in all.
3. They have, but it is the same text in all files: it is sent as well, so that Orthanc writes it in the other set, too.
"""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from orthanc_sdk.character_sets.files import elements_of
from orthanc_sdk.character_sets.requests import (
    Text,
    check_held,
    check_items,
    check_kind,
    number_of,
    shown,
    texts_in,
    wanted_by,
    with_texts,
    without_character_set,
)
from orthanc_sdk.character_sets.sets import UTF_8, CharacterSet
from orthanc_sdk.errors import InvalidArgument
from orthanc_sdk.http.concurrency import DEFAULT, work
from orthanc_sdk.resources.file_texts import File, files_of, is_plain_file

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from orthanc_sdk.client import Orthanc
    from orthanc_sdk.resources.container import Container
    from orthanc_sdk.resources.study import Study

_PATIENT_ID: Final = "0010,0020"
_ALL_MAIN_TAGS: Final = "1.11.3"
"""The version from which new tags of a patient with several studies are taken only with all of his main tags."""

_TRIED: Final = ("Replace", "Remove", "Keep", "PrivateCreator", "RemovePrivateTags", "KeepPrivateTags", "DicomVersion")


# ---------------------------------------------------------------------------------------------------------------------
# Modifying and anonymizing
# ---------------------------------------------------------------------------------------------------------------------


def fitting(resource: Container[Any, Any], body: dict[str, Any], *, anonymized: bool) -> dict[str, Any]:
    """What has to be sent to modify or anonymize a resource, so that no text is lost.

    Text that all sets hold costs nothing. Other text costs one or two requests, three if files do not declare a set,
    and one more for each file of which the server does not show all text, or that has other text beyond ASCII.

    Args:
        resource: The patient, study or series.
        body: What was to be sent, in Orthanc's spelling.
        anonymized: Whether it is anonymized.

    Raises:
        InvalidArgument: if text would be lost; names the tag and the character sets.
    """
    change = _Change(resource, body, anonymized)
    return body if change.is_plain else change.fitting_body()


@dataclass(frozen=True)
class _Found:
    """Text beyond ASCII in a file: its bytes, and the text if it can be written anew."""

    value: bytes = field(repr=False)
    text: str | None = field(repr=False)


_Texts: TypeAlias = dict[str, _Found]
"""By path."""


class _Change:
    def __init__(self, resource: Container[Any, Any], body: dict[str, Any], anonymized: bool) -> None:
        self._resource = resource
        self._body = body
        self._anonymized = anonymized
        self._replace: Mapping[str, Any] = body.get("Replace") or {}
        self._texts = texts_in(self._replace)
        self._wanted = wanted_by(body)
        self._gone: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        return not self._texts and self._wanted is None

    def fitting_body(self) -> dict[str, Any]:
        check_kind(self._texts, "replace")
        candidates = [UTF_8] if self._wanted is None else [self._wanted]
        check_held(self._texts, candidates[0], "replace")
        self._gone = frozenset(filter(None, map(number_of, (*self._replace, *(self._body.get("Remove") or ())))))
        files = list(files_of(self._resource.client, self._resource.level, self._resource.id, self._gone))
        if self._wanted is None:
            sets = {file.declared for file in files}
            if (sent := self._sent_for(sets)) is not None:
                return {**self._body, "Replace": sent}
            candidates += [one for one in sets if one.terms and self._sent_for({one}) is not None]
        # The one for which the fewest files have to be looked at.
        unclear, target = min(
            (([file for file in files if file.declared != one and not file.is_plain], one) for one in candidates),
            key=lambda choice: len(choice[0]),
        )
        check_items(self._texts, target, "replace")
        return self._in_set(target, self._carried(files, unclear, target) if unclear else {})

    def _sent_for(self, sets: Set[CharacterSet]) -> dict[str, Any] | None:
        """What has to be sent as ``Replace`` so that files of all these sets have the text; None if they cannot."""
        sent: dict[Text, str] = {}
        for text in self._texts:
            forms = {
                declared.written(text.value, text.vr) if text.item_set in (None, declared) else None
                for declared in sets
            }
            form = forms.pop() if len(forms) == 1 else None
            if form is None:
                return None
            sent[text] = form
        return with_texts(self._replace, sent.__getitem__)

    def _in_set(self, target: CharacterSet, carried: Mapping[str, str]) -> dict[str, Any]:
        """What has to be sent so that the files declare another set."""
        if not target.terms:
            return self._body  # the user wants none, and there is nothing beyond ASCII
        body = without_character_set(self._body)
        replace = with_texts(body.get("Replace") or {}, lambda text: target.written(text.value, text.vr) or text.value)
        body["Replace"] = {**replace, **carried, "SpecificCharacterSet": "\\".join(target.terms)}
        if carried and "Keep" in body:
            body["Keep"] = [tag for tag in body["Keep"] if number_of(tag) not in carried]
        if self._needs_patient(carried):
            # Orthanc takes tags of a patient who has other studies only with all of his main tags.
            given = {number_of(tag) for tag in body["Replace"]}
            main = self._resource.info.patient_main_dicom_tags.raw
            body["Replace"] |= {tag: value for tag, value in main.items() if number_of(tag) not in given}
            body["Force"] = True
        return body

    def _needs_patient(self, carried: Mapping[str, str]) -> bool:
        """Whether the main tags of the patient have to be sent as well."""
        return (
            self._resource.level == "Study"
            and not self._anonymized
            and any(path.startswith("0010,") for path in carried)
            and self._resource.client.supports(_ALL_MAIN_TAGS)
        )

    # -- other text beyond ASCII --------------------------------------------------------------------------------------

    def _carried(self, files: Sequence[File], unclear: Sequence[File], target: CharacterSet) -> dict[str, str]:
        """The other texts beyond ASCII of the files: if they are sent, too, Orthanc writes them in the new set."""
        texts = self._read(file.id for file in unclear)
        left = self._left(texts)
        if not left:
            return {}
        texts |= self._read(file.id for file in files if file.id not in texts)
        carried: dict[str, str] = {}
        for path in left:
            found = {one[path].text if path in one else None for one in texts.values()}
            text = found.pop()
            if found or text is None or target.written(text) is None or not self._can_be_sent(path, text):
                raise self._refusal({file.declared for file in files if file.declared != target}, path, target)
            carried[path] = text
        return carried

    def _read(self, ids: Iterable[str]) -> dict[str, _Texts]:
        """The texts beyond ASCII of files, by instance and path."""
        from orthanc_sdk.resources.instance import Instance

        texts: dict[str, _Texts] = {}

        def read(id_: str) -> _Texts:
            return self._found_in(Instance(id_, self._resource.client).get_pydicom(stop_before_pixels=True))

        def note(id_: str, found: _Texts) -> Iterable[str]:
            texts[id_] = found
            return ()

        work(ids, read, note, DEFAULT)
        return texts

    def _found_in(self, dataset: Dataset) -> _Texts:
        return {
            element.path: _Found(element.value, element.text if element.is_public else None)
            for element in elements_of(dataset)
            if not element.is_plain and element.path.partition("[")[0] not in self._gone
        }

    def _left(self, texts: Mapping[str, _Texts]) -> set[str]:
        """The paths of texts that the change leaves as they are; the server shows that for one file of each kind."""
        from orthanc_sdk.resources.instance import Instance

        body = without_character_set({name: self._body[name] for name in _TRIED if name in self._body})
        left: set[str] = set()
        tried: set[frozenset[str]] = set()
        for id_, found in texts.items():
            if found and frozenset(found) not in tried:
                tried.add(frozenset(found))
                instance = Instance(id_, self._resource.client)
                changed = instance._try({**body, "Force": True}, anonymized=self._anonymized)
                values = {element.path: element.value for element in elements_of(changed)}
                left |= {path for path, one in found.items() if values.get(path) == one.value}
        return left

    def _can_be_sent(self, path: str, text: str) -> bool:
        """Whether the server takes it for the text that it has, and not for that of another patient."""
        if not self._needs_patient({path: text}):
            return path != _PATIENT_ID
        main = self._resource.info.patient_main_dicom_tags.raw
        return all(value == text for tag, value in main.items() if number_of(tag) == path)

    def _refusal(self, sets: Set[CharacterSet], path: str, target: CharacterSet) -> InvalidArgument:
        if self._wanted is None:
            tags = ", ".join(dict.fromkeys(text.tag for text in self._texts))
            reason = f"{tags}: has characters that are not in {' or '.join(sorted(map(str, sets)))}"
        else:
            reason = f"SpecificCharacterSet: there are files in {' or '.join(sorted(map(str, sets)))}"
        call = "anonymize" if self._anonymized else "modify"
        return InvalidArgument(
            f"replace: {reason}, and Orthanc would not write other text of these files ({shown(path)}) anew in"
            f" {target}: it would be lost; replace that as well, or use Instance.{call}, file by file"
        )


# ---------------------------------------------------------------------------------------------------------------------
# Splitting and merging
# ---------------------------------------------------------------------------------------------------------------------


def fitting_split(
    client: Orthanc, replace: Mapping[str, str], series: Iterable[str], instances: Iterable[str]
) -> dict[str, str]:
    """What has to be sent to replace tags of series and instances that get a study of their own.

    Orthanc does not let the character set be replaced there: their files hold the text, or it is refused.

    Raises:
        InvalidArgument: if text would be lost; names the tag and the character sets.
    """
    texts = texts_in(replace)
    if not texts:
        return dict(replace)
    check_kind(texts, "replace")
    files = [file for id_ in series for file in files_of(client, "Series", id_)]
    files += [file for id_ in instances for file in files_of(client, "Instance", id_)]
    for file in files:
        check_held(texts, file.declared, "replace")
    forms = [{file.declared.written(text.value, text.vr) or "" for file in files} for text in texts]
    if any(len(form) > 1 for form in forms):
        raise InvalidArgument(
            "replace: the files differ in how they have characters beyond ASCII: split them one by one"
        )
    sent = dict(zip(texts, (form.pop() for form in forms), strict=True)) if files else {}
    return with_texts(replace, lambda text: sent.get(text, text.value))


def check_merge(study: Study, resources: Sequence[str]) -> None:
    """Refuses a merge in which text of the study would be lost.

    Orthanc writes the tags of the patient and of the study, as it reads them, into the files that come in, in the
    character set of each.

    Raises:
        InvalidArgument: names the tag and the character set.
    """
    own = [file for file in files_of(study.client, "Study", study.id) if not file.is_plain]
    if not own:
        return
    for file in own:
        if not file.declared.is_read_rightly and not is_plain_file(study.client, file.id):
            raise InvalidArgument(f"merge: this study has text in {file.declared}, which Orthanc does not read rightly")
    texts = texts_in({**study.patient_module, **study.module})
    if not texts:
        return
    for found in study.client.post_tools_bulk_content({"Resources": list(resources), "Metadata": False}):
        for file in files_of(study.client, found.type, found.id):
            check_held(texts, file.declared, f"merge: a {found.type.lower()} that comes in", as_it_is=True)
