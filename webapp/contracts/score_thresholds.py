"""Score thresholds of detections: one for all categories, and optional ones for single categories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT = 0.5
STEPS = 100
"""A test is judged at the thresholds from 0 to 1 in steps of a hundredth."""


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
