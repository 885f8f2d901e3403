"""Segments the object in a box by its colours: OpenCV's GrabCut on a small crop.

Choice of the sizes, and results: docs/decisions/0027-suggestions-and-outlines.md, docs/performance.md.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webapp.formats.masks.segmentation import Box, Polygons
from webapp.formats.masks.simplified import outlines_of

MARGIN = 0.25
"""Share of the box's sides added on each side as background."""
SMALLEST_MARGIN = 8
CROP_SIDE = 240
"""Longer side in px of the crop for GrabCut; small objects are enlarged."""
LARGEST_ENLARGEMENT = 4
ROUNDS = 3
CORE = 0.5
"""Share of the box: if the first attempt found almost nothing, an ellipse of this size is used as foreground."""
TOO_LITTLE = 0.3
"""Share of the box's area."""
STROKE_WIDTH = 5
"""Pixels of the crop."""
STROKE_REACH = 0.15
"""Share of the box's longer side by which the object may extend beyond a stroke that leaves the box."""
ALIKE = 3.0, 10.0
"""A pixel matches a stroke within so many standard deviations of its colours, plus so many levels."""
MOST_TAKEN_AWAY = 0.6
"""Most of the object that one stroke may remove: if more matches, colours cannot decide."""
SMOOTHING = 5
BLUR = 1.5
"""Pixels of the crop."""
TOLERANCE = 1.0
"""Tolerance between polygon and mask, pixels of the crop."""

Pixels = NDArray[Any]
"""uint8, height x width, and x 3 for a photo."""
Stroke = list[tuple[float, float]]
"""Points (x, y), pixels."""


