"""A detection as everything but the network, the table and the REST API has it."""

from functools import cached_property
from typing import Any

import msgspec

from webapp.formats.masks.segmentation import Box, Polygons, Rle
from webapp.formats.masks.shape import MaskShape, measure_mask


class FoundObject(msgspec.Struct, frozen=True, dict=True, omit_defaults=True):
    """One object that weights found, in pixels of the photo.

    The engine makes it of the network's tensors, and a query of a row of ``detection``. Verdicts, drawing, tables and
    suggestions take it as it is; as a msgspec Struct it also goes through Redis and onto the disk as it is.
    """

    category: str
    score: float
    """0 to 1."""
    bbox: Box
    area: float
    """Square pixels of the mask."""
    mask: Rle | None = msgspec.field(default=None, name="segmentation")
    """None where it was left in the database: it is large, and a page draws outlines."""
    measured: MaskShape | None = None
    """As the database keeps it; None where nothing has measured the mask yet."""
    id: int | None = None
    """Of its row."""
    soft_box: Box | None = None
    """Around the soft edge of its mask; None where nothing asked for it, or where it has none."""

    @property
    def segmentation(self) -> Rle:
        """The mask. Raises ValueError where it was left in the database."""
        if self.mask is None:
            raise ValueError(f"the mask of detection {self.id} was not read")
        return self.mask

    @cached_property
    def shape(self) -> MaskShape:
        """Outlines, length and width of the mask, measured once."""
        return self.measured or measure_mask(self.segmentation)

    def with_shape(self) -> "FoundObject":
        """The same with its mask measured, for whoever gets it next."""
        return msgspec.structs.replace(self, measured=self.shape)

    @classmethod
    def of_row(cls, row: Any) -> "FoundObject":
        """Of a row with the columns of ``FoundColumns`` and ``id``, in which ``segmentation`` may be None."""
        outlines = measure_mask(row.segmentation).outlines if row.outlines is None else row.outlines
        return cls(
            category=row.category,
            score=row.score,
            bbox=row.bbox,
            area=row.area,
            mask=row.segmentation,
            measured=MaskShape(outlines, row.length, row.width),
            id=row.id,
        )

    def as_columns(self) -> dict[str, Any]:
        """The values of ``FoundColumns``."""
        return {
            "category": self.category,
            "score": self.score,
            "bbox": self.bbox,
            "segmentation": self.segmentation,
            "area": self.area,
            "length": self.length,
            "width": self.width,
            "outlines": self.outlines,
        }

    @property
    def outlines(self) -> Polygons:
        """As in ``MaskShape``."""
        return self.shape.outlines

    @property
    def length(self) -> float:
        """As in ``MaskShape``."""
        return self.shape.length

    @property
    def width(self) -> float:
        """As in ``MaskShape``."""
        return self.shape.width

    @property
    def center(self) -> tuple[float, float]:
        """Of the box."""
        x, y, width, height = self.bbox
        return x + width / 2, y + height / 2
