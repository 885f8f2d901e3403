"""Folds of a small set: as many parts of equal size as wanted, each of which judges once while the others are learnt.

Groups stay whole, and each fold gets its share of every category, as in the automatic split. Folds move no photo: they
are shown, sent as a table, and trained one after the other by a run with ``folds``.
"""

from collections import Counter
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.contracts.training_parameters import FEWEST_FOLDS, MOST_FOLDS
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.images.splits.stratified import Group, divide
from webapp.images.splits.units import MAX_SEED, DividedImage, SplitRequest, groups_of, labels_of, photos_of
from webapp.models import Category, DetectionModel, Image


@dataclass(frozen=True)
class Folds:
    """A division of the labelled photos of a model."""

    fold_of: dict[int, int]
    """Number of the fold, from 1, by id of the photo; in order of id."""
    photos: list[int]
    """Number of photos of each fold."""
    categories: list[tuple[Category, list[int]]]
    """Photos of each fold that show a category."""
    largest_group: int
    """Photos that stay together: a fold has at least as many."""

    @property
    def count(self) -> int:
        """How many folds."""
        return len(self.photos)


def build(model: DetectionModel, count: int, seed: int, together: bool, by_part: bool) -> Folds:
    """The same model, number and seed give the same folds. Raises UserError beside the field ``folds`` or ``seed``."""
    if not FEWEST_FOLDS <= count <= MOST_FOLDS:
        raise UserError(
            _("Enter a number of folds from %(low)s to %(high)s.", low=FEWEST_FOLDS, high=MOST_FOLDS),
            code="folds_range",
            field="folds",
        )
    if not 0 <= seed <= MAX_SEED:
        raise UserError(
            _("Enter a whole number from 0 to %(n)s.", n=MAX_SEED), code="seed_range", field="seed"
        )
    rows = {row.id: row for row in photos_of(model) if row.labelled}
    groups = groups_of(model, SplitRequest(together=together, by_part=by_part), set(rows), rows)
    grouped = {image_id for group in groups for image_id in group}
    units = groups + [[image_id] for image_id in rows if image_id not in grouped]
    if len(units) < count:
        raise UserError(
            _(
                "There are only %(n)s groups of labelled photos: choose fewer folds, or label more.",
                n=len(units),
            ),
            code="folds_too_many",
            field="folds",
        )
    divided = divide(
        [Group(len(unit), labels_of([rows[one] for one in unit])) for unit in units],
        [1 / count] * count,
        seed,
    )
    fold_of = {one: fold + 1 for unit, fold in zip(units, divided, strict=True) for one in unit}
    return _counted(model, rows, dict(sorted(fold_of.items())), count, max(map(len, units)))


def _counted(
    model: DetectionModel, rows: dict[int, DividedImage], fold_of: dict[int, int], count: int, largest: int
) -> Folds:
    photos = Counter(fold_of.values())
    shown = Counter((label, fold_of[one]) for one in fold_of for label in rows[one].category_ids)
    numbers = range(1, count + 1)
    categories = db.session.scalars(
        select(Category).where(Category.model_id == model.id).order_by(Category.position, Category.id)
    )
    counted = [(one, [shown[one.id, fold] for fold in numbers]) for one in categories]
    return Folds(
        fold_of, [photos[fold] for fold in numbers], [one for one in counted if any(one[1])], largest
    )


def table(model: DetectionModel, folds: Folds) -> str:
    """CSV with the file name, the number of the fold and the part of each photo."""
    rows = db.session.execute(
        select(Image.id, Image.filename, Image.part).where(Image.model_id == model.id).order_by(Image.id)
    )
    lines = [csv_line([name, folds.fold_of[one], part]) for one, name, part in rows if one in folds.fold_of]
    return BOM + csv_line(["filename", "fold", "part"]) + "".join(lines)
