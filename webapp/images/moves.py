"""Moves photos to another split. Existing dataset versions keep the earlier split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select, update

from webapp.audit.recording import record, touched
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, DetectionModel, Image, Split

BATCH = 2_000
"""Photos in one statement that moves, deletes, restores or copies them."""


@dataclass
class Moved:
    """What a move changed, for its undo."""

    came_from: dict[Split, list[int]] = field(default_factory=dict)
    """Ids of the moved photos by their earlier split."""

    @property
    def count(self) -> int:
        """Number of moved photos, without those that were already in the split."""
        return sum(map(len, self.came_from.values()))

    @property
    def ids(self) -> list[int]:
        """Of the moved photos."""
        return [image_id for ids in self.came_from.values() for image_id in ids]

    @property
    def counts(self) -> dict[str, int]:
        """Number of moved photos by their earlier split."""
        return {split.value: len(ids) for split, ids in self.came_from.items()}

    def add(self, rows: Sequence[tuple[int, Split]]) -> None:
        """Add moved photos with their earlier split."""
        for image_id, before in rows:
            self.came_from.setdefault(before, []).append(image_id)


def move(model: DetectionModel, chosen: ColumnElement[bool], split: Split) -> Moved:
    """Move the model's photos that match ``chosen`` (a condition on ``Image``) to ``split``. Commits."""
    ids = db.session.scalars(
        select(Image.id).where(Image.model_id == model.id, Image.split != split, chosen).order_by(Image.id)
    ).all()
    return arrange(model, {split: list(ids)})


def arrange(model: DetectionModel, plan: Mapping[Split, list[int]]) -> Moved:
    """Move each photo of the plan to its split, in one transaction. Commits.

    Photos of other models, or deleted in the meantime, are skipped.
    """
    moved = Moved()
    for rows in arranging(model, plan):
        moved.add(rows)
    if moved.count:
        to = {"split": list(plan)}
        record(AuditAction.EDIT, kind=AuditKind.IMAGE, model_id=model.id, before=moved.counts, after=to)
    db.session.commit()
    return moved


def arranging(model: DetectionModel, plan: Mapping[Split, list[int]]) -> Iterator[list[tuple[int, Split]]]:
    """As ``arrange`` in steps: yields the moved photos with their earlier split. The caller commits."""
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
    moved = [(image_id, came_from) for image_id, came_from in rows]
    touched(image_id for image_id, _came_from in moved)
    return moved
