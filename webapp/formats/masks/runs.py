"""Pictures of numbers as runs of equal numbers, column by column: all masks in a picture are encoded in one pass."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webapp.formats.masks.rle import encode_counts
from webapp.formats.masks.segmentation import Box, Rle

Numbers = NDArray[np.integer[Any]]
"""A picture, shape [height, width], uint8 or int32."""
_Places = NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class Covering:
    """The pixels of one number."""

    mask: Rle
    bbox: Box
    area: float
    """Pixels."""


def encode_runs(runs: Runs) -> dict[int, Covering]:
    """The mask of each number but 0, by the number, ascending: what ``encode_mask(picture == number)`` gives."""
    order = np.argsort(runs.numbers, kind="stable")
    order = order[runs.numbers[order] != 0]
    if not order.size:
        return {}
    numbers, starts, ends = runs.numbers[order], runs.starts[order], runs.ends[order]
    first = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))
    behind = np.append(first[1:], order.size)
    boxes = _boxes(starts, ends, first, behind, runs.height).tolist()
    areas = np.add.reduceat(ends - starts, first).tolist()
    counts = _counts(starts, ends, first, behind, runs.width * runs.height)
    found: dict[int, Covering] = {}
    # A place for the last run of background lies behind the runs of each number.
    for at, (number, begin, end) in enumerate(
        zip(numbers[first].tolist(), first.tolist(), behind.tolist(), strict=True)
    ):
        own = counts[2 * begin + at : 2 * end + at + 1]
        mask = encode_counts(own if own[-1] else own[:-1], runs.width, runs.height)
        found[number] = Covering(mask, boxes[at], float(areas[at]))
    return found


def _counts(starts: _Places, ends: _Places, first: _Places, behind: _Places, size: int) -> _Places:
    """The lengths of the runs of each number, one number after the other, background first and last."""
    turns = np.stack((starts, ends), axis=1).ravel()
    lengths = np.diff(turns, prepend=0)
    lengths[2 * first] = starts[first]
    return np.insert(lengths, 2 * behind, size - ends[behind - 1])


def _boxes(
    starts: _Places, ends: _Places, first: _Places, behind: _Places, height: int
) -> NDArray[np.float64]:
    """The box of each number, shape [numbers, 4], as pycocotools has it."""
    left, top = np.divmod(starts, height)
    right, bottom = np.divmod(ends - 1, height)
    # A run that goes on in the next column touches the lower and the upper edge.
    goes_on = left != right
    top[goes_on], bottom[goes_on] = 0, height - 1
    x, y = left[first], np.minimum.reduceat(top, first)
    sides = right[behind - 1] - x + 1, np.maximum.reduceat(bottom, first) - y + 1
    return np.stack((x, y, *sides), axis=1).astype(np.float64)
