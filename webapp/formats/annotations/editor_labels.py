"""Labels of a photo in the compact JSON of the browser's editor, and what two people made of the same labels."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from webapp.formats.masks.contours import mask_rings
from webapp.formats.masks.segmentation import Box, Polygons, Rle

Shape = TypeVar("Shape")


class EditorShape(msgspec.Struct, forbid_unknown_fields=True):
    """One shape; ``bbox`` counts where it is a box."""

    category: int
    segmentation: Polygons | dict[str, Any] | None = None
    bbox: Box | None = None
    iscrowd: bool = False
    is_box: bool = False
    suggested: bool = False
    outline: Polygons | None = None
    """Rings by the even-odd rule, of a shape that was edited; counts where there is no segmentation."""
    mask: bool = False
    """It came as a mask and stays one."""

    @property
    def rings(self) -> Polygons:
        """To be drawn by the even-odd rule."""
        if self.outline:
            return self.outline
        if isinstance(self.segmentation, dict):
            return mask_rings(cast(Rle, self.segmentation))
        if self.segmentation:
            return self.segmentation
        x, y, w, h = self.bbox or [0, 0, 0, 0]
        return [[x, y, x + w, y, x + w, y + h, x, y + h]]


class EditorBase(msgspec.Struct, forbid_unknown_fields=True):
    """All labels of a photo."""

    shapes: list[EditorShape]
    no_object: bool = False


class EditorLabels(EditorBase, forbid_unknown_fields=True, kw_only=True):
    """All labels of a photo, changed from ``version``.

    ``base`` has the labels that they were made from, told once ``version`` was refused as stale.
    """

    version: int
    base: EditorBase | None = None


def is_same(one: EditorBase, other: EditorBase) -> bool:
    """Whether both have the same shapes in the same order, however they were kept."""
    return one.no_object == other.no_object and list(map(_key, one.shapes)) == list(map(_key, other.shapes))


def both_versions(mine: EditorLabels, theirs: EditorLabels) -> list[EditorShape]:
    """The shapes of two versions that began with the ``base`` of ``mine``; run lengths with their outlines."""
    shapes = of_both(mine.base.shapes if mine.base else [], mine.shapes, theirs.shapes, _key)
    for shape in shapes:
        if isinstance(shape.segmentation, dict):
            shape.outline = shape.rings
    return shapes


def of_both(
    base: Sequence[Shape],
    mine: Sequence[Shape],
    theirs: Sequence[Shape],
    key: Callable[[Shape], Hashable],
) -> list[Shape]:
    """The shapes of two people who began with ``base``: what one of them moved or deleted is gone as it was.

    ``key`` is equal for equal shapes. A shape that both changed is there in both versions.
    """
    before, here, there = ({key(shape) for shape in shapes} for shapes in (base, mine, theirs))
    kept = [shape for shape in theirs if key(shape) in here or key(shape) not in before]
    return kept + [shape for shape in mine if key(shape) not in there and key(shape) not in before]


def _key(shape: EditorShape) -> bytes:
    outline = shape.bbox if shape.is_box else shape.segmentation or shape.outline
    return msgspec.json.encode([shape.category, outline], order="sorted")
