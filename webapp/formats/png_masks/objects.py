"""Objects in the numbers of a mask: connected areas of one class, or the instances that the set itself numbers."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.masks.runs import Covering, Runs, cuts_of, encode_runs, runs_of
from webapp.formats.png_masks.class_names import VOID, VOID_COLOUR
from webapp.formats.png_masks.pixels import MaskPixels

MAX_AREAS = 20_000
"""Most areas in one mask; more are the grain of a photo."""
VOIDS = (VOID, VOID_COLOUR)
CORNERS_TOUCH = 8
"""Pixels that touch at a corner are one area: a scratch of one pixel runs diagonally."""


class TooManyAreas(ValueError):
    """The mask falls into more areas than objects can be in a photo."""


@dataclass(frozen=True, slots=True)
class MaskObject:
    """An object in a mask."""

    shape: ParsedShape
    number: int | None
    """What its pixels have in the mask of classes; None where there is no such mask."""
    label: int
    """Its number among the objects of the mask, from 1, or the one that the set gives it."""


def areas(mask: MaskPixels) -> list[MaskObject]:
    """Every connected area of one number but 0. Raises TooManyAreas."""
    labels = np.zeros(mask.values.shape, dtype=np.int32)
    numbers: list[int] = []
    for number in mask.facts.distinct:
        if number == 0:
            continue
        chosen = mask.values == number
        count, parts = cv2.connectedComponents(
            chosen.view(np.uint8), connectivity=CORNERS_TOUCH, ltype=cv2.CV_32S
        )
        if len(numbers) + count - 1 > MAX_AREAS:
            raise TooManyAreas(f"{len(numbers) + count - 1} areas")
        np.add(parts, len(numbers), out=labels, where=chosen)
        numbers += [number] * (count - 1)
    found = encode_runs(runs_of(labels)) if numbers else {}
    return [MaskObject(_shape(one), numbers[label - 1], label) for label, one in found.items()]


def whole(mask: MaskPixels) -> list[MaskObject]:
    """Every number but 0 as one object, however many areas it has."""
    return [MaskObject(_shape(one), number, number) for number, one in encode_runs(mask.runs).items()]


def instances(mask: MaskPixels, classes: MaskPixels | None) -> list[MaskObject]:
    """Every number of ``mask`` but 0 as one object of the class that most of its pixels have in ``classes``.

    Both of one size; ``number`` is None where ``classes`` has nothing there.
    """
    of_class = _most_frequent(mask.runs, classes.runs) if classes else {}
    return [MaskObject(one.shape, of_class.get(one.label), one.label) for one in whole(mask)]


def outside(classes: MaskPixels, mask: MaskPixels) -> MaskPixels | None:
    """The pixels of ``classes`` that are in no object of ``mask``; None where all are. Both of one size."""
    cuts = cuts_of(classes.runs, mask.runs)
    if not classes.runs.at(cuts)[mask.runs.at(cuts) == 0].any():
        return None
    values = classes.values * (mask.values == 0)
    return replace(classes, values=values, runs=runs_of(values))


def _shape(found: Covering) -> ParsedShape:
    return ParsedShape("", found.mask, found.bbox, found.area)


def _most_frequent(mask: Runs, classes: Runs) -> dict[int, int]:
    """By the number in ``mask`` the one that most of its pixels have in ``classes``; void where there is no other."""
    cuts = cuts_of(mask, classes)
    lengths = np.diff(cuts, append=mask.width * mask.height)
    objects, kinds = np.array(mask.distinct), np.array(classes.distinct)
    of_object = np.searchsorted(objects, mask.at(cuts))
    of_kind = np.searchsorted(kinds, classes.at(cuts))
    pairs = np.bincount(of_object * kinds.size + of_kind, lengths, objects.size * kinds.size)
    weights = np.where(kinds == 0, 0.0, np.where(np.isin(kinds, VOIDS), 1e-12, 1.0))
    table = pairs.reshape(objects.size, kinds.size) * weights
    best = table.argmax(axis=1)
    return {
        int(number): int(kinds[kind])
        for index, (number, kind) in enumerate(zip(objects, best, strict=True))
        if table[index, kind]
    }
