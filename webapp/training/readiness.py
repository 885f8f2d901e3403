"""Counts of a model's photos and labelled photos by split."""

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Split


@dataclass(frozen=True)
class SplitReadiness:
    """Photos of one split; only the labelled ones are trained on."""

    split: Split
    labelled: int
    total: int


def of_model(model: DetectionModel) -> list[SplitReadiness]:
    """One entry for each split, in their order."""
    rows = db.session.execute(
        select(Image.split, Image.labelled, func.count())
        .where(Image.model_id == model.id)
        .group_by(Image.split, Image.labelled)
    )
    counts = {(split, labelled): count for split, labelled, count in rows}
    return [
        SplitReadiness(
            split,
            labelled=counts.get((split, True), 0),
            total=counts.get((split, True), 0) + counts.get((split, False), 0),
        )
        for split in Split
    ]
