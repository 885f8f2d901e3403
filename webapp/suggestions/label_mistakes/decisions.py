"""What a person says of a label that looks wrong: kept as it is, or corrected as the networks found it."""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import delete

from webapp.annotations import restore, store
from webapp.annotations.queries import annotations_of
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.masks.rle import decode_part, rectangle
from webapp.formats.masks.simplified import outlines_of
from webapp.models import (
    Annotation,
    AuditAction,
    DetectionModel,
    Image,
    KeptLabel,
    LabelMistake,
    LabelSource,
    RankedImage,
    User,
)
from webapp.suggestions.label_mistakes import fingerprints, review_queue

TOLERANCE = 1.0
"""Pixels between the outline of a corrected label and the mask that was found."""


def keep(mistake: LabelMistake, user: User | None) -> KeptLabel:
    """The labels are right as they are: they are not asked about again until they change. Commits."""
    [one] = review_queue.shown([mistake]) or [_gone()]
    store.lock([one.image.id])
    kept = KeptLabel(
        model_id=one.image.model_id,
        image_id=one.image.id,
        kind=mistake.kind,
        fingerprint=fingerprints.fingerprint(one.labels) if one.labels else None,
        place=None if one.labels else one.found[0].segmentation,
        user_id=user.id if user else None,
    )
    db.session.add(kept)
    after = {"kept": mistake.kind, "version": mistake.photo.version}
    record(AuditAction.REVIEW, one.image, before={}, after=after)
    db.session.execute(delete(LabelMistake).where(LabelMistake.id == mistake.id))
    db.session.commit()
    return kept


def take_back(model: DetectionModel, kept_id: int) -> Image:
    """What was kept may be asked about again. Commits; returns the photo. Raises UserError (404)."""
    kept = db.session.get(KeptLabel, kept_id)
    image = db.session.get(Image, kept.image_id) if kept is not None and kept.model_id == model.id else None
    if kept is None or image is None:
        raise UserError(_("There is nothing to take back."), code="undo_gone", status=404)
    record(AuditAction.REVIEW, image, before={"kept": kept.kind}, after={"kept": None})
    db.session.delete(kept)
    # Ranked again, it is found again.
    db.session.execute(delete(RankedImage).where(RankedImage.image_id == image.id))
    db.session.commit()
    return image


def accept(mistake: LabelMistake, user: User | None) -> Image:
    """Correct the labels as an edit like any other: its version is checked, history and audit have it. Commits.

    Raises UserError: 412 where somebody saved the labels in between.
    """
    [one] = review_queue.shown([mistake]) or [_gone()]
    version = mistake.photo.version
    shapes = corrected(one, annotations_of(one.image))
    store.keep(one.image, shapes, not shapes, version, source=LabelSource.CORRECTION, user=user)
    return one.image


def undo(image: Image, version: int, user: User | None) -> None:
    """Bring back the labels from before a correction. Commits. Raises UserError (409): they changed since."""
    if image.annotations_version != version + 1:
        raise UserError(
            _("The labels of this photo changed since: bring an earlier state back in its history."),
            code="undo_gone",
            status=409,
        )
    restore.restore(image, version, user)


def corrected(one: review_queue.ShownMistake, labels: Sequence[Annotation]) -> list[ParsedShape]:
    """All shapes of the photo as they should be. What the mistake does not concern stays as it came."""
    kind, wrong = one.mistake.kind, set(one.mistake.annotation_ids)
    if kind is MistakeKind.DOUBLED:
        wrong = set(one.mistake.annotation_ids[:1])
    shapes: list[ParsedShape] = []
    for label in labels:
        present = _as_is(label)
        if label.id not in wrong:
            shapes.append(present)
        elif kind is MistakeKind.WRONG_CATEGORY:
            shapes.append(replace(present, category=one.found[0].category))
        elif kind in (MistakeKind.SHIFTED, MistakeKind.MERGED):
            shapes += [_found(each, label.is_box) for each in one.found]
    if kind is MistakeKind.MISSING:
        shapes += [_found(each, is_box=False) for each in one.found]
    return shapes


def _as_is(label: Annotation) -> ParsedShape:
    return ParsedShape(
        category=label.category.name,
        segmentation=label.segmentation,
        bbox=label.bbox,
        area=label.area,
        iscrowd=label.iscrowd,
        is_box=label.is_box,
        suggested=label.suggested,
    )


def _found(found: FoundObject, is_box: bool) -> ParsedShape:
    mask, left, top = decode_part(found.segmentation)
    polygons = outlines_of(mask, TOLERANCE, (left, top)) if mask.size else []
    if is_box or not polygons:
        shape = make_shape(found.category, [rectangle(found.bbox)], is_box=True, bbox=found.bbox)
    else:
        shape = make_shape(found.category, polygons)
    shape.suggested = True
    return shape


def _gone() -> review_queue.ShownMistake:
    raise store.saved_by_someone_else()
