"""Converts a mask to polygons exactly, along the edges of its pixels (``simplified.py``: with few points)."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from webapp.formats.masks.rle import decode_mask, rle_bbox
from webapp.formats.masks.segmentation import Polygons, Rle

Loop = list[tuple[int, int]]
"""Corners (x, y), pixels."""


def mask_polygons(rle: Rle) -> tuple[Polygons, int]:
    """Polygons that cover exactly the mask, one a connected piece, and its holes' number.

    A polygon cannot have a hole: the hole's outline, turned the other way, is joined to the outer one by a
    line of no width that is walked there and back, so both ways of filling a polygon leave it out.
    """
    x, y, width, height = (int(side) for side in rle_bbox(rle))
    mask = decode_mask(rle)[y : y + height, x : x + width]
    # Pixels that touch only at a corner are two pieces, as in ``_loops``.
    pieces = ndimage.label(mask)[0]
    outlines: dict[int, Loop] = {}
    holes = 0
    for loop in _loops(mask):
        left, top = loop[0]
        if mask[top, left]:
            outlines[int(pieces[top, left])] = loop
        else:
            # The pixel above a hole's first corner belongs to the piece around it, whose loop comes earlier.
            piece = int(pieces[top - 1, left])
            outlines[piece] = _join(outlines[piece], loop[::-1])
            holes += 1
    moved = [[float(side) for px, py in loop for side in (px + x, py + y)] for loop in outlines.values()]
    return moved, holes


def mask_rings(rle: Rle) -> Polygons:
    """Every outline of the mask along its pixels, of pieces and of holes: the even-odd rule says what is inside."""
    x, y, width, height = (int(side) for side in rle_bbox(rle))
    mask = decode_mask(rle)[y : y + height, x : x + width]
    return [[float(side) for px, py in loop for side in (px + x, py + y)] for loop in _loops(mask)]


def _loops(mask: NDArray[np.uint8]) -> list[Loop]:
    """Every closed outline, each from its topmost, then leftmost corner, walked to the right from there."""
    padded = np.pad(mask.astype(bool), 1)
    above_left, above_right = padded[:-1, :-1], padded[:-1, 1:]
    below_left, below_right = padded[1:, :-1], padded[1:, 1:]
    crossing = (above_left == below_right) & (above_right == below_left) & (above_left != above_right)
    odd = above_left ^ above_right ^ below_left ^ below_right
    rows, columns = np.nonzero(odd | crossing)
    # Where two pixels touch at a corner, two outlines pass: one node ends the edge from the left, one begins
    # the edge to the right.
    twice = crossing[rows, columns]
    index = np.repeat(np.arange(rows.size), 1 + twice)
    to_right = np.concatenate(([False], index[1:] == index[:-1]))
    ys, xs = rows[index], columns[index]
    # In each row and in each column the corners pair up: an outline that turns into it turns out of it again.
    falling = above_left[ys, xs]
    downward = np.where(twice[index], to_right == falling, False)
    by_column = np.lexsort((downward, ys, xs))
    vertical = np.empty(index.size, dtype=np.int64)
    vertical[by_column[0::2]] = by_column[1::2]
    vertical[by_column[1::2]] = by_column[0::2]
    partner, points = vertical.tolist(), list(zip(xs.tolist(), ys.tolist(), strict=True))
    seen = bytearray(index.size)
    loops = []
    for start in range(0, index.size, 2):
        if seen[start]:
            continue
        loop, node = [], start
        while not seen[node]:
            across = node ^ 1
            seen[node] = seen[across] = 1
            loop += [points[node], points[across]]
            node = partner[across]
        loops.append(loop)
    return loops


def _join(outer: Loop, hole: Loop) -> Loop:
    """One outline of two: from the corner of ``outer`` that is nearest to the hole's first one, and back."""
    distances = np.abs(np.asarray(outer) - hole[0]).sum(axis=1)
    at = int(distances.argmin())
    return [*outer[: at + 1], *hole, hole[0], *outer[at:]]
