"""Value multiplicities (VM)."""

from __future__ import annotations

from typing import Final


class Multiplicity:
    """How many values a tag may have (VM): ``1``, ``3``, ``1-n``, ``2-2n``, ``4-5``."""

    __slots__ = ("maximum", "minimum", "step", "vm")

    def __init__(self, vm: str) -> None:
        minimum, _, maximum = vm.partition("-")
        self.vm: Final = vm
        self.minimum: Final = int(minimum)
        self.maximum: Final = None if maximum.endswith("n") else int(maximum or minimum)
        self.step: Final = int(maximum.removesuffix("n") or 1) if maximum.endswith("n") else 1

    @property
    def is_single(self) -> bool:
        """Whether the tag has one value at most."""
        return self.maximum == 1

    def check(self, count: int) -> str | None:
        """What is wrong with that number of values; None if it is allowed."""
        if count >= self.minimum and (self.maximum is None or count <= self.maximum) and count % self.step == 0:
            return None
        return f"{count} value{'' if count == 1 else 's'} where {self.vm} are expected"
