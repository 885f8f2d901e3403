"""What the folds of a run found, one by one, and how far they are apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import OutOfFoldImage, TrainingFold, TrainingRun
from webapp.training.cross_validation import out_of_fold

FIGURES = (("segm", "AP"), ("segm", "AP50"), ("bbox", "AP"))
"""The figures of ``TrainingFold.metrics`` that are shown."""


@dataclass(frozen=True)
class FoldResult:
    """One fold; its figures are None until it has been judged, and where its photos show no object."""

    number: int
    photos: int
    is_over: bool
    objects: int | None
    """Labelled objects."""
    figures: dict[str, float | None]
    """By ``segm AP`` and so on, 0 to 100."""


@dataclass(frozen=True)
class FigureSpread:
    """Of one figure over the folds that have it."""

    mean: float
    deviation: float | None
    """The standard deviation of the sample; None of a single fold."""
    lowest: float
    highest: float
    folds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "FigureSpread | None":
        """None without values."""
        if not values:
            return None
        deviation = stdev(values) if len(values) > 1 else None
        return cls(fmean(values), deviation, min(values), max(values), len(values))


@dataclass(frozen=True)
class FoldResults:
    """The folds of a run."""

    folds: list[FoldResult]
    spreads: dict[str, FigureSpread | None]
    """By the names of ``FoldResult.figures``."""

    @property
    def done(self) -> int:
        """Folds that have been judged."""
        return sum(fold.is_over for fold in self.folds)

    @property
    def photos(self) -> int:
        """In all folds."""
        return sum(fold.photos for fold in self.folds)

    @property
    def judged_photos(self) -> int:
        """In the folds that have been judged."""
        return sum(fold.photos for fold in self.folds if fold.is_over)

    @property
    def is_over(self) -> bool:
        """Whether all folds have been judged: what follows is the training of the weights."""
        return self.done == len(self.folds)


def of_run(run: TrainingRun) -> FoldResults | None:
    """None for a run that is none."""
    rows = out_of_fold.folds_of(run.id) if run.parameters.get("folds") else []
    if not rows:
        return None
    counted = db.session.execute(
        select(OutOfFoldImage.fold, func.count())
        .where(OutOfFoldImage.run_id == run.id)
        .group_by(OutOfFoldImage.fold)
    )
    photos = {number: count for number, count in counted}
    folds = [_fold(row, photos.get(row.number, 0)) for row in rows]
    return FoldResults(folds, {name: _spread(folds, name) for name in _names()})


def _fold(row: TrainingFold, photos: int) -> FoldResult:
    metrics = row.metrics or {}
    figures = {f"{task} {name}": metrics.get(task, {}).get(name) for task, name in FIGURES}
    return FoldResult(row.number, photos, row.finished_at is not None, row.objects, figures)


def _names() -> list[str]:
    return [f"{task} {name}" for task, name in FIGURES]


def _spread(folds: Sequence[FoldResult], name: str) -> FigureSpread | None:
    return FigureSpread.of([value for fold in folds if (value := fold.figures[name]) is not None])
