"""Person names (PN) as strings that know their components."""

from __future__ import annotations

__all__ = ["PersonName"]


class PersonName(str):
    """A person name (PN): the text as in DICOM, such as ``Doe^Jane^^Dr``, with its components as attributes.

    It equals that text, and works wherever a ``str`` does. A name has up to three representations, separated by ``=``;
    the components are those of the first one, and the others are person names themselves::

        name = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
        name.family_name == "Yamada"
        name.ideographic.family_name == "山田"
        PersonName("Doe^Jane^^Dr").formatted() == "Dr Jane Doe"

    Missing components are empty.
    """

    __slots__ = ()

    @property
    def alphabetic(self) -> PersonName:
        """The alphabetic representation, mostly in Latin letters."""
        return self._representation(0)

    @property
    def ideographic(self) -> PersonName:
        """The ideographic representation, in Chinese, Japanese or Korean characters; empty if there is none."""
        return self._representation(1)

    @property
    def phonetic(self) -> PersonName:
        """The phonetic representation, in hiragana or hangul for instance; empty if there is none."""
        return self._representation(2)

    @property
    def family_name(self) -> str:
        """Family name; of an animal, that of the responsible person."""
        return self._component(0)

    @property
    def given_name(self) -> str:
        """Given names, separated by spaces; of an animal, its name."""
        return self._component(1)

    @property
    def middle_name(self) -> str:
        """Middle names, separated by spaces."""
        return self._component(2)

    @property
    def prefix(self) -> str:
        """Prefix, such as ``Dr``."""
        return self._component(3)

    @property
    def suffix(self) -> str:
        """Suffix, such as ``Jr``."""
        return self._component(4)

    def formatted(self, style: str = "{prefix} {given_name} {middle_name} {family_name} {suffix}") -> str:
        """The name as people write it.

        Args:
            style: A format string with the components. Spaces around missing components are removed:
                ``name.formatted("{family_name}, {given_name}")``.
        """
        names = ("family_name", "given_name", "middle_name", "prefix", "suffix")
        return " ".join(style.format_map({name: self._component(index) for index, name in enumerate(names)}).split())

    def _representation(self, index: int) -> PersonName:
        representations = self.split("=")
        return PersonName(representations[index]) if index < len(representations) else PersonName()

    def _component(self, index: int) -> str:
        components = self.split("=", 1)[0].split("^")
        return components[index] if index < len(components) else ""
