"""From which score on a detection counts: one threshold for all categories, others for some of them."""

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
    """Only the categories that have one of their own."""

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, Any]) -> "Thresholds":
        """Those that a prediction run was started with."""
        return cls(float(parameters["score_threshold"]), parameters.get("category_thresholds") or {})

    def of(self, category: str) -> float:
        """The one that holds for a category."""
        return self.by_category.get(category, self.overall)

    def passes(self, category: str, score: float) -> bool:
        """Whether a detection counts."""
        return score >= self.of(category)

    @property
    def lowest(self) -> float:
        """Below this score nothing counts."""
        return min([self.overall, *self.by_category.values()])
