"""Whether two photos show the same scene: their fine structure, laid over each other, and the threshold for it.

A fixed camera over a conveyor gives the same perceptual hash, and nearly the same features, for different parts, since
the fixture fills most of the picture. So candidates are compared by their fine structure, which is searched for in the
other photo at several places and sizes: a photo may be a part of another one, or the camera was moved.
"""

from functools import cached_property
from itertools import chain, combinations
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 96
"""Side of the fine structure in pixels."""
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8)
"""Sizes at which one photo is searched for in the other: the smallest is a part with 80 % of the sides."""
MARGINS = (0.08, 0.06, 0.06, 0.02, 0.02)
"""What is left out at each edge of the searched photo, for each scale: the camera may have moved by as much."""
UNKNOWN_REFERENCE = 0.4
"""Reference likeness for models with too few photos to compute it."""
HIGHEST_REQUIRED = 0.985
"""Upper limit of the threshold; photos saved again, darker or blurred are above it."""
COARSE_SIDE = 32
COARSE_SLACK = 0.25
"""Pairs that are less alike than the threshold by so much at ``COARSE_SIDE`` are not looked at more closely."""
_LEAST_CONTRAST = 1.0
"""Mean of the amounts below which a photo is blank: what it has is noise of its compression."""
_BACKGROUND = 6
_PLACES = [(False, place) for place in range(len(SCALES))] + [
    (True, place) for place in range(1, len(SCALES))
]
"""Whether the first photo is searched for in the second, and at which of ``SCALES``."""
Detail = NDArray[np.float32]


def detail_of(path: Path) -> bytes:
    """``SIDE`` x ``SIDE`` signed bytes: a picture without its brightness and coarse shading. Raises OSError."""
    with Image.open(path) as image:
        return detail_of_picture(image)


def detail_of_picture(image: Image.Image) -> bytes:
    """The same of an opened picture."""
    pixels = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    fine = pixels - _blurred(pixels, _BACKGROUND)
    if float(np.abs(fine).mean()) < _LEAST_CONTRAST:
        return bytes(SIDE * SIDE)
    contrast = np.sqrt(np.maximum(_blurred(fine * fine, 2 * _BACKGROUND), 0)) + 2
    return np.clip(fine / contrast * 40, -127, 127).astype(np.int8).tobytes()


def _blurred(pixels: Detail, radius: int) -> Detail:
    """The mean of the square around each pixel."""
    side = 2 * radius + 1
    return np.asarray(cv2.blur(pixels, (side, side), borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def details(stored: list[bytes]) -> NDArray[np.float32]:
    """Of ``detail_of``, photos x ``SIDE`` x ``SIDE``, for ``Scene``."""
    return np.frombuffer(b"".join(stored), dtype=np.int8).reshape(-1, SIDE, SIDE).astype(np.float32)


class Scene:
    """The fine structure of a photo, and what of it is searched for in others: computed once for all of them."""

    def __init__(self, detail: Detail) -> None:
        self.detail = detail

    @cached_property
    def is_blank(self) -> bool:
        """Whether there is nothing to compare."""
        return not self.detail.any()

    @cached_property
    def coarse(self) -> Detail:
        """``COARSE_SIDE`` x ``COARSE_SIDE``."""
        return _resized(self.detail, COARSE_SIDE)

    @cached_property
    def coarse_parts(self) -> list[Detail | None]:
        """``_part`` of ``coarse`` for each of ``SCALES``."""
        return [_part(self.coarse, place) for place in range(len(SCALES))]

    def part(self, place: int) -> Detail | None:
        """``_part`` of ``detail``."""
        return _part(self.detail, place)


def likeness(one: Scene, other: Scene, required: float = 0.0) -> float:
    """Normed cross-correlation where they fit best: 1 for the same picture, about 0.1 for different scenes.

    Either may be a part of the other. Pairs that cannot reach ``required`` get a rough figure below it, which takes a
    tenth of the time. 0 where one of them is blank.
    """
    if one.is_blank or other.is_blank:
        return 0.0
    rough = {}
    for swapped, place in _PLACES:
        whole, part = (other, one) if swapped else (one, other)
        rough[swapped, place] = _found(whole.coarse, part.coarse_parts[place])
    best = max(rough, key=rough.__getitem__)
    if rough[best] < required - COARSE_SLACK:
        return min(rough[best], required - COARSE_SLACK)
    swapped, middle = best
    near = [(swapped, place) for place in (middle - 1, middle, middle + 1) if 0 <= place < len(SCALES)]
    fine = []
    for turned, place in chain(near, [(False, 0)]):
        whole, part = (other, one) if turned else (one, other)
        fine.append(_found(whole.detail, part.part(place)))
    return max(fine)


def _resized(detail: Detail, side: int) -> Detail:
    # OpenCV's types are wider than what it returns here.
    return cast(Detail, cv2.resize(detail, (side, side), interpolation=cv2.INTER_AREA))


def _part(detail: Detail, place: int) -> Detail | None:
    """The middle of it, scaled by ``SCALES[place]``; None where that is blank."""
    side = round(len(detail) * SCALES[place])
    if side < len(detail):
        detail = _resized(detail, side)
    margin = max(1, round(side * MARGINS[place]))
    inner = detail[margin : side - margin, margin : side - margin]
    # OpenCV's own mean and maximum take a third of the time of NumPy's here.
    _mean, deviation = cv2.meanStdDev(inner)
    return inner if deviation[0, 0] >= _LEAST_CONTRAST else None


def _found(whole: Detail, part: Detail | None) -> float:
    """How well ``part`` is found in ``whole`` at the best place."""
    if part is None:
        return 0.0
    _least, most, _where_least, _where_most = cv2.minMaxLoc(
        cv2.matchTemplate(whole, part, cv2.TM_CCOEFF_NORMED)
    )
    return most


def reference_likeness(sample: NDArray[np.float32]) -> float:
    """How alike unrelated photos of a model are: nine of ten pairs of a sample are less alike than this."""
    count = len(sample)
    if count < 6:
        return UNKNOWN_REFERENCE
    scenes = [Scene(detail) for detail in sample]
    pairs = [likeness(one, other) for one, other in combinations(scenes, 2)]
    return float(np.clip(np.quantile(pairs, 0.9), 0, 1))


def required_likeness(reference: float) -> float:
    """The threshold from which a pair shows the same: 0.6 for unrelated scenes, above 0.9 with a fixed camera."""
    return min(HIGHEST_REQUIRED, 1 - 0.5 * (1 - reference))
