"""Predicts large photos in overlapping tiles, so that small objects are not scaled down.

An object at a tile's edge is detected in two tiles, as two pieces. If their masks agree in the overlap of the
tiles, they are one object, and the masks are merged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import decode_part, encode_mask, rle_area, rle_bbox

OVERLAP = 0.25
"""Of a tile's side, at least."""
AGREEMENT = 0.5
"""Share of the smaller piece within the overlap from which two pieces are one object."""


@dataclass(frozen=True)
class Tile:
    """A part of the photo, pixels; the right and lower ends are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def common(self, other: "Tile") -> "Tile | None":
        """The part that both show; None where there is none."""
        both = Tile(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return both if both.left < both.right and both.top < both.bottom else None

    def slices(self, left: int = 0, top: int = 0) -> tuple[slice, slice]:
        """Rows and columns in an array whose corner stands at ``left``, ``top`` of the photo."""
        return slice(self.top - top, self.bottom - top), slice(self.left - left, self.right - left)


@dataclass
class _Piece:
    """The part of an object in one tile; the mask is cropped to its box at ``left``, ``top`` of the photo."""

    tile: Tile
    found: FoundObject
    mask: np.ndarray
    left: int
    top: int

    @property
    def box(self) -> Tile:
        height, width = self.mask.shape
        return Tile(self.left, self.top, self.left + width, self.top + height)

    def within(self, part: Tile) -> np.ndarray:
        """The mask inside a part of the photo, of the part's size."""
        cut = np.zeros((part.bottom - part.top, part.right - part.left), bool)
        shared = self.box.common(part)
        if shared is not None:
            cut[shared.slices(part.left, part.top)] = self.mask[shared.slices(self.left, self.top)]
        return cut


def tiles_of(height: int, width: int, side: int) -> list[Tile]:
    """Tiles of this side that cover the photo, evenly spread, row by row; one where the photo is no larger."""
    return [
        Tile(left, top, min(left + side, width), min(top + side, height))
        for top in _starts(height, side)
        for left in _starts(width, side)
    ]


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    step = max(1, round(side * (1 - OVERLAP)))
    count = -(-(length - side) // step) + 1
    return [round(index * (length - side) / (count - 1)) for index in range(count)]


def predict_in_tiles(
    predict: Callable[[np.ndarray], Sequence[FoundObject]], photo: np.ndarray, side: int
) -> list[FoundObject]:
    """``photo`` is height x width x 3. One tile at a time is in the model. Best score first."""
    height, width = photo.shape[:2]
    tiles = tiles_of(height, width, side)
    if len(tiles) == 1:
        return list(predict(photo))
    pieces: list[_Piece] = []
    for tile in tiles:
        for found in predict(np.ascontiguousarray(photo[tile.slices()])):
            mask, x, y = decode_part(found.segmentation)
            if mask.size:
                pieces.append(_Piece(tile, found, mask.astype(bool), tile.left + x, tile.top + y))
    joined = [_joined(group, height, width) for group in _groups(pieces)]
    return sorted(joined, key=lambda found: -found.score)


def _groups(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Pieces of the same object together."""
    same = np.zeros((len(pieces), len(pieces)), bool)
    for first, second in _touching(pieces):
        same[first, second] = _are_one(pieces[first], pieces[second])
    count, group_of = connected_components(csr_array(same), directed=False)
    return [[pieces[index] for index in np.flatnonzero(group_of == number)] for number in range(count)]


def _touching(pieces: list[_Piece]) -> list[tuple[int, int]]:
    """Pairs whose boxes share a pixel; of thousands of pieces few do."""
    boxes = np.array([(p.box.left, p.box.top, p.box.right, p.box.bottom) for p in pieces]).reshape(-1, 4)
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    share = ((low < high.transpose(1, 0, 2)) & (low.transpose(1, 0, 2) < high)).all(axis=2)
    return [(int(first), int(second)) for first, second in np.argwhere(np.triu(share, 1))]


def _are_one(a: _Piece, b: _Piece) -> bool:
    if a.tile == b.tile or a.found.category != b.found.category:
        return False
    overlap = a.tile.common(b.tile)
    if overlap is None:
        return False
    in_a, in_b = a.within(overlap), b.within(overlap)
    smaller = min(in_a.sum(), in_b.sum())
    return bool(smaller) and (in_a & in_b).sum() >= AGREEMENT * smaller


def _joined(group: list[_Piece], height: int, width: int) -> FoundObject:
    """One detection in the photo's pixels: the union of the masks, the best score."""
    canvas = np.zeros((height, width), np.uint8)
    for piece in group:
        canvas[piece.box.slices()] |= piece.mask
    mask = encode_mask(canvas)
    best = max(group, key=lambda piece: piece.found.score)
    x, y, box_width, box_height = best.found.bbox
    bbox = [x + best.tile.left, y + best.tile.top, box_width, box_height]
    if len(group) > 1:
        bbox = rle_bbox(mask)
    return msgspec.structs.replace(best.found, bbox=bbox, mask=mask, area=float(rle_area(mask)))
