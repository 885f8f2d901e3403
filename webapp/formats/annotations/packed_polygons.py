"""Polygons in a quarter of the memory, for the shapes of a whole file that wait to be matched with their photos."""

from array import array
from typing import Self, cast

from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.masks.segmentation import Polygon, Polygons


class Coordinates(array):
    """A polygon that is read like a list of floats and equals one.

    In a list each number takes 8 bytes for its place and 24 for itself, here 8 in all.
    """

    __slots__ = ()

    def __new__(cls, numbers: Polygon) -> Self:
        """The same numbers."""
        return cast(Self, super().__new__(cls, "d", numbers))

    def __eq__(self, other: object) -> bool:
        return list(self) == other if isinstance(other, list) else super().__eq__(other)

    __hash__ = None


def pack(shape: ParsedShape) -> None:
    """Keep its polygons as ``Coordinates``; a mask stays as it is."""
    if isinstance(shape.segmentation, list):
        shape.segmentation = cast(Polygons, list(map(Coordinates, shape.segmentation)))
