"""A label as one polygon, for formats whose objects have no more than one."""

import numpy as np

from webapp.formats.masks.contours import mask_polygons
from webapp.formats.masks.rle import polygons_bbox, polygons_to_rle
from webapp.formats.masks.segmentation import Polygon, Polygons


def join_polygons(polygons: Polygons, width: int, height: int) -> Polygon:
    """One polygon that covers the same pixels of a photo of this size: a line of no width leads from piece to piece.

    Pieces whose boxes overlap are united along the edges of their pixels first, as fills by the even-odd rule would
    leave out what two of them cover.
    """
    if len(polygons) > 1 and _overlap(polygons):
        polygons = mask_polygons(polygons_to_rle(polygons, width, height))[0] or polygons[:1]
    joined, *others = polygons
    for piece in others:
        corners = np.asarray(joined).reshape(-1, 2)
        nearest = int(np.abs(corners - piece[:2]).sum(axis=1).argmin())
        end = 2 * nearest + 2
        joined = [*joined[:end], *piece, *piece[:2], *joined[end - 2 :]]
    return joined


def _overlap(polygons: Polygons) -> bool:
    boxes = np.asarray([polygons_bbox([polygon]) for polygon in polygons])
    start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    apart = (end[:, None] <= start[None]).any(axis=2)
    apart |= apart.T
    np.fill_diagonal(apart, True)
    return not bool(apart.all())
