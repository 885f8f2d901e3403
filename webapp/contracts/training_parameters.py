"""The parameters of a training run: names, defaults and ranges in one place.

The form, the REST API and the job all read this model, so a parameter is added here, with its words in
``webapp/training/parameter_words.py``, and nowhere else. ``training_defaults.py`` chooses those that
depend on the photos and their labels.
"""

import math
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.contracts import score_thresholds

FEWEST_FOLDS, MOST_FOLDS = 2, 20
LONG_SIDE_RATIO = 1333 / 800
"""The long side is at most this times the short side, as in Detectron2's model zoo."""


class Architecture(StrEnum):
    """The Mask R-CNN variants that can be trained."""

    EFFICIENTNET_LITE0_FPN = "efficientnet_lite0_fpn"
    R50_FPN = "r50_fpn"


class Schedule(StrEnum):
    """The learning rate after the warm-up."""

    STEP = "step"
    """A tenth after three quarters of the iterations."""
    COSINE = "cosine"
    CONSTANT = "constant"


class Optimizer(StrEnum):
    """The optimizer of torch that is used."""

    SGD = "sgd"
    ADAMW = "adamw"


class FinalWeights(StrEnum):
    """Which weights are tested at the end and used by predictions by default."""

    LAST = "last"
    BEST = "best"
    """Those with the highest AP on the validation photos; of equal ones, with the lowest loss."""


class TrainingParameters(BaseModel):
    """What a training run is started with. Raises ``pydantic.ValidationError`` on a value out of its range."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Architecture = Architecture.EFFICIENTNET_LITE0_FPN
    time_budget_minutes: float = Field(default=0, ge=0, le=10_000)
    """From the start to the last iteration: as many iterations as it allows. 0: ``iterations`` or ``epochs`` count."""
    iterations: int = Field(default=250, ge=1, le=1_000_000)
    epochs: int = Field(default=0, ge=0, le=10_000)
    """Passes over the training photos; 0: ``iterations`` counts."""
    batch_size: int = Field(default=2, ge=1, le=64)
    learning_rate: float = Field(default=0.005, gt=0, le=1)
    schedule: Schedule = Schedule.STEP
    warmup_iterations: int = Field(default=20, ge=0, le=100_000)
    optimizer: Optimizer = Optimizer.SGD
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=0.0001, ge=0, le=1)
    frozen_stages: int = Field(default=0, ge=0, le=5)
    """Stage n ends where features are 2 to the power of n times smaller than the photo."""
    image_size: int = Field(default=320, ge=64, le=2048)
    window_size: int = Field(default=0, ge=0, le=2048)
    """Side in px, at the scale of ``image_size``, of the part of a photo that one training step sees; 0: all of it."""
    anchor_size: int = Field(default=32, ge=4, le=128)
    """Side of the smallest anchor, px of the network's input; the others are twice as large each."""
    scale_jitter: float = Field(default=0, ge=0, le=90)
    horizontal_flip: bool = True
    vertical_flip: bool = False
    rotation: float = Field(default=0, ge=0, le=180)
    crop: float = Field(default=0, ge=0, le=90)
    brightness: float = Field(default=0, ge=0, le=90)
    contrast: float = Field(default=0, ge=0, le=90)
    blur: float = Field(default=0, ge=0, le=10)
    copy_paste: float = Field(default=0, ge=0, le=100)
    """Percent of the training photos onto which objects of another one are put."""
    validation_period: int = Field(default=50, ge=1, le=100_000)
    early_stopping: int = Field(default=0, ge=0, le=1000)
    """Patience: full validations in a row without a better result before the run stops; 0: never."""
    checkpoint_period: int = Field(default=100, ge=1, le=100_000)
    final_weights: FinalWeights = FinalWeights.LAST
    score_threshold: float = Field(default=score_thresholds.DEFAULT, ge=0, le=1)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    mixed_precision: bool = False
    data_workers: int = Field(default=1, ge=0, le=16)
    folds: int = Field(default=0, ge=0, le=MOST_FOLDS)
    """Cross-validation: so many folds judge in turn, then all photos are trained on; 0: the test photos judge.

    Time and iterations: see ``trainings``."""

    def iterations_for(self, training_photos: int) -> int:
        """How many iterations the run takes; 0: its time budget fixes them."""
        if self.time_budget_minutes:
            return 0
        if not self.epochs:
            return self.iterations
        return max(1, math.ceil(self.epochs * training_photos / self.batch_size))

    @property
    def trainings(self) -> int:
        """How many trainings the run consists of: one for each fold, and one on all photos.

        They share its time equally, and take equally many iterations: ``iterations`` is the number of each.
        """
        return self.folds + 1

    @staticmethod
    def explicit(changes: dict[str, Any]) -> dict[str, Any]:
        """The changes that somebody asks for; a number of iterations or epochs among them wins over any time."""
        if "iterations" in changes or changes.get("epochs"):
            return changes | {"time_budget_minutes": 0}
        return changes

    def scale_of(self, width: int, height: int) -> float:
        """How many pixels of the network's input a pixel of such a photo becomes."""
        return min(
            self.image_size / min(width, height), self.image_size * LONG_SIDE_RATIO / max(width, height)
        )


QUICK_MINUTES, STANDARD_MINUTES, THOROUGH_MINUTES = 2, 10, 60

EFFICIENTNET_LITE0_FPN_DEFAULTS: dict[str, Any] = {
    "time_budget_minutes": STANDARD_MINUTES,
    "optimizer": Optimizer.ADAMW,
    "learning_rate": 0.0003,
    "schedule": Schedule.COSINE,
    "validation_period": 100,
}
"""Where a CPU trains: docs/decisions/0089-defaults-from-the-data.md."""

R50_FPN_DEFAULTS: dict[str, Any] = {
    "architecture": Architecture.R50_FPN,
    "time_budget_minutes": STANDARD_MINUTES,
    "learning_rate": 0.005,
    "warmup_iterations": 100,
    "image_size": 1024,
    "window_size": 1024,
    "scale_jitter": 90,
    "copy_paste": 50,
    "frozen_stages": 2,
    "validation_period": 100,
    "mixed_precision": True,
    "data_workers": 2,
}
"""Where a GPU trains ``r50_fpn``: large-scale jitter and copy-paste (docs/decisions/0170-copy-paste.md)."""


def architecture_defaults(architecture: Architecture) -> TrainingParameters:
    """The defaults of an architecture; ``training_defaults.py`` adapts them to the data."""
    chosen = {
        Architecture.EFFICIENTNET_LITE0_FPN: EFFICIENTNET_LITE0_FPN_DEFAULTS,
        Architecture.R50_FPN: R50_FPN_DEFAULTS,
    }
    return TrainingParameters(**chosen[architecture])
