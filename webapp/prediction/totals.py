"""Totals of a prediction run: photos by state and verdict, detections by category and score."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, Numeric, case, cast, func, select

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.models import Detection, ImageState, PredictedImage, PredictionRun
from webapp.models.columns import now
from webapp.prediction.detections import counts
from webapp.prediction.verdicts import queries as verdict_queries
from webapp.prediction.verdicts.rules import Rule, Verdict

BINS = 100
"""A threshold has two decimals."""
RECENT = 20
"""Number of newest photos that the speed is computed from."""


def images_by_state(run: PredictionRun) -> dict[ImageState, int]:
    """Photos in each state."""
    rows = db.session.execute(
        select(PredictedImage.state, func.count())
        .where(PredictedImage.run_id == run.id)
        .group_by(PredictedImage.state)
    )
    return dict.fromkeys(ImageState, 0) | {state: int(count) for state, count in rows}


def images_by_verdict(
    run: PredictionRun, rules: Sequence[Rule], thresholds: Thresholds
) -> dict[Verdict, int]:
    """Number of predicted photos that are OK and NG; empty without rules."""
    if not rules:
        return {}
    ng = func.count(case((verdict_queries.is_ng(rules, thresholds), 1)))
    done = PredictedImage.run_id == run.id, PredictedImage.state == ImageState.DONE
    both, bad = db.session.execute(select(func.count(), ng).where(*done)).one()
    return {Verdict.OK: both - bad, Verdict.NG: bad}


def verdicts_of(
    photo_ids: Collection[int], rules: Sequence[Rule], thresholds: Thresholds
) -> dict[int, Verdict]:
    """Verdicts of predicted photos by id; empty without rules."""
    if not rules:
        return {}
    meant = select(PredictedImage.id).where(
        PredictedImage.id.in_(photo_ids), verdict_queries.is_ng(rules, thresholds)
    )
    bad = set(db.session.scalars(meant))
    return {photo_id: Verdict.NG if photo_id in bad else Verdict.OK for photo_id in photo_ids}


def scores_by_category(run: PredictionRun) -> dict[str, list[int]]:
    """By category: how many detections have each score in hundredths, from 0 to 100.

    From these a page computes the totals at any threshold without another request.
    """
    # Numeric: as a float 0.29 * 100 is a little less than 29.
    hundredth = cast(func.floor(func.round(cast(Detection.score, Numeric) * BINS, 4)), Integer)
    rows = db.session.execute(
        select(Detection.category, hundredth, func.count())
        .join(PredictedImage)
        .where(PredictedImage.run_id == run.id)
        .group_by(Detection.category, hundredth)
    )
    scores: dict[str, list[int]] = {name: [0] * (BINS + 1) for name in run.weights.categories}
    for category, score, count in rows:
        scores.setdefault(category, [0] * (BINS + 1))[min(max(score, 0), BINS)] += count
    return scores


def totals(run: PredictionRun, thresholds: Thresholds) -> dict[str, int]:
    """Detections above the thresholds by category, the most frequent first."""
    rows = db.session.execute(
        select(Detection.category, func.count().label("count_"))
        .join(PredictedImage)
        .where(PredictedImage.run_id == run.id, counts(thresholds))
        .group_by(Detection.category)
        .order_by(func.count().desc(), Detection.category)
    )
    return {row.category: row.count_ for row in rows}


@dataclass(frozen=True)
class Speed:
    """Present speed of a run."""

    photos_a_second: float
    seconds_left: float


def speed(run: PredictionRun) -> Speed | None:
    """From the newest finished photos; None before the second, and if the run is not active."""
    finished: Sequence[datetime | None] = db.session.scalars(
        select(PredictedImage.finished_at)
        .where(PredictedImage.run_id == run.id, PredictedImage.finished_at.is_not(None))
        .order_by(PredictedImage.id.desc())
        .limit(RECENT)
    ).all()
    times = sorted(moment for moment in finished if moment is not None)
    if len(times) < 2:
        return None
    seconds = (times[-1] - times[0]).total_seconds()
    # The time since the last finished photo counts too, so that a slow photo lowers the speed.
    since = (now() - times[-1]).total_seconds()
    each = max(seconds / (len(times) - 1), 1e-3)
    each = max(each, since / len(times)) if since > each else each
    return Speed(1 / each, each * (run.total - run.done))
