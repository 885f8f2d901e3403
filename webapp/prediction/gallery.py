"""The photos of a prediction run in pages, as a filter asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select

from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.score_thresholds import Thresholds
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.values import ranges, remarks
from webapp.models import Detection, ImageFile, ImageState, PredictedImage, PredictionRun
from webapp.prediction.detections import counts
from webapp.prediction.verdicts import queries as verdict_queries
from webapp.prediction.verdicts.rules import Rule, Verdict

SMALL_SIDE = 800
"""Side in px of a picture in the gallery: a card of 400 px on a display of double density."""


@dataclass(frozen=True)
class ResultFilter:
    """A filter: photos that match all parts. A part that is None matches every photo."""

    category: str | None = None
    """Photos with at least one detection of this category above its threshold."""
    lowest_score: float | None = None
    highest_score: float | None = None
    """With ``lowest_score``: photos with a detection between the two (doubtful ones)."""
    verdict: Verdict | None = None

    def conditions(self, rules: Sequence[Rule], thresholds: Thresholds) -> list[Any]:
        """The filter as conditions on ``PredictedImage``."""
        conditions: list[Any] = [PredictedImage.state == ImageState.DONE]
        meant = []
        if self.category is not None:
            meant.append(Detection.category == self.category)
        if self.lowest_score is not None:
            meant.append(Detection.score >= self.lowest_score)
        if self.highest_score is not None:
            meant.append(Detection.score <= self.highest_score)
        if meant:
            counted = and_(Detection.photo_id == PredictedImage.id, counts(thresholds), *meant)
            conditions.append(select(Detection.id).where(counted).exists())
        if self.verdict is not None and rules:
            judged = verdict_queries.is_ng if self.verdict == Verdict.NG else verdict_queries.is_ok
            conditions.append(judged(rules, thresholds))
        return conditions


@dataclass(frozen=True)
class ResultPage:
    """Photos in the order of the run; ids for the pages around, None at the ends."""

    photos: list[PredictedImage]
    before: int | None
    after: int | None


def page(
    run: PredictionRun,
    conditions: Iterable[Any],
    size: int,
    after: int | None = None,
    before: int | None = None,
) -> ResultPage:
    """The photos after ``after`` or before ``before``; the first page if neither is given."""
    statement = select(PredictedImage).where(PredictedImage.run_id == run.id, *conditions)
    if before is not None:
        newest_first = statement.where(PredictedImage.id < before).order_by(PredictedImage.id.desc())
        found = list(db.session.scalars(newest_first.limit(size + 1)))
        more, shown = len(found) > size, found[:size][::-1]
        if shown:
            return ResultPage(shown, shown[0].id if more else None, shown[-1].id)
    statement = statement.where(PredictedImage.id > (after or 0)).order_by(PredictedImage.id)
    found = list(db.session.scalars(statement.limit(size + 1)))
    shown = found[:size]
    return ResultPage(
        shown, shown[0].id if shown and after else None, shown[-1].id if len(found) > size else None
    )


def newest(run: PredictionRun, count: int) -> list[PredictedImage]:
    """The photos that were predicted last, the newest first."""
    done = PredictedImage.run_id == run.id, PredictedImage.state == ImageState.DONE
    return list(
        db.session.scalars(
            select(PredictedImage).where(*done).order_by(PredictedImage.id.desc()).limit(count)
        )
    )


def photo_remarks(run: PredictionRun, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """File name and remark (a document of ``webapp.images.faults``) in the run's order: how each photo was read, and
    values beyond the run's range.
    """
    setting = run.range_in_use
    rows = db.session.execute(
        select(PredictedImage.filename, ImageFile)
        .join(ImageFile, ImageFile.sha256 == PredictedImage.sha256)
        .where(
            PredictedImage.run_id == run.id,
            or_(func.jsonb_array_length(ImageFile.remarks) > 0, ranges.beyond(setting)),
        )
        .order_by(PredictedImage.id)
        .limit(limit)
    )
    return [
        (name, remark) for name, file in rows for remark in [*file.remarks, *remarks.beyond(file, setting)]
    ]


def stored_file(photo: PredictedImage) -> ImageFile:
    """Raises UserError (404) if it could not be read."""
    if photo.file is None:
        raise UserError(_("This photo could not be read."), code="not_found", status=404)
    return photo.file


def small_photo(run: PredictionRun, photo: PredictedImage) -> Path:
    """The photo at the size of a card, made once. Raises UserError as ``stored_file``, or where it is damaged."""
    small = storage.result_picture_path(photo.run_id, photo.id).with_suffix(".webp")
    if not small.is_file():
        data = image_intake.reduced_copy(stored_file(photo), SMALL_SIDE, run.range_in_use)
        with atomic_path(small) as temporary:
            temporary.write_bytes(data)
    return small
