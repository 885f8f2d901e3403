"""One photo of a machine on the line: what was found and the verdict, at once."""

from dataclasses import dataclass

from webapp.models import DetectionModel, Weights
from webapp.services import verdict_rules, warm_predictor, weights
from webapp.services.score_thresholds import Thresholds
from webapp.services.verdict_rules import MeasuredDetection
from webapp.services.warm_predictor import PhotoAnswer


@dataclass(frozen=True)
class LineResult:
    """The answer to one photo."""

    weights: Weights
    answer: PhotoAnswer
    verdict: str | None
    """``OK`` or ``NG``; None while the model has no rules."""
    reasons: list[str]
    """The broken rules, as sentences."""


def look(
    model: DetectionModel,
    photo: bytes,
    weights_id: int | None = None,
    score_threshold: float | None = None,
) -> LineResult:
    """Raises UserError: never trained (409), unknown weights or unusable photo (422), no predictor (503)."""
    chosen = weights.for_prediction(model, weights_id)
    answer = warm_predictor.predict(chosen, photo, score_threshold)
    measured = [
        MeasuredDetection.of_mask(found.category, found.score, found.area, found.segmentation)
        for found in answer.detections
    ]
    # What lies below the threshold was left out already.
    judgement = verdict_rules.judge(measured, verdict_rules.list_rules(model), Thresholds(overall=0))
    return LineResult(chosen, answer, judgement.verdict, [reason.sentence() for reason in judgement.reasons])
