"""What the counts of labels mean for a training: small objects, figures that will jump, labels that contradict."""

from dataclasses import dataclass

from sqlalchemy import text

from webapp.annotations.category_statistics import CategoryFigures, CategoryStatistics
from webapp.core.extensions import db
from webapp.models import DetectionModel, Split

SMALL_SHARE = 0.4
"""Share of the labels of a category that are small, from which windows are advised."""
ENOUGH_TO_TELL = 5
"""Labels without which a share says nothing."""
FEW_JUDGING = 5
"""Photos: with fewer, one object more or less moves the AP of a category by many points."""
SHOWN = 10

# Of pairs that show the same picture as it lies, those whose photos have other numbers of labels of a category.
_DIFFERING = text("""
WITH pairs AS (
    SELECT first_id, second_id FROM near_duplicate
    JOIN image a ON a.id = first_id AND a.labelled JOIN image b ON b.id = second_id AND b.labelled
    WHERE near_duplicate.model_id = :model AND NOT kept_apart AND NOT off
        AND ('copy' = ANY(reasons) OR ('look' = ANY(reasons) AND orientation = 0 AND distance <= 2))
), counted AS (
    SELECT image_id, category_id, count(*) AS count FROM annotation
    WHERE image_id IN (SELECT first_id FROM pairs UNION SELECT second_id FROM pairs) GROUP BY 1, 2
), of_both AS (
    SELECT first_id, second_id, category_id,
        sum(CASE WHEN image_id = first_id THEN count ELSE 0 END) AS here,
        sum(CASE WHEN image_id = second_id THEN count ELSE 0 END) AS there
    FROM pairs JOIN counted ON image_id IN (first_id, second_id) GROUP BY 1, 2, 3
)
SELECT first_id, second_id, a.filename AS first, b.filename AS second, category.name AS category, here, there,
    count(*) OVER () AS total
FROM of_both JOIN image a ON a.id = first_id JOIN image b ON b.id = second_id JOIN category ON category.id = category_id
WHERE here <> there ORDER BY abs(here - there) DESC, first_id, second_id, category.position LIMIT :limit
""")


@dataclass(frozen=True)
class SmallObjects:
    """A category of which many labels are small."""

    name: str
    small: int
    """Labels for training below 32 x 32 pixels."""
    labels: int
    """Labels for training."""


@dataclass(frozen=True)
class FewJudging:
    """A category that hardly any photo of a split shows."""

    name: str
    split: Split
    photos: int


@dataclass(frozen=True)
class DifferingLabels:
    """Two photos of the same picture, of which one has more labels of a category."""

    first_id: int
    first: str
    second_id: int
    second: str
    category: str
    here: int
    there: int


@dataclass(frozen=True)
class TrainingHints:
    """All that is worth a sentence."""

    small: list[SmallObjects]
    few: list[FewJudging]
    differing: list[DifferingLabels]
    """The first ``SHOWN``."""
    differing_total: int


def of_model(model: DetectionModel, statistics: CategoryStatistics) -> TrainingHints:
    """What the statistics mean, worst first."""
    rows = db.session.execute(_DIFFERING, {"model": model.id, "limit": SHOWN}).all()
    few = [one for category in statistics.categories for one in _few(category)]
    return TrainingHints(
        small=sorted(
            filter(None, map(_small, statistics.categories)), key=lambda one: -one.small / one.labels
        ),
        few=sorted(few, key=lambda one: one.photos),
        differing=[
            DifferingLabels(row[0], row[2], row[1], row[3], row[4], int(row[5]), int(row[6])) for row in rows
        ],
        differing_total=int(rows[0].total) if rows else 0,
    )


def _small(figures: CategoryFigures) -> SmallObjects | None:
    small, labels = figures.sizes[Split.TRAIN]["small"], figures.labels(Split.TRAIN)
    if labels < ENOUGH_TO_TELL or small < SMALL_SHARE * labels:
        return None
    return SmallObjects(figures.category.name, small, labels)


def _few(figures: CategoryFigures) -> list[FewJudging]:
    return [
        FewJudging(figures.category.name, split, figures.photos[split])
        for split in (Split.VALIDATION, Split.TEST)
        if 0 < figures.photos[split] < FEW_JUDGING
    ]
