"""Leaks: similar pairs with one photo in train and the other in validation or test."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.orm import aliased

from webapp.audit.recording import record, touched
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images.similar.pair_groups import groups_of_pairs
from webapp.models import AuditAction, AuditKind, DetectionModel, Image, NearDuplicate, PairReason, Split

MAX_COUNTED = 100
_BATCH = 5_000
Place = tuple[int, int, int]
"""Position of a pair in the list: (distance, first_id, second_id)."""


@dataclass(frozen=True)
class Pair:
    """Two similar photos, one of which is in train."""

    first: Image
    second: Image
    distance: int
    """Bits that differ between the two perceptual hashes, 0 to 64."""
    reasons: tuple[PairReason, ...]
    """Why they belong together, without what is switched off."""
    orientation: int
    """How one is turned to look like the other (``webapp/formats/images/orientations.py``); 0 also where unknown."""
    group: int
    """Number of photos in the group of similar photos (at least 2), which is moved together."""

    @property
    def place(self) -> Place:
        """Position for the next page."""
        return self.distance, self.first.id, self.second.id


def count(model: DetectionModel) -> int:
    """Number of leaking pairs, at most ``MAX_COUNTED``; read from a partial index."""
    found = select(NearDuplicate.first_id).where(*leaking(model)).limit(MAX_COUNTED)
    return len(db.session.scalars(found).all())


def page(
    model: DetectionModel, after: Place | None, limit: int, kept_apart: bool = False, labelled: bool = False
) -> list[Pair]:
    """The leaking pairs, the most similar first; or those marked as different. ``labelled``: of labelled photos."""
    first, second = aliased(Image), aliased(Image)
    place = (NearDuplicate.distance, NearDuplicate.first_id, NearDuplicate.second_id)
    conditions = [NearDuplicate.model_id == model.id, NearDuplicate.kept_apart]
    statement = (
        select(first, second, NearDuplicate.distance, NearDuplicate.reasons, NearDuplicate.orientation)
        .select_from(NearDuplicate)
        .join(first, first.id == NearDuplicate.first_id)
        .join(second, second.id == NearDuplicate.second_id)
        .where(*(conditions if kept_apart else leaking(model)))
        .order_by(*place)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(*place) > after)
    if labelled:
        statement = statement.where(first.labelled, second.labelled)
    rows = db.session.execute(statement).all()
    ids = {image.id for row in rows for image in row[:2]}
    size = {member: len(group) for group in groups_around(ids) for member in group}
    return [
        Pair(one, other, distance, _counting(model, reasons), orientation or 0, size.get(one.id, 2))
        for one, other, distance, reasons, orientation in rows
    ]


def _counting(model: DetectionModel, reasons: list[str]) -> tuple[PairReason, ...]:
    return tuple(reason for reason in PairReason if reason in reasons and reason not in model.groups_off)


def groups_around(ids: Iterable[int]) -> list[list[int]]:
    """The groups of similar photos (connected components of pairs) that contain these photos."""
    pairs: set[tuple[int, int]] = set()
    known: set[int] = set()
    frontier = set(ids)
    while frontier:
        batch = sorted(frontier)[:_BATCH]
        known.update(batch)
        frontier.difference_update(batch)
        for first, second in db.session.execute(
            select(NearDuplicate.first_id, NearDuplicate.second_id).where(
                ~NearDuplicate.kept_apart,
                ~NearDuplicate.off,
                or_(NearDuplicate.first_id.in_(batch), NearDuplicate.second_id.in_(batch)),
            )
        ):
            pairs.add((first, second))
            frontier.update({first, second} - known)
    return groups_of_pairs(pairs)


def move_group(model: DetectionModel, image_ids: Iterable[int], split: Split) -> image_moves.Moved:
    """Move these photos and all similar ones to one split. Commits."""
    own = set(image_ids)
    members = own.union(*groups_around(own))
    return image_moves.arrange(model, {split: sorted(members)})


def move_all(model: DetectionModel, to_training: bool) -> image_moves.Moved:
    """Move each leaking group to one split: train, or the one where most of its other photos are. Commits."""
    pairs = db.session.execute(select(NearDuplicate.first_id, NearDuplicate.second_id).where(*leaking(model)))
    plan: dict[Split, list[int]] = {}
    for group in groups_around({image_id for pair in pairs for image_id in pair}):
        plan.setdefault(Split.TRAIN if to_training else _judging_split(group), []).extend(group)
    return image_moves.arrange(model, plan)


def _judging_split(group: list[int]) -> Split:
    splits = db.session.scalars(select(Image.split).where(Image.id.in_(group), Image.split != Split.TRAIN))
    counts = Counter(splits)
    return max((Split.TEST, Split.VALIDATION), key=lambda split: counts[split])


def keep_apart(model: DetectionModel, first_id: int, second_id: int, apart: bool) -> None:
    """Mark a pair as different things, or remove the mark. Raises UserError (404). Commits."""
    low, high = sorted((first_id, second_id))
    found = db.session.execute(
        update(NearDuplicate)
        .where(
            NearDuplicate.model_id == model.id,
            NearDuplicate.first_id == low,
            NearDuplicate.second_id == high,
        )
        .values(kept_apart=apart)
        .returning(NearDuplicate.first_id)
        .execution_options(synchronize_session=False)
    ).first()
    if found is not None:
        pair, after = [low, high], {"kept_apart": apart}
        touched(pair)
        record(AuditAction.EDIT, kind=AuditKind.IMAGE, model_id=model.id, after=after)
    db.session.commit()
    if found is None:
        raise UserError(
            _("These photos are no pair any more: one of them may have been deleted."),
            code="not_found",
            status=404,
        )


def leaking(model: DetectionModel) -> list[Any]:
    """Conditions on the pairs that count and have one photo in train alone."""
    return [
        NearDuplicate.model_id == model.id,
        NearDuplicate.leaks,
        ~NearDuplicate.kept_apart,
        ~NearDuplicate.off,
    ]
