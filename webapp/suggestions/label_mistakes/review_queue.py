"""The labels that look wrong, the likeliest first, with the outlines of label and prediction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.masks.segmentation import Polygons, Segmentation
from webapp.formats.masks.shape import measure_mask
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    LabelMistake,
    OutOfFoldDetection,
    RankedImage,
    TrainingRun,
)
from webapp.suggestions.label_mistakes import ranking

LOOKS_WRONG = 0.5
"""Score from which the pages count a label among those that look wrong; the queue goes on below."""


ZOOM = 2.5
"""Side of the shown part, of the side of what it is about."""
LEAST_WINDOW = 96.0
"""Pixels: less would show squares."""
RATIO = 4 / 3


@dataclass(frozen=True)
class ShownMistake:
    """A mistake with what is drawn of it."""

    mistake: LabelMistake
    image: Image
    labels: list[Annotation]
    """As they are; of a doubled one the first can go."""
    found: list[FoundObject]
    """What networks found there; none for doubled and spurious labels."""

    @property
    def label_outlines(self) -> list[Polygons]:
        """Of each label, pixels of the photo, to be filled by the even-odd rule."""
        return [outlines_of(label) for label in self.labels]

    @property
    def window(self) -> tuple[float, float, float, float]:
        """The part of the photo around it: left, top, width, height, in pixels."""
        boxes = [label.bbox for label in self.labels] + [one.bbox for one in self.found]
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
        side = max(ZOOM * max(right - left, bottom - top), LEAST_WINDOW)
        width, height = min(side * RATIO, self.image.width), min(side, self.image.height)
        x = min(max(0.0, (left + right - width) / 2), self.image.width - width)
        y = min(max(0.0, (top + bottom - height) / 2), self.image.height - height)
        return x, y, width, height


def outlines_of(label: Annotation) -> Polygons:
    """Of a mask those around its pixels."""
    segmentation: Segmentation = label.segmentation
    if isinstance(segmentation, dict):
        return measure_mask(segmentation).outlines
    return segmentation


def counts(run: TrainingRun) -> dict[MistakeKind, int]:
    """How many wait, by kind, in the order of ``MistakeKind``."""
    rows = db.session.execute(
        _waiting(run, LabelMistake.kind, func.count()).group_by(LabelMistake.kind).order_by(None)
    )
    found = Counter({kind: count for kind, count in rows})
    return {kind: found[kind] for kind in MistakeKind if found[kind]}


def count_wrong(run: TrainingRun) -> int:
    """How many look wrong, of those about which nobody has said anything."""
    statement = _waiting(run, func.count()).where(LabelMistake.score >= LOOKS_WRONG)
    return db.session.scalar(statement.order_by(None)) or 0


def at_place(run: TrainingRun, kind: MistakeKind | None, place: int) -> LabelMistake | None:
    """The one at this place of the order, from 0; None beyond the last."""
    return db.session.scalars(_of_kind(_waiting(run, LabelMistake), kind).offset(place).limit(1)).first()


def place_of(run: TrainingRun, image_id: int) -> int:
    """Where the likeliest mistake of a photo stands in the order of all, 0 where it has none."""
    ids = list(db.session.execute(_waiting(run, LabelMistake.image_id, LabelMistake.id)))
    return next((place for place, row in enumerate(ids) if row.image_id == image_id), 0)


def page(
    run: TrainingRun, kind: MistakeKind | None, after: tuple[float, int] | None, limit: int
) -> list[LabelMistake]:
    """The next ones after this score and id."""
    statement = _of_kind(_waiting(run, LabelMistake), kind).options(joinedload(LabelMistake.photo))
    if after is not None:
        score, last_id = after
        later = and_(LabelMistake.score == score, LabelMistake.id > last_id)
        statement = statement.where(or_(LabelMistake.score < score, later))
    return list(db.session.scalars(statement.limit(limit)))


def open_mistake(model: DetectionModel, mistake_id: int) -> LabelMistake:
    """One that waits. Raises UserError (404): somebody decided it, or the photo's labels changed."""
    run = ranking.newest_run(model)
    found = None
    if run is not None:
        found = db.session.scalars(_waiting(run, LabelMistake).where(LabelMistake.id == mistake_id)).first()
    if found is None:
        raise UserError(
            _("This was decided already, or the labels of the photo changed in the meantime."),
            code="mistake_gone",
            status=404,
        )
    return found


def shown(mistakes: Sequence[LabelMistake]) -> list[ShownMistake]:
    """With photo, labels and what was found there."""
    labels = _by_id(Annotation, [number for one in mistakes for number in one.annotation_ids])
    found = _by_id(OutOfFoldDetection, [number for one in mistakes for number in one.detection_ids])
    images = _by_id(Image, [one.image_id for one in mistakes])
    return [
        ShownMistake(
            one,
            images[one.image_id],
            [labels[number] for number in one.annotation_ids],
            [FoundObject.of_row(found[number]) for number in one.detection_ids],
        )
        for one in mistakes
        # Somebody may save labels between two statements.
        if all(number in labels for number in one.annotation_ids)
    ]


def _by_id(table: Any, ids: list[int]) -> dict[int, Any]:
    return {row.id: row for row in db.session.scalars(select(table).where(table.id.in_(ids))).unique()}


def _waiting(run: TrainingRun, *columns: Any) -> Select[Any]:
    """Of photos whose labels are as they were when they were ranked, the likeliest first."""
    return (
        select(*columns)
        .select_from(LabelMistake)
        .join(
            RankedImage,
            and_(RankedImage.run_id == LabelMistake.run_id, RankedImage.image_id == LabelMistake.image_id),
        )
        .join(Image, Image.id == LabelMistake.image_id)
        .where(
            LabelMistake.run_id == run.id, RankedImage.version == Image.annotations_version, Image.labelled
        )
        .order_by(LabelMistake.score.desc(), LabelMistake.id)
    )


def _of_kind(statement: Select[Any], kind: MistakeKind | None) -> Select[Any]:
    return statement if kind is None else statement.where(LabelMistake.kind == kind)
