"""Pictures of numbers as runs of equal numbers, column by column: all masks in a picture are encoded in one pass."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webapp.formats.masks.rle import encode_counts
from webapp.formats.masks.segmentation import Rle

Numbers = NDArray[np.integer[Any]]
"""A picture, shape [height, width], uint8 or int32."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a picture, in the order of COCO's run lengths: down each column, one column after the other."""

    starts: NDArray[np.int64]
    """Place of the first pixel of each run: column * height + row."""
    numbers: Numbers
    """The number of each run; two in a row differ."""
    width: int
    """Pixels of the picture."""
    height: int

    @property
    def ends(self) -> NDArray[np.int64]:
        """Place behind the last pixel of each run."""
        return np.append(self.starts[1:], self.width * self.height)

    @property
    def distinct(self) -> list[int]:
        """Each number once, ascending."""
        if self.numbers.dtype == np.uint8:
            return np.flatnonzero(np.bincount(self.numbers)).tolist()
        return np.unique(self.numbers).tolist()

    def at(self, places: NDArray[np.int64]) -> Numbers:
        """The numbers of the pixels at these places."""
        return self.numbers[np.searchsorted(self.starts, places, "right") - 1]


def runs_of(picture: Numbers) -> Runs:
    """The runs of a picture that is not empty."""
    height, width = picture.shape
    flat: Numbers = cv2.transpose(picture).ravel()  # type: ignore[assignment]
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    return Runs(starts, flat[starts], width, height)


def cuts_of(one: Runs, other: Runs) -> NDArray[np.int64]:
    """Where a run begins in one of two pictures of the same size, ascending, each place once."""
    places = np.sort(np.concatenate((one.starts, other.starts)), kind="stable")
    return places[np.concatenate(([True], places[1:] != places[:-1]))]


def encode_runs(runs: Runs) -> dict[int, Rle]:
    """The mask of each number but 0, by the number, ascending: what ``encode_mask(picture == number)`` gives."""
    order = np.argsort(runs.numbers, kind="stable")
    order = order[runs.numbers[order] != 0]
    if not order.size:
        return {}
    size, ends = runs.width * runs.height, runs.ends
    numbers = runs.numbers[order]
    turns = np.empty(2 * order.size, dtype=np.int64)
    turns[0::2], turns[1::2] = runs.starts[order], ends[order]
    first = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1)).tolist()
    found: dict[int, Rle] = {}
    places = turns.tolist()
    for start, end in zip(first, [*first[1:], order.size], strict=True):
        own = places[2 * start : 2 * end]
        counts = [after - before for before, after in zip([0, *own], own, strict=False)]
        if own[-1] < size:
            counts.append(size - own[-1])
        found[int(numbers[start])] = encode_counts(counts, runs.width, runs.height)
    return found
