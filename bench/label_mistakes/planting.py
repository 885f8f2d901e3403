"""Plants mistakes into good labels: so many of each kind, each in labels that no other mistake has touched."""

import copy
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from jobs.detection.job import CocoDocument
from webapp.formats.masks.rings import to_geometry, to_rings

SHARE = 0.01
"""Of the labels, for each kind; at least one."""
TRIES = 500


@dataclass(frozen=True)
class Planted:
    """One mistake: of what kind, and where."""

    kind: str
    image_id: int
    annotation_ids: tuple[int, ...]
    """The labels in which it shows; none where one is missing."""
    rings: list[list[float]]
    """The outline that was taken away or put in."""


def plant(document: CocoDocument, seed: int) -> tuple[CocoDocument, list[Planted]]:
    """The document with mistakes of each kind, and what was planted. The same seed plants the same."""
    changed = document | {"annotations": copy.deepcopy(document["annotations"])}
    work = _Planting(changed, random.Random(seed))  # noqa: S311 - no secret
    count = max(1, round(SHARE * len(document["annotations"])))
    # Two labels that lie together are the rarest thing to find: first.
    kinds: list[Callable[[], Planted | None]] = [work.merged, work.shifted, work.doubled, work.spurious]
    if len(document["categories"]) > 1:
        kinds.append(work.wrong_category)
    kinds.append(work.missing)
    planted = [_until_planted(kind) for kind in kinds for _ in range(count)]
    return changed, planted


def _until_planted(kind: Callable[[], Planted | None]) -> Planted:
    for _ in range(TRIES):
        if (planted := kind()) is not None:
            return planted
    raise RuntimeError(f"no place for a planted mistake: {kind.__name__}")


class _Planting:
    """Each method tries once at random; None where it does not fit there."""

    def __init__(self, document: CocoDocument, rng: random.Random) -> None:
        self.annotations: list[dict[str, Any]] = document["annotations"]
        self.images = {image["id"]: image for image in document["images"]}
        self.categories = [category["id"] for category in document["categories"]]
        self.rng = rng
        self.touched: set[int] = set()

    def missing(self) -> Planted | None:
        one = self._label()
        if one is None:
            return None
        self.annotations.remove(one)
        return Planted("missing", one["image_id"], (), one["segmentation"])

    def wrong_category(self) -> Planted | None:
        one = self._label()
        if one is None:
            return None
        one["category_id"] = self.rng.choice([each for each in self.categories if each != one["category_id"]])
        return self._planted("wrong_category", one)

    def shifted(self) -> Planted | None:
        """By 30 to 60 % of its size in any direction."""
        one = self._label()
        if one is None:
            return None
        shape = to_geometry(one["segmentation"])
        distance = self.rng.uniform(0.3, 0.6) * math.sqrt(one["bbox"][2] * one["bbox"][3])
        angle = self.rng.uniform(0, 2 * math.pi)
        moved = _moved(shape, distance * math.cos(angle), distance * math.sin(angle))
        if not self._inside(moved, one["image_id"]):
            return None
        _set_shape(one, moved)
        return self._planted("shifted", one)

    def merged(self) -> Planted | None:
        """A label and its nearest neighbour of the same category become one around both; not far ones."""
        one = self._label()
        if one is None:
            return None
        shape = to_geometry(one["segmentation"])
        others = [
            (shape.distance(to_geometry(each["segmentation"])), each["id"], each)
            for each in self.annotations
            if each["image_id"] == one["image_id"]
            and each["category_id"] == one["category_id"]
            and each is not one
            and each["id"] not in self.touched
        ]
        if not others:
            return None
        gap, _, other = min(others)
        if gap > math.sqrt(one["bbox"][2] * one["bbox"][3]):
            return None
        self.annotations.remove(other)
        _set_shape(one, shapely.union_all([shape, to_geometry(other["segmentation"])]).convex_hull)
        return self._planted("merged", one)

    def doubled(self) -> Planted | None:
        """Drawn a second time, not quite as the first time."""
        one = self._label()
        if one is None:
            return None
        size = math.sqrt(one["bbox"][2] * one["bbox"][3])
        factor = self.rng.uniform(0.9, 1.1)
        shape = shapely.affinity.scale(to_geometry(one["segmentation"]), factor, factor)
        shape = _moved(shape, self.rng.uniform(-0.07, 0.07) * size, self.rng.uniform(-0.07, 0.07) * size)
        if not self._inside(shape, one["image_id"]):
            return None
        second = self._added(one, one["image_id"], shape)
        self.touched.add(one["id"])
        return Planted("doubled", one["image_id"], (one["id"], second["id"]), second["segmentation"])

    def spurious(self) -> Planted | None:
        """The outline of some label at a place of some photo where nothing is labelled."""
        model = self.rng.choice(self.annotations)
        image = self.rng.choice(list(self.images.values()))
        shape = to_geometry(model["segmentation"])
        left, top, right, bottom = shape.bounds
        width, height = right - left, bottom - top
        if width >= image["width"] or height >= image["height"]:
            return None
        x, y = (
            self.rng.uniform(0, image["width"] - width),
            self.rng.uniform(0, image["height"] - height),
        )
        shape = _moved(shape, x - left, y - top)
        there = [each for each in self.annotations if each["image_id"] == image["id"]]
        if any(shape.intersects(to_geometry(each["segmentation"])) for each in there):
            return None
        added = self._added(model, image["id"], shape)
        return Planted("spurious", image["id"], (added["id"],), added["segmentation"])

    def _label(self) -> dict[str, Any] | None:
        one = self.rng.choice(self.annotations)
        return None if one["id"] in self.touched or one.get("iscrowd") else one

    def _planted(self, kind: str, one: dict[str, Any]) -> Planted:
        self.touched.add(one["id"])
        return Planted(kind, one["image_id"], (one["id"],), one["segmentation"])

    def _added(self, model: dict[str, Any], image_id: int, shape: BaseGeometry) -> dict[str, Any]:
        number = max(each["id"] for each in self.annotations) + 1
        added = model | {"id": number, "image_id": image_id}
        _set_shape(added, shape)
        self.annotations.append(added)
        self.touched.add(number)
        return added

    def _inside(self, shape: BaseGeometry, image_id: int) -> bool:
        image = self.images[image_id]
        return bool(shapely.box(0, 0, image["width"], image["height"]).covers(shape))


def _moved(shape: BaseGeometry, right: float, down: float) -> BaseGeometry:
    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points + np.array((right, down))

    return shapely.transform(shape, move)


def _set_shape(annotation: dict[str, Any], shape: BaseGeometry) -> None:
    left, top, right, bottom = shape.bounds
    annotation["segmentation"] = to_rings(shape)
    annotation["bbox"] = [left, top, right - left, bottom - top]
    annotation["area"] = shape.area
