"""Scales photos to the size that the network looks at."""

import numpy as np
from detectron2.data import transforms as T


class ShortestEdge:
    """Detectron2's ``ResizeShortestEdge`` for one size, and for strips too.

    The short side becomes ``short_side`` px, unless the long one would exceed ``long_side``. Of a photo of
    4000 x 3 px Detectron2 would make one of 426 x 0, which nothing can be made of: here a side keeps a pixel.
    """

    def __init__(self, short_side: int, long_side: int) -> None:
        self.short_side = short_side
        self.long_side = long_side

    def enlarged(self, factor: float) -> "ShortestEdge":
        """The same with both sides times ``factor``."""
        return ShortestEdge(round(self.short_side * factor), round(self.long_side * factor))

    def get_transform(self, photo: np.ndarray) -> T.ResizeTransform:
        """``photo`` is height x width x 3."""
        height, width = photo.shape[:2]
        scaled = T.ResizeShortestEdge.get_output_shape(height, width, self.short_side, self.long_side)
        return T.ResizeTransform(height, width, max(1, scaled[0]), max(1, scaled[1]))
