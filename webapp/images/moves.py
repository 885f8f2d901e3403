"""Moves photos to another split. Dataset versions that were frozen before keep the split they saw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select, update

from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Split

BATCH = 2_000
"""Photos in one statement that moves, deletes, restores or copies them."""


@dataclass
class Moved:
    """What a move changed, enough to take it back."""

    came_from: dict[Split, list[int]] = field(default_factory=dict)
    """Ids of the photos that moved, by the split they stood in."""

    @property
    def count(self) -> int:
        """Photos that moved; those that stood there already are not among them."""
        return sum(map(len, self.came_from.values()))

    def add(self, rows: Sequence[tuple[int, Split]]) -> None:
        """Photos that moved with the split they stood in."""
        for image_id, before in rows:
            self.came_from.setdefault(before, []).append(image_id)


def move(model: DetectionModel, chosen: ColumnElement[bool], split: Split) -> Moved:
    """Put the photos of the model that ``chosen`` (a condition on ``Image``) says into ``split``. Commits."""
    ids = db.session.scalars(
        select(Image.id).where(Image.model_id == model.id, Image.split != split, chosen).order_by(Image.id)
    ).all()
    return arrange(model, {split: list(ids)})


def arrange(model: DetectionModel, plan: Mapping[Split, list[int]]) -> Moved:
    """Put each photo of the plan into its split, all of them or none. Commits.

    A photo that is not of this model, or was deleted in between, is passed over.
    """
    moved = Moved()
    for rows in arranging(model, plan):
        moved.add(rows)
    db.session.commit()
    return moved


def arranging(model: DetectionModel, plan: Mapping[Split, list[int]]) -> Iterator[list[tuple[int, Split]]]:
    """The same in steps: what each moved, with the split it stood in. The caller commits, after each or once."""
    for split, ids in plan.items():
        ordered = sorted(ids)  # two people who move the same photos wait for each other in one direction
        for batch in batches(ordered, BATCH):
            yield _move_batch(model, split, batch)


def _move_batch(model: DetectionModel, split: Split, ids: list[int]) -> list[tuple[int, Split]]:
    before = (
        select(Image.id, Image.split)
        .where(Image.model_id == model.id, Image.id.in_(ids), Image.split != split)
        .order_by(Image.id)
        .with_for_update(key_share=True)
        .cte("before")
    )
    rows = db.session.execute(
        update(Image)
        .where(Image.id == before.c.id)
        .values(split=split)
        .returning(Image.id, before.c.split)
        .execution_options(synchronize_session=False)
    )
    return [(image_id, came_from) for image_id, came_from in rows]
