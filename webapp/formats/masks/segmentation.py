"""The forms that shapes have inside the program: those of COCO, as they also stand in the tables and in JSON.

Other forms exist at a border alone, and the module at that border makes them: pycocotools' run lengths in bytes
(``rle``), OpenCV's contours (``shape``, ``simplified``), shapely's polygons (``geometry``), the text of SVG and CSV
(``polygons.points_text``), arrays in place of lists while a whole file is in memory (``annotations.packed_polygons``).
"""

from typing import TypedDict

Polygon = list[float]
"""One outline ``[x1, y1, x2, y2, …]``, pixels; its last point is joined to its first."""
Polygons = list[Polygon]
"""The outlines of one shape: its pieces, or pieces and holes that are filled by the even-odd rule."""
Box = list[float]
"""``[x, y, width, height]``, pixels."""


class Rle(TypedDict):
    """A mask as COCO's compressed run lengths, with `counts` as text so that it goes into JSON."""

    size: list[int]
    """[height, width], pixels."""
    counts: str


Segmentation = Polygons | Rle
"""What a label covers."""
