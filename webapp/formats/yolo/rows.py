"""One line of a YOLO label file: a class, and a box or a polygon in shares of the photo's size.

Formats: docs.ultralytics.com, Datasets: ``class x y width height`` (the centre of the box), ``class x1 y1 x2 y2 …``
(segmentation; four points for an oriented box), ``class x y width height`` and key points (pose). DOTA's oriented
boxes are ``x1 y1 x2 y2 x3 y3 x4 y4 class difficulty`` in pixels.
"""

import math
import re
from dataclasses import dataclass, field

from webapp.formats.annotations.outlines import Outline, box, polygon
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.coco.lists import category_name
from webapp.formats.masks.polygons import MAX_COORDINATE

BOX = 4
LARGEST_CLASS = 99_999
EDGE = 1e-5
"""Share of the photo by which rounding to six digits puts the edge of a whole photo's box outside it."""
FURTHEST = 2.0
"""Shares further from 0 than this are no shares: somebody wrote pixels."""
_CLASS = re.compile(r"\+?\d{1,9}(\.0*)?")


@dataclass(slots=True)
class Row:
    """A line that was read."""

    outline: Outline
    number: int | None = None
    """The class."""
    name: str = ""
    """The category where the line says its name (DOTA)."""
    beside: dict[str, str] = field(default_factory=dict)
    """What is not kept of it: confidence, key points, difficulty."""


def is_row(line: str) -> bool:
    """Whether it looks like a line of labels: a class and four numbers or more, or DOTA's."""
    words = _words(line)
    if len(words) < 1 + BOX:
        return False
    if _CLASS.fullmatch(words[0]) and _numbers(words[1:]) is not None:
        return True
    return _is_dota(words)


def read_row(line: str, key_points: int = 0) -> Row:
    """The line as a shape in shares of the photo's size, DOTA's in pixels; with a fault where it is unusable.

    ``key_points`` is how many numbers of key points follow each box.
    """
    words = _words(line)
    if not words:
        return Row(Outline(fault=Fault.ROW_UNREADABLE))
    if _is_dota(words):
        return _read_dota(words)
    numbers = _numbers(words[1:]) if _CLASS.fullmatch(words[0]) else None
    if numbers is None or len(numbers) < BOX:
        return Row(Outline(fault=Fault.ROW_UNREADABLE))
    number = int(words[0].partition(".")[0])
    if number > LARGEST_CLASS:
        return Row(Outline(fault=Fault.ROW_UNREADABLE))
    beside = {}
    if key_points and len(numbers) in {BOX + key_points, BOX + key_points + 1}:
        beside["keypoints"] = " ".join(words[1 + BOX :])
        numbers = numbers[:BOX]
    elif len(numbers) == BOX + 1 and 0 <= numbers[BOX] <= 1:
        beside["confidence"] = words[1 + BOX]
        numbers = numbers[:BOX]
    outline = _outline(numbers)
    if outline.shape is not None:
        outline.shape.normalised = True
    return Row(outline, number, beside=beside)


def _outline(shares: list[float]) -> Outline:
    if not math.isfinite(sum(shares)):
        return Outline(fault=Fault.NOT_NUMBERS)
    least, most = min(shares), max(shares)
    if most > FURTHEST or least < -FURTHEST:
        return Outline(fault=Fault.NOT_SHARES)
    if len(shares) == BOX:
        x, y, w, h = shares
        left, top, right, bottom = map(_inside, (x - w / 2, y - h / 2, x + w / 2, y + h / 2))
        return box(left, top, right - left, bottom - top)
    odd = len(shares) % 2
    if least < 0 or most > 1:
        shares = [_inside(share) for share in shares]
    outline = polygon(shares[: len(shares) - odd])
    if odd:
        outline.repaired.insert(0, Fault.ODD_COORDINATES)
    return outline


def _inside(share: float) -> float:
    """On the edge of the photo where rounding alone put it outside."""
    if -EDGE <= share < 0:
        return 0.0
    return 1.0 if 1 < share <= 1 + EDGE else share


def _read_dota(words: list[str]) -> Row:
    numbers = _numbers(words[:8]) or []
    if not numbers or max(map(abs, numbers)) > MAX_COORDINATE:
        return Row(Outline(fault=Fault.NOT_NUMBERS))
    beside = {"difficult": words[9]} if len(words) > 9 and words[9] != "0" else {}
    return Row(polygon(numbers), name=words[8], beside=beside)


def _words(line: str) -> list[str]:
    """By blanks; some tools write commas or semicolons."""
    return line.replace(",", " ").replace(";", " ").split()


def _is_dota(words: list[str]) -> bool:
    if len(words) not in {9, 10} or _numbers(words[8:9]) is not None:
        return False
    return bool(category_name(words[8])) and _numbers(words[:8]) is not None


def _numbers(words: list[str]) -> list[float] | None:
    try:
        return list(map(float, words))
    except ValueError:
        return None
