"""When two detections are taken for the same object: settings of a model, which web and engine share."""

from dataclasses import dataclass
from typing import Any

DEFAULT_MASK_IOU = 0.5
SHARE_INSIDE = 0.7
"""Share of the smaller mask inside the other one above which two detections are one object, whatever their IoU."""
SAME_MASK = 0.8
"""IoU above which two masks show one object, whatever their categories: it has one name too many."""


@dataclass(frozen=True)
class Suppression:
    """Of two detections of one object the better one stays. None in its place: all detections stay."""

    mask_iou: float = DEFAULT_MASK_IOU
    """Intersection over union of two masks, 0 to 1, above which they are one object."""
    across_categories: bool = False
    """Whether ``mask_iou`` and ``SHARE_INSIDE`` also hold for detections of different categories."""

    def to_json(self) -> dict[str, Any]:
        """For a column of JSON."""
        return {"mask_iou": self.mask_iou, "across_categories": self.across_categories}