@dataclass(frozen=True)
class Window:
    """The cropped part of a photo in whole pixels, and its scale."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    def place(self, x: float, y: float) -> tuple[int, int]:
        """A point of the photo in the crop."""
        return round((x - self.left) * self.scale), round((y - self.top) * self.scale)


def window_of(box: Box, width: int, height: int) -> Window:
    """Around the box with a margin, inside a photo of this size."""
    x, y, w, h = box
    beside, above = max(SMALLEST_MARGIN, MARGIN * w), max(SMALLEST_MARGIN, MARGIN * h)
    left, top = max(0, int(x - beside)), max(0, int(y - above))
    right, bottom = min(width, math.ceil(x + w + beside)), min(height, math.ceil(y + h + above))
    longest = max(right - left, bottom - top, 1)
    return Window(left, top, right, bottom, min(CROP_SIDE / longest, LARGEST_ENLARGEMENT))


def grown_by(box: Box, include: list[Stroke]) -> Box:
    """The box extended by the strokes over the object, with a margin at their ends."""
    x, y, w, h = box
    left, top, right, bottom = x, y, x + w, y + h
    beyond = STROKE_REACH * max(w, h)
    for point_x, point_y in (point for stroke in include for point in stroke):
        if not x <= point_x <= x + w or not y <= point_y <= y + h:
            left, right = min(left, point_x - beyond), max(right, point_x + beyond)
            top, bottom = min(top, point_y - beyond), max(bottom, point_y + beyond)
    return [left, top, right - left, bottom - top]


def outline_in(
    crop: Pixels, window: Window, box: Box, include: list[Stroke], exclude: list[Stroke]
) -> Polygons:
    """Polygons of the object in pixels of the photo; empty where none could be told from its surroundings.

    ``crop`` is the window's part of the photo in its own size, height x width x 3. ``box`` is the box that was
    drawn; strokes of ``include`` are over the object and extend the box, those of ``exclude`` are over
    background.
    """
    size = (
        max(1, round(crop.shape[1] * window.scale)),
        max(1, round(crop.shape[0] * window.scale)),
    )
    smaller = window.scale < 1
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    drawn = _filled(small.shape[:2], window, box)
    seeds = _seeds(small.shape[:2], window, grown_by(box, include), include, exclude)
    found = _kept_parts(_cut(small, seeds), seeds, drawn)
    if found.sum() < TOO_LITTLE * np.count_nonzero(seeds == cv2.GC_PR_FGD) and not include:
        # Object and surroundings have similar colours: start with its centre as foreground.
        core = np.zeros_like(seeds)
        x, y, w, h = box
        axes = (max(1, int(CORE * w * window.scale / 2)), max(1, int(CORE * h * window.scale / 2)))
        cv2.ellipse(core, window.place(x + w / 2, y + h / 2), axes, 0, 0, 360, 1, -1)
        seeds[(core == 1) & (seeds == cv2.GC_PR_FGD)] = cv2.GC_FGD
        found = _kept_parts(_cut(small, seeds), seeds, drawn)
    for stroke in exclude:
        found = _kept_parts(_without(stroke, small, seeds, window, found), seeds, drawn)
    # Blur and threshold at one half, to smooth the pixel edges.
    soft = cv2.GaussianBlur(found.astype(np.float32), (0, 0), BLUR)
    whole = cv2.resize(soft, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR) >= 0.5
    tolerance = max(0.3, TOLERANCE / window.scale)
    return outlines_of(whole.astype(np.uint8), tolerance, (window.left, window.top))


def _seeds(
    shape: tuple[int, ...], window: Window, box: Box, include: list[Stroke], exclude: list[Stroke]
) -> Pixels:
    seeds = np.full(shape, cv2.GC_BGD, np.uint8)
    seeds[_filled(shape, window, box)] = cv2.GC_PR_FGD
    for strokes, mark in ((include, cv2.GC_FGD), (exclude, cv2.GC_BGD)):
        for stroke in strokes:
            _draw(seeds, window, stroke, mark)
    return seeds


def _filled(shape: tuple[int, ...], window: Window, box: Box) -> NDArray[np.bool_]:
    """Mask of the box in the crop."""
    x, y, w, h = box
    (left, top), (right, bottom) = window.place(x, y), window.place(x + w, y + h)
    inside = np.zeros(shape, bool)
    inside[max(0, top) : max(bottom, top + 1), max(0, left) : max(right, left + 1)] = True
    return inside


def _draw(seeds: Pixels, window: Window, stroke: Stroke, mark: int) -> None:
    points = np.array([window.place(x, y) for x, y in stroke], np.int32)
    cv2.polylines(seeds, [points], False, mark, STROKE_WIDTH)


def _cut(photo: Pixels, seeds: Pixels) -> Pixels:
    """The object as 0 and 1; the seeds themselves if GrabCut has no foreground or background samples."""
    marks = seeds.copy()
    is_object = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    if is_object.all() or not is_object.any():
        return is_object.astype(np.uint8)
    # Fixed seed, so that the same box gives the same outline: GrabCut starts with random clusters.
    cv2.setRNGSeed(1)
    no_box = (0, 0, 0, 0)
    cv2.grabCut(photo, marks, no_box, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)


def _without(stroke: Stroke, photo: Pixels, seeds: Pixels, window: Window, found: Pixels) -> Pixels:
    """The object without the parts that are connected to the stroke and have its colours.

    GrabCut alone would keep them: the few pixels of a stroke do not outweigh the colours learned from the box.
    """
    line = np.zeros_like(seeds)
    _draw(line, window, stroke, 1)
    if not line.any():
        return found
    colours = cv2.GaussianBlur(photo, (0, 0), BLUR).astype(np.float32)
    under = colours[line == 1]
    deviations, levels = ALIKE
    alike = (np.abs(colours - under.mean(axis=0)) <= deviations * under.std(axis=0) + levels).all(axis=2)
    parts = cv2.connectedComponents(((alike & (found == 1)) | (line == 1)).astype(np.uint8), connectivity=4)[
        1
    ]
    taken = np.isin(parts, np.unique(parts[line == 1])) & (found == 1)
    if taken.sum() > MOST_TAKEN_AWAY * found.sum():
        return found
    rest = found.copy()
    rest[taken & (seeds != cv2.GC_FGD)] = 0
    return rest


def _kept_parts(found: Pixels, seeds: Pixels, drawn: NDArray[np.bool_]) -> Pixels:
    """The largest part in the drawn box, and parts marked by strokes; smoothed, without small pieces."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SMOOTHING, SMOOTHING))
    smooth = cv2.morphologyEx(cv2.morphologyEx(found, cv2.MORPH_OPEN, brush), cv2.MORPH_CLOSE, brush)
    if smooth.any():
        found = smooth
    found[seeds == cv2.GC_FGD], found[seeds == cv2.GC_BGD] = 1, 0
    count, parts = cv2.connectedComponents(found, connectivity=4)
    if count < 2:
        return found
    in_box = np.bincount(parts[drawn], minlength=count)[1:]
    # A part marked by a stroke may be larger, and outside the box.
    areas = in_box if in_box.any() else np.bincount(parts.ravel(), minlength=count)[1:]
    wanted = {1 + int(np.argmax(areas)), *np.unique(parts[seeds == cv2.GC_FGD]).tolist()}
    return np.isin(parts, list(wanted - {0})).astype(np.uint8)
