"""Groups of photos that belong together: read, joined and parted by hand, their sources switched on and off.

A group is a connected part of the pairs that count. What is done by hand is kept in the pairs, so it stays when photos
come or are compared again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, literal, or_, select, text, update
from sqlalchemy.orm import joinedload

from webapp.audit.recording import record, touched
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import near_duplicates
from webapp.images.similar.candidates import FoundPair
from webapp.images.similar.pair_groups import groups_of_pairs
from webapp.models import AuditAction, AuditKind, DetectionModel, Image, NearDuplicate, PairReason
from webapp.models.similar_images import ImageToCompare

SHOWN = 24
"""Photos of one group that a page shows."""
_COMPARE_ALL = text(
    "INSERT INTO photo_to_compare (image_id, model_id) "
    "SELECT id, model_id FROM image WHERE model_id = :model_id ORDER BY id"
)


@dataclass(frozen=True)
class PhotoGroup:
    """Photos that the automatic split keeps together."""

    images: list[Image]
    """The first ``SHOWN``, in order of id."""
    size: int
    reasons: list[PairReason]
    """Why, in the order of ``PairReason``."""

    @property
    def is_parted(self) -> bool:
        """Whether a photo of it is trained on and another one judges."""
        return len({image.split == "train" for image in self.images}) > 1


def counting(model: DetectionModel) -> list[ColumnElement[bool]]:
    """Conditions on the pairs of which the groups of a model consist."""
    return [NearDuplicate.model_id == model.id, ~NearDuplicate.kept_apart, ~NearDuplicate.off]


def ids_of(model: DetectionModel) -> list[list[int]]:
    """Ids of the photos of each group, each sorted; the largest group first."""
    pairs = db.session.execute(
        select(NearDuplicate.first_id, NearDuplicate.second_id).where(*counting(model))
    )
    found = groups_of_pairs((first, second) for first, second in pairs)
    return sorted(found, key=lambda group: (-len(group), group[0]))


def read(model: DetectionModel, groups: Sequence[list[int]]) -> list[PhotoGroup]:
    """These groups of ``ids_of`` with their photos and reasons."""
    shown = [image_id for group in groups for image_id in group[:SHOWN]]
    rows = db.session.scalars(select(Image).where(Image.id.in_(shown)).options(joinedload(Image.file)))
    images = {image.id: image for image in rows}
    reasons = _reasons(model, groups)
    return [
        PhotoGroup([images[one] for one in group[:SHOWN] if one in images], len(group), why)
        for group, why in zip(groups, reasons, strict=True)
    ]


def _reasons(model: DetectionModel, groups: Sequence[list[int]]) -> list[list[PairReason]]:
    number = {image_id: place for place, group in enumerate(groups) for image_id in group}
    found: list[set[str]] = [set() for _group in groups]
    rows = db.session.execute(
        select(NearDuplicate.first_id, NearDuplicate.reasons).where(
            *counting(model), NearDuplicate.first_id.in_(number)
        )
    )
    for first_id, reasons in rows:
        found[number[first_id]].update(set(reasons) - set(model.groups_off))
    return [[reason for reason in PairReason if reason.value in some] for some in found]


def counts(model: DetectionModel) -> dict[PairReason, int]:
    """Pairs of the model by reason, also of what is switched off, without those that a person parted."""
    each = func.unnest(NearDuplicate.reasons).label("reason")
    rows = db.session.execute(
        select(each, func.count())
        .where(NearDuplicate.model_id == model.id, ~NearDuplicate.kept_apart)
        .group_by(each)
    )
    return {PairReason(reason): count for reason, count in rows}


def switch(model: DetectionModel, off: Iterable[PairReason]) -> None:
    """Let all sources count but these. Photos are compared again, since sources find different pairs. Commits."""
    chosen = sorted(reason.value for reason in off)
    if chosen == model.groups_off:
        return
    model.groups_off = chosen
    record(AuditAction.EDIT, model)
    model_pairs = NearDuplicate.model_id == model.id
    db.session.execute(
        update(NearDuplicate)
        .where(model_pairs)
        .values(off=NearDuplicate.reasons.contained_by(literal(model.groups_off, NearDuplicate.reasons.type)))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(delete(ImageToCompare).where(ImageToCompare.model_id == model.id))
    db.session.execute(_COMPARE_ALL, {"model_id": model.id})
    db.session.commit()


def join(model: DetectionModel, image_ids: Sequence[int]) -> int:
    """Make one group of these photos and the groups that they are in; returns their number. Commits.

    Raises UserError (422) with fewer than two photos of the model.
    """
    ids = list(
        db.session.scalars(
            select(Image.id).where(Image.model_id == model.id, Image.id.in_(image_ids)).order_by(Image.id)
        )
    )
    if len(ids) < 2:
        raise UserError(
            _("Choose at least two photos of this model to join."), code="nothing_chosen", status=422
        )
    pairs = [FoundPair(first, second, 64, None, PairReason.HAND) for first, second in pairwise(ids)]
    near_duplicates.store_pairs(model, pairs)
    _say_apart(model, ids, apart=False)
    _record(model, ids, {"joined": len(ids)})
    return len(ids)


def part(model: DetectionModel, image_ids: Sequence[int]) -> int:
    """Take these photos out of their groups: none of their pairs counts any more; returns their number. Commits.

    Raises UserError (422) where none was chosen.
    """
    ids = list(
        db.session.scalars(select(Image.id).where(Image.model_id == model.id, Image.id.in_(image_ids)))
    )
    if not ids:
        raise UserError(
            _("Tick the photos that do not belong to their group."), code="nothing_chosen", status=422
        )
    _say_apart(model, ids, apart=True)
    _record(model, ids, {"parted": len(ids)})
    return len(ids)


def _say_apart(model: DetectionModel, ids: list[int], apart: bool) -> None:
    first, second = NearDuplicate.first_id.in_(ids), NearDuplicate.second_id.in_(ids)
    db.session.execute(
        update(NearDuplicate)
        # Parted from all others; joined only among themselves.
        .where(NearDuplicate.model_id == model.id, or_(first, second) if apart else first & second)
        .values(kept_apart=apart)
        .execution_options(synchronize_session=False)
    )


def _record(model: DetectionModel, ids: list[int], after: dict[str, int]) -> None:
    touched(ids)
    record(AuditAction.EDIT, kind=AuditKind.IMAGE, model_id=model.id, after=after)
    db.session.commit()


def ids_of_names(model: DetectionModel, names: Iterable[str]) -> list[int]:
    """Ids of the photos with these names. Raises UserError (422) that says which is not there."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    rows = db.session.execute(
        select(Image.filename, Image.id).where(Image.model_id == model.id, Image.filename.in_(wanted))
    ).all()
    found = {filename: image_id for filename, image_id in rows}
    missing = next((name for name in wanted if name not in found), None)
    if missing is not None:
        raise UserError(
            _(
                "This model has no photo named %(filename)s: write each name in a line of its own.",
                filename=missing,
            ),
            code="not_found",
            field="names",
            status=422,
        )
    return [found[name] for name in wanted]
