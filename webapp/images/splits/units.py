"""What a split divides: the photos that are meant, in groups that stay together."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import literal_column, select

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar.pair_groups import groups_of_pairs
from webapp.models import DetectionModel, Image, NearDuplicate, Split

MAX_SEED = 2**31 - 1
_NOTHING, _UNLABELLED = 0, -1
"""Pseudo category ids of photos without shapes."""


class Scope(StrEnum):
    """Which photos are divided."""

    ALL = "all"
    TRAIN = "train"


@dataclass(frozen=True)
class SplitRequest:
    """What the form asks for; ``shares`` in percent."""

    train: int = 70
    validation: int = 15
    test: int = 15
    seed: int = 1
    scope: Scope = Scope.ALL
    unlabelled: bool = False
    """Include photos without labels."""
    together: bool = True
    """Keep similar photos in one split."""
    by_part: bool = False
    """Keep photos of one part (``Image.part``) in one split."""

    def shares(self) -> dict[Split, int]:
        """Percent of each split."""
        return {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}

    def check(self) -> None:
        """Raises UserError beside the field."""
        for split, share in self.shares().items():
            if not 0 <= share <= 100:
                raise UserError(_("Enter a share from 0 to 100 %."), code="share_range", field=split.value)
        if self.train == 0:
            raise UserError(
                _("Some photos must be for training: enter at least 1 %."), code="share_range", field="train"
            )
        if (total := sum(self.shares().values())) != 100:
            raise UserError(
                _("The three shares must give 100 %%; they give %(n)s %%.", n=total),
                code="share_sum",
                field="train",
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise UserError(
                _("Enter a whole number from 0 to %(n)s.", n=MAX_SEED), code="seed_range", field="seed"
            )


class DividedImage(NamedTuple):
    """What the division reads of a photo."""

    id: int
    split: Split
    labelled: bool
    category_ids: list[int]
    part: str | None


def photos_of(model: DetectionModel) -> list[DividedImage]:
    """All photos of the model in order of id; read without type conversion, 100,000 in half a second."""
    columns: list[Any] = [literal_column(f"image.{name}") for name in DividedImage._fields]
    splits = {split.value: split for split in Split}
    rows = db.session.execute(
        select(*columns).select_from(Image).where(Image.model_id == model.id).order_by(Image.id)
    )
    return [DividedImage(row[0], splits[row[1]], *row[2:]) for row in rows]


def is_meant(row: DividedImage, request: SplitRequest) -> bool:
    """Whether the photo is divided."""
    if request.scope == Scope.TRAIN and row.split != Split.TRAIN:
        return False
    return row.labelled or request.unlabelled


def groups_of(
    model: DetectionModel, request: SplitRequest, chosen: set[int], rows: dict[int, DividedImage]
) -> list[list[int]]:
    """Photos that stay together, also outside the scope; each group has at least one inside."""
    pairs: list[tuple[int, int]] = []
    if request.together:
        found = db.session.execute(
            select(NearDuplicate.first_id, NearDuplicate.second_id).where(
                NearDuplicate.model_id == model.id, ~NearDuplicate.kept_apart, ~NearDuplicate.off
            )
        )
        pairs += [(first, second) for first, second in found if first in rows and second in rows]
    if request.by_part:
        of_part: dict[str, int] = {}
        for row in rows.values():
            if row.part is not None:
                # A chain through each part.
                pairs.append((of_part.get(row.part, row.id), row.id))
                of_part[row.part] = row.id
    return [group for group in groups_of_pairs(pairs) if not chosen.isdisjoint(group)]


def labels_of(photos: list[DividedImage]) -> dict[int, int]:
    """Number of these photos by category."""
    if len(photos) == 1:
        return dict.fromkeys(_labels_of(photos[0]), 1)
    return Counter(label for photo in photos for label in _labels_of(photo))


def _labels_of(photo: DividedImage) -> list[int]:
    return photo.category_ids or [_NOTHING if photo.labelled else _UNLABELLED]
