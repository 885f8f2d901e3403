"""Predicts a single photo of a line machine: detections and verdict."""

from dataclasses import dataclass, field

from webapp.contracts.score_thresholds import Thresholds
from webapp.images import faults
from webapp.line import predictor_client
from webapp.line.predictor_client import PredictAnswer
from webapp.models import DetectionModel, Weights
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.training.weights import files as weights_files


@dataclass(frozen=True)
class LineResult:
    """The answer to one photo."""

    weights: Weights
    answer: PredictAnswer
    verdict: str | None
    """``OK`` or ``NG``; None while the model has no rules."""
    reasons: list[str]
    """The broken rules, as sentences."""
    remarks: list[str] = field(default_factory=list)
    """How the photo was read, such as transparency laid over white, as sentences."""


def predict(
    model: DetectionModel,
    photo: bytes,
    weights_id: int | None = None,
    score_threshold: float | None = None,
) -> LineResult:
    """Predict one photo and judge it.

    Raises UserError: never trained (409), unknown weights or unusable photo (422), no predictor (503).
    """
    chosen = weights_files.for_prediction(model, weights_id)
    answer = predictor_client.predict(chosen, photo, score_threshold)
    # What lies below the threshold was left out already.
    judgement = verdict_rules.judge(answer.detections, verdict_rules.list_rules(model), Thresholds(overall=0))
    return LineResult(
        chosen,
        answer,
        judgement.verdict,
        [reason.sentence() for reason in judgement.reasons],
        [faults.sentence(remark) for remark in answer.remarks],
    )
