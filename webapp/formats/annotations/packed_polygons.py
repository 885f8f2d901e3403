"""Polygons in a quarter of the memory, for parsed shapes of a whole file."""

from array import array
from typing import Self, cast

from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.masks.segmentation import Polygon, Polygons


class Coordinates(array):
    """A polygon as an array of doubles that behaves like a list of floats.

    In a list each number takes 8 bytes for the pointer and 24 for the object, here 8 in all.
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
