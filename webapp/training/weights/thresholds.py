"""Score thresholds of weights that are used where nobody asks for others."""

from dataclasses import dataclass

from webapp.contracts import score_thresholds
from webapp.contracts.score_thresholds import Thresholds, ThresholdSource
from webapp.core.extensions import db
from webapp.models import DetectionModel, TrainingRun, Weights


@dataclass(frozen=True)
class ThresholdsInUse:
    """Thresholds of the categories of weights, and where they come from."""

    by_category: dict[str, float]
    """Of every category of the weights."""
    source: ThresholdSource

    @property
    def thresholds(self) -> Thresholds:
        """The same as detections are judged by."""
        return Thresholds.of_categories(self.by_category)


def in_use(model: DetectionModel, weights: Weights) -> ThresholdsInUse:
    """By category: what a person has set for the model, for the training, else what is advised, else 0.5."""
    base = without_settings(weights)
    chosen = {name: model.thresholds[name] for name in weights.categories if name in model.thresholds}
    if not chosen:
        return base
    return ThresholdsInUse(base.by_category | chosen, ThresholdSource.MODEL)


def without_settings(weights: Weights) -> ThresholdsInUse:
    """Those of weights alone, whatever is set for their model."""
    trained_with = _of_training(weights)
    if trained_with != score_thresholds.DEFAULT:
        return ThresholdsInUse(dict.fromkeys(weights.categories, trained_with), ThresholdSource.TRAINING)
    advised = weights.thresholds
    default = dict.fromkeys(weights.categories, score_thresholds.DEFAULT)
    if not advised:
        return ThresholdsInUse(default, ThresholdSource.DEFAULT)
    return ThresholdsInUse(default | advised, ThresholdSource.ADVISED)


def _of_training(weights: Weights) -> float:
    run = db.session.get(TrainingRun, weights.run_id) if weights.run_id is not None else None
    parameters = run.parameters if run is not None else {}
    return float(parameters.get("score_threshold", score_thresholds.DEFAULT))
