"""Score thresholds of detections: one for all categories, and optional ones for single categories."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT = 0.5
STEPS = 100
"""A test is judged at the thresholds from 0 to 1 in steps of a hundredth."""


class ThresholdSource(StrEnum):
    """Where the thresholds come from that are used without being asked for."""

    MODEL = "model"
    """A person set at least one of them in the settings of the model."""
    TRAINING = "training"
    """A person set it for the training of the weights."""
    ADVISED = "advised"
    """What the validation photos advise, or those of all folds; kept with the weights."""
    DEFAULT = "default"
    """``DEFAULT``, as the weights carry none."""


def step_of(threshold: float) -> int:
    """Index of the nearest of the thresholds at which a test is judged."""
    return round(min(max(threshold, 0.0), 1.0) * STEPS)


@dataclass(frozen=True)
class Thresholds:
    """Scores from 0 to 1."""

    overall: float = DEFAULT
    by_category: Mapping[str, float] = field(default_factory=dict)
    """Only categories with a separate threshold."""

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, Any]) -> "Thresholds":
        """Those that a prediction run was started with."""
        return cls(float(parameters["score_threshold"]), parameters.get("category_thresholds") or {})

    @classmethod
    def of_categories(cls, by_category: Mapping[str, float]) -> "Thresholds":
        """The most frequent one (of equally frequent ones the lowest) for all, the others for their categories."""
        if not by_category:
            return cls()
        counted = Counter(by_category.values())
        overall = min(counted, key=lambda threshold: (-counted[threshold], threshold))
        return cls(overall, {name: each for name, each in by_category.items() if each != overall})

    def of(self, category: str) -> float:
        """The threshold of a category."""
        return self.by_category.get(category, self.overall)

    def passes(self, category: str, score: float) -> bool:
        """Whether a detection reaches its threshold."""
        return score >= self.of(category)

    @property
    def lowest(self) -> float:
        """The lowest of all thresholds."""
        return min([self.overall, *self.by_category.values()])
