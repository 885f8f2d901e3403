"""Predicts a single photo of a line machine: detections and verdict."""

from dataclasses import dataclass, field
from typing import Any

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.images.value_range import ValueRange
from webapp.images import faults
from webapp.images.values import ranges, remarks
from webapp.line import predictor_client
from webapp.line.predictor_client import PredictAnswer
from webapp.models import DetectionModel, Weights
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds


@dataclass(frozen=True)
class LineResult:
    """The answer to one photo."""

    weights: Weights
    answer: PredictAnswer
    thresholds: Thresholds
    """With which the detections were left out and judged."""
    verdict: str | None
    """``OK`` or ``NG``; None while the model has no rules."""
    reasons: list[str]
    """The broken rules, as sentences."""
    value_range: ValueRange | None = None
    """Of the model when it was asked, for a photo with more than 8 bits."""
    remarks: list[str] = field(default_factory=list)
    """What is to be known of the photo (transparency laid over white, values beyond that range), as sentences."""

    @property
    def thresholds_by_category(self) -> dict[str, float]:
        """Of every category of the weights."""
        return {name: self.thresholds.of(name) for name in self.weights.categories}


def predict(
    model: DetectionModel,
    photo: bytes,
    weights_id: int | None = None,
    score_threshold: float | None = None,
) -> LineResult:
    """Predict one photo and judge it, by ``score_threshold`` or else by the thresholds in use. Nothing is stored.

    Raises UserError: never trained (409), unknown weights or unusable photo (422), no predictor (503).
    """
    chosen = in_use.for_prediction(model, weights_id)
    shown = model.range_in_use
    thresholds = (
        weights_thresholds.in_use(model, chosen).thresholds
        if score_threshold is None
        else Thresholds(score_threshold)
    )
    answer = predictor_client.predict(chosen, photo, thresholds, model.suppression, shown)
    judgement = verdict_rules.judge(answer.detections, verdict_rules.list_rules(model), thresholds)
    return LineResult(
        chosen,
        answer,
        thresholds,
        judgement.verdict,
        [reason.sentence() for reason in judgement.reasons],
        shown,
        [faults.sentence(remark) for remark in [*answer.remarks, *_remarks(model, answer, shown)]],
    )


def _remarks(model: DetectionModel, answer: PredictAnswer, shown: ValueRange | None) -> list[dict[str, Any]]:
    if answer.measured is None:
        return []
    if ranges.observe(model, [answer.measured]):
        db.session.commit()
    return [remarks.of_values(answer.measured, shown)] if answer.measured.is_beyond(shown) else []
