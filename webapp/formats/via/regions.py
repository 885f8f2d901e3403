"""Converts labels of a photo to regions of VIA 2 and back, so that unchanged regions keep their stored label.

VIA knows boxes and single polygons. Masks, shapes of several polygons and crowds are not shown in it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from webapp.formats.annotations import editor_labels
from webapp.formats.annotations.attribute_log import says_something
from webapp.formats.annotations.outlines import Outline
from webapp.formats.via.reader import read_shape_attributes
from webapp.formats.via.writer import CATEGORY

Key = tuple[Any, ...]


class StoredShape(Protocol):
    """A label as it is stored: the columns of ``annotation``."""

    segmentation: Any
    bbox: Any
    iscrowd: Any
    is_box: Any


@dataclass(frozen=True)
class NewRegion:
    """A region that was drawn or changed in VIA; ``number`` counts from 1, as VIA shows it."""

    number: int
    category: str
    """Empty where none was chosen."""
    outline: Outline


@dataclass(frozen=True)
class Merged:
    """New state of a photo: indexes of labels that stay, and new regions."""

    kept: list[int]
    new: list[NewRegion]
    changed: bool


def region_of(shape: StoredShape, category: str) -> dict[str, Any] | None:
    """As VIA has it; None where VIA cannot express the label."""
    if shape.iscrowd or isinstance(shape.segmentation, dict):
        return None
    if shape.is_box:
        x, y, width, height = shape.bbox
        attributes: dict[str, Any] = {"name": "rect", "x": x, "y": y, "width": width, "height": height}
    elif len(shape.segmentation) == 1:
        (flat,) = shape.segmentation
        attributes = {"name": "polygon", "all_points_x": flat[0::2], "all_points_y": flat[1::2]}
    else:
        return None
    return {"shape_attributes": attributes, "region_attributes": {CATEGORY: category}}


def merge(there: Sequence[tuple[StoredShape, str]], regions: Sequence[Any]) -> Merged:
    """Compare the labels of a photo (shape and category) with the regions that VIA sent.

    A label whose region came back point for point stays as it is stored, and so does one that VIA cannot express.
    """
    shown = {
        number: _key(region)
        for number, (shape, category) in enumerate(there)
        if (region := region_of(shape, category)) is not None
    }
    came = [_key(region) for region in regions]
    left = Counter(key for key in came if key is not None)
    kept = []
    for number in range(len(there)):
        key = shown.get(number)
        if key is None:
            kept.append(number)
        elif left[key]:
            left[key] -= 1
            kept.append(number)
    # Of regions that are alike, the first came from the labels.
    known = Counter(shown[number] for number in kept if number in shown)
    new = []
    for place, region in enumerate(regions):
        if known[came[place]]:
            known[came[place]] -= 1
        else:
            new.append(_new(place + 1, region))
    return Merged(kept, new, changed=bool(new) or len(kept) < len(there))


def of_both(base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    """The regions of two people who began with ``base``: what one of them moved or deleted is gone as it was.

    A region that both changed is there in both versions.
    """
    return editor_labels.of_both(base, mine, theirs, _key)


def attributes_beside(regions: Sequence[Any]) -> set[str]:
    """The names of attributes with a value, other than the category, which no label keeps."""
    found: set[str] = set()
    for region in regions:
        attributes = region.get("region_attributes") if isinstance(region, dict) else None
        for name, value in attributes.items() if isinstance(attributes, dict) else []:
            if name != CATEGORY and says_something(value):
                found.add(name)
    return found


def _new(number: int, region: Any) -> NewRegion:
    shape = region.get("shape_attributes") if isinstance(region, dict) else None
    return NewRegion(number, _category(region), read_shape_attributes(shape))


def _category(region: Any) -> str:
    attributes = region.get("region_attributes") if isinstance(region, dict) else None
    value = attributes.get(CATEGORY) if isinstance(attributes, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _key(region: Any) -> Key | None:
    """Equal for equal regions; None for what no label is shown as."""
    shape = region.get("shape_attributes") if isinstance(region, dict) else None
    if not isinstance(shape, dict):
        return None
    if shape.get("name") == "rect":
        numbers: list[Any] = [shape.get(name) for name in ("x", "y", "width", "height")]
    elif shape.get("name") == "polygon":
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
            return None
        numbers = [*xs, *ys]
    else:
        return None
    if not all(isinstance(one, int | float) for one in numbers):
        return None
    return shape["name"], _category(region), *map(float, numbers)
