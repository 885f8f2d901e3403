"""The range of values in which a model's photos with more than 8 bits are seen, trained on and predicted.

What a file says of itself counts first, then what a person set for the model, then what the model's first photos
suggest. The last is widened while photos with higher values come, until a training or a prediction has used it: from
then on a photo beyond it is reported.
"""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.images.value_range import BIT_DEPTHS, MeasuredValues, ValueRange, widened
from webapp.models import AuditAction, DetectionModel, Image, ImageFile, PredictionRun, TrainingRun, Weights

HIGHEST = 1e12
"""Limit of a range's numbers."""
SHOWN_PHOTOS = 3
"""Photos of a preview."""


def observe(model: DetectionModel, seen: Iterable[MeasuredValues | None]) -> bool:
    """Propose or widen the model's range by these photos; whether it changed. The caller commits."""
    photos = [measured for measured in seen if measured is not None]
    if not photos or proposed_with(model, photos) == ValueRange.of(model.proposed_range):
        return False
    # Two requests that add photos at the same time must not undo each other's range.
    db.session.execute(
        select(DetectionModel.id).where(DetectionModel.id == model.id).with_for_update(key_share=True)
    )
    db.session.refresh(model, ["proposed_range"])
    proposal = proposed_with(model, photos)
    model.proposed_range = proposal.numbers if proposal else None
    return True


def proposed_with(model: DetectionModel, seen: Iterable[MeasuredValues | None]) -> ValueRange | None:
    """The model's proposed range once it has these photos too."""
    before = proposal = ValueRange.of(model.proposed_range)
    for measured in seen:
        if measured is not None and measured.stated is None:
            proposal = widened(proposal, measured)
    return before if before is not None and proposal != before and _is_used(model) else proposal


def range_with(model: DetectionModel, seen: Iterable[MeasuredValues | None]) -> ValueRange | None:
    """The range in use of the model once it has these photos too."""
    return model.chosen_range or proposed_with(model, seen)


def _is_used(model: DetectionModel) -> bool:
    runs = (TrainingRun, PredictionRun)
    used = [
        select(run.id).where(run.model_id == model.id, run.value_range.is_not(None)).exists() for run in runs
    ]
    return bool(db.session.scalar(select(used[0] | used[1])))


def set_range(model: DetectionModel, depth: int | None, numbers: list[float] | None) -> None:
    """Set the range as one of BIT_DEPTHS or as ``[low, high]``; None in both: that of the first photos. Commits.

    Raises UserError as ``check_range``.
    """
    check_range(depth, numbers)
    model.bit_depth, model.value_range = depth, numbers
    record(AuditAction.EDIT, model)
    db.session.commit()


def check_range(depth: int | None, numbers: list[float] | None) -> None:
    """Raises UserError (422) where these are no range."""
    if depth is not None and numbers is not None:
        raise UserError(
            _("Choose a bit depth or two numbers, not both."), code="range_invalid", field="value_range"
        )
    if depth is not None and depth not in BIT_DEPTHS:
        raise UserError(
            _("The bit depth is one of %(depths)s.", depths=", ".join(map(str, BIT_DEPTHS))),
            code="range_invalid",
            field="bit_depth",
        )
    # The comparison also refuses NaN.
    if numbers is not None and not (len(numbers) == 2 and -HIGHEST <= numbers[0] < numbers[1] <= HIGHEST):
        raise UserError(
            _("Give two numbers: the value that is black, and a higher one that is white."),
            code="range_invalid",
            field="value_range",
        )


def deep_images(model: DetectionModel, limit: int = SHOWN_PHOTOS) -> list[Image]:
    """Photos with more than 8 bits whose file does not say its range: the brightest, and the first ones."""
    deep = (
        select(Image)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(
            Image.model_id == model.id, ImageFile.lowest_value.is_not(None), ImageFile.stated_range.is_(None)
        )
    )
    brightest = db.session.scalar(deep.order_by(ImageFile.highest_value.desc(), Image.id).limit(1))
    if brightest is None:
        return []
    others = deep.where(Image.id != brightest.id).order_by(Image.id).limit(limit - 1)
    return [brightest, *db.session.scalars(others)]


def beyond(setting: ValueRange | None) -> ColumnElement[bool]:
    """``MeasuredValues.is_beyond`` as a condition on ImageFile."""
    low = func.coalesce(ImageFile.stated_range[1], setting.low if setting else None)
    high = func.coalesce(ImageFile.stated_range[2], setting.high if setting else None)
    return or_(ImageFile.lowest_value < low, ImageFile.highest_value > high)


def is_known(file: ImageFile, shown: ValueRange) -> bool:
    """Whether a model sees this photo in this range, or the photo by itself has it."""
    measured = file.measured
    if measured is None or shown == measured.own_range:
        return True
    models = db.session.scalars(
        select(DetectionModel)
        .join(Image, Image.model_id == DetectionModel.id)
        .where(Image.sha256 == file.sha256)
    )
    return any(measured.range_with(model.range_in_use) == shown for model in models)


def trained_with(model: DetectionModel) -> ValueRange | None:
    """The range of the training of the weights in use; None where it had no photo that needs one."""
    numbers = db.session.scalar(
        select(TrainingRun.value_range)
        .join(Weights, Weights.run_id == TrainingRun.id)
        .where(Weights.id == model.weights_in_use_id)
    )
    return ValueRange.of(numbers)
