"""How many photos and labels a model has of each category in each split, and how large the labels are.

Counting 500,000 shapes takes most of a second, so the counts are cached in Redis until a photo or its labels
change.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import text

from webapp.annotations import categories as annotation_categories
from webapp.core.extensions import db
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.models import Category, DetectionModel, Split

FEW = 10
"""A category with fewer training labels is marked as rare."""
SIZES = ("small", "medium", "large")
"""COCO's: below 32 x 32 pixels, below 96 x 96, and the others."""
SIZE_LIMITS = [32**2, 96**2]
"""Square pixels."""
SIDE_LIMITS = (1, 2, 4, 8, 16, 32, 64)
"""Percent of the photo's side that a label of the same area, as a square in a square photo, would have."""
KEPT_SECONDS = 24 * 3600
CSV_COLUMNS = ("category", "split", "photos", "labels", *SIZES)
"""Not translated: scripts read them."""

# Each save increases the version of a photo's labels, so photos, splits and versions together identify the state.
_PHOTOS = text("""
SELECT split, count(*) AS photos, count(*) FILTER (WHERE labelled) AS labelled,
    count(*) FILTER (WHERE no_object) AS no_object, bit_xor(hashint8((id::bigint << 32) + annotations_version)) AS state
FROM image WHERE model_id = :model GROUP BY split ORDER BY split
""")
_SHAPES = text("""
SELECT a.category_id, i.split, width_bucket(a.area, CAST(:sizes AS float8[])) AS size,
    width_bucket(a.area / (f.width::float8 * f.height), CAST(:shares AS float8[])) AS side, count(*) AS count
FROM image i JOIN image_file f ON f.sha256 = i.sha256 JOIN annotation a ON a.image_id = i.id
WHERE i.model_id = :model GROUP BY 1, 2, 3, 4
""")
_SHOWN_ON = text("""
SELECT category_id, split, count(*) AS count FROM image_category
WHERE category_id IN (SELECT id FROM category WHERE model_id = :model) GROUP BY 1, 2
""")


@dataclass(frozen=True)
class ImagesOf:
    """The photos of one split."""

    photos: int = 0
    labelled: int = 0
    no_object: int = 0
    """Of the labelled ones, those marked «no object here»."""

    @property
    def unlabelled(self) -> int:
        """Number of photos without labels."""
        return self.photos - self.labelled


@dataclass
class CategoryFigures:
    """Figures of one category: photos that show it, and its labels."""

    category: Category
    photos: Counter[Split] = field(default_factory=Counter)
    sizes: dict[Split, Counter[str]] = field(default_factory=lambda: {split: Counter() for split in Split})
    """Labels by ``SIZES``."""
    missing: list[Split] = field(default_factory=list)
    """Splits with labelled photos, none of which shows it, while others do."""

    def labels(self, split: Split) -> int:
        """In this split."""
        return self.sizes[split].total()

    @property
    def total(self) -> int:
        """Labels of all splits."""
        return sum(self.labels(split) for split in Split)

    def of_size(self, size: str) -> int:
        """Labels of this size in all splits."""
        return sum(counter[size] for counter in self.sizes.values())

    @property
    def is_rare(self) -> bool:
        """Whether it has training labels, but fewer than ``FEW``."""
        return 0 < self.labels(Split.TRAIN) < FEW


@dataclass(frozen=True)
class CategoryStatistics:
    """Of one model; categories in the model's order."""

    categories: list[CategoryFigures]
    splits: dict[Split, ImagesOf]
    sides: list[int]
    """Labels below each of ``SIDE_LIMITS``, and the rest."""

    @property
    def labels(self) -> int:
        """Of all categories and splits."""
        return sum(one.total for one in self.categories)

    def labels_in(self, split: Split) -> int:
        """Of all categories."""
        return sum(one.labels(split) for one in self.categories)

    def labels_of_size(self, size: str) -> int:
        """Of all categories and splits."""
        return sum(one.of_size(size) for one in self.categories)

    @property
    def empty_splits(self) -> list[Split]:
        """Those without labelled photos."""
        return [split for split in Split if not self.splits[split].labelled]

    @property
    def missing(self) -> list[CategoryFigures]:
        """Categories that are missing from a split."""
        return [one for one in self.categories if one.missing]

    @property
    def rare(self) -> list[CategoryFigures]:
        """Categories with hardly enough labels for training."""
        return [one for one in self.categories if one.is_rare]

    @property
    def unused(self) -> list[CategoryFigures]:
        """Categories without any label."""
        return [one for one in self.categories if not one.total]


def of_model(model: DetectionModel) -> CategoryStatistics:
    """The statistics, from the cache if nothing has changed."""
    rows = db.session.execute(_PHOTOS, {"model": model.id}).all()
    splits = {split: ImagesOf() for split in Split}
    for row in rows:
        splits[Split(row.split)] = ImagesOf(row.photos, row.labelled, row.no_object)
    state = "/".join(f"{row.split}:{row.photos}:{row.state}" for row in rows)
    counts = _kept_counts(model, state)
    figures = {
        category.id: CategoryFigures(category) for category in annotation_categories.list_categories(model)
    }
    sides = [0] * (len(SIDE_LIMITS) + 1)
    for category_id, split, size, side, count in counts["labels"]:
        sides[side] += count
        if category_id in figures:
            figures[category_id].sizes[Split(split)][SIZES[size]] += count
    for category_id, split, count in counts["photos"]:
        if category_id in figures:
            figures[category_id].photos[Split(split)] += count
    for one in figures.values():
        one.missing = [
            split for split in Split if one.total and splits[split].labelled and not one.labels(split)
        ]
    return CategoryStatistics(list(figures.values()), splits, sides)


def csv_lines(statistics: CategoryStatistics) -> Iterator[str]:
    """One row a category and split."""
    yield BOM + csv_line(CSV_COLUMNS)
    for one in statistics.categories:
        for split in Split:
            sizes = one.sizes[split]
            yield csv_line(
                [one.category.name, split.value, one.photos[split], one.labels(split)]
                + [sizes[size] for size in SIZES]
            )


def _kept_counts(model: DetectionModel, state: str) -> dict[str, Any]:
    key = f"class-statistics:{model.id}:{state}"
    redis = current_app.extensions["redis"]
    try:
        if kept := redis.get(key):
            return dict(json.loads(kept))
        counts = _counts(model)
        redis.set(key, json.dumps(counts), ex=KEPT_SECONDS)
    except RedisError:
        return _counts(model)
    return counts


def _counts(model: DetectionModel) -> dict[str, Any]:
    shares = [(limit / 100) ** 2 for limit in SIDE_LIMITS]
    labels = db.session.execute(_SHAPES, {"model": model.id, "sizes": SIZE_LIMITS, "shares": shares})
    photos = db.session.execute(_SHOWN_ON, {"model": model.id})
    return {"labels": [list(row) for row in labels], "photos": [list(row) for row in photos]}
