"""Listings of two levels in one order: where the children of a resource are among all of their level.

A loop from patients down to instances reads each level once, page by page, if all levels come in the same order: the
studies of the first patient are the first studies. So the place of the children in the listing of their level is known:
it is how many children the resources before have, which these tell. What is read from there is compared with the
identifiers that are known, since others may add and delete meanwhile; what is not there is asked for otherwise.
"""

# pyright: reportPrivateUsage=false
# The modules of this package are friends: what has an underscore is private to the package.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from orthanc_sdk.resources.routes_of_level import LEVELS, LevelName

if TYPE_CHECKING:
    from orthanc_sdk import models

IDENTIFIERS: Final[Mapping[LevelName, str]] = {
    "Patient": "PatientID",
    "Study": "StudyInstanceUID",
    "Series": "SeriesInstanceUID",
    "Instance": "SOPInstanceUID",
}
"""The tag that identifies a resource of each level, by which it is searched for and sorted."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the listing of a level.

    Attributes:
        query: What is searched for.
        order: By which tags it is sorted.
        since: Where the part begins.
    """

    query: Mapping[str, str]
    order: Sequence[str]
    since: int


@dataclass
class Alignment:
    """The levels below one listing, in its order.

    Attributes:
        root: The level of the listing.
        query: What it searches for: tags that the levels below can be searched for, too.
        holds: Whether it has proved right so far.
    """

    root: LevelName
    query: Mapping[str, str]
    holds: bool = True
    _reached: dict[LevelName, tuple[int, int]] = field(default_factory=dict["LevelName", "tuple[int, int]"])

    def enter(self, level: LevelName, first: int, counts: Iterable[int]) -> int | None:
        """Takes in resources that come next in the listing of their level.

        Args:
            level: Their level.
            first: How many are before them.
            counts: How many children each has.

        Returns:
            How many children are before the first one of theirs; None if it is not known, since not all resources
            before were taken in.
        """
        resources, children = self._reached.get(level, (0, 0))
        if first != resources or not self.holds:
            return None
        each = list(counts)
        self._reached[level] = resources + len(each), children + sum(each)
        return children

    def listing(self, level: LevelName, since: int) -> Listing | None:
        """The part of the listing of a level that begins there; None if it has not proved right."""
        if not self.holds:
            return None
        return Listing(self.query, order_of(self.root, level), since)

    def check(self, page: Sequence[models.ResourceInfo]) -> None:
        """Looks whether the server has sorted a page of the listing: some do not, or in another way."""
        keyword = IDENTIFIERS[self.root]
        values = [str(info.main_dicom_tags.raw.get(keyword) or "") for info in page]
        self.holds = self.holds and values == sorted(values)


def order_of(root: LevelName, level: LevelName) -> Sequence[str]:
    """The tags that a level is sorted by, in a loop that begins at another one."""
    return [IDENTIFIERS[one] for one in LEVELS[LEVELS.index(root) : LEVELS.index(level) + 1]]
