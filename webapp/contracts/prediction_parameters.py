"""The parameters of a prediction run: names, ranges and defaults in one place, for the form, the API and the job."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.contracts import score_thresholds
from webapp.contracts.score_thresholds import Thresholds, ThresholdSource
from webapp.contracts.suppression import Suppression

FLOOR = 0.05
"""Lowest score that is stored, so that a result can be shown with a lower threshold without predicting again."""


class Device(StrEnum):
    """Where the model computes."""

    CPU = "cpu"
    CUDA = "cuda"


class PredictionParameters(BaseModel):
    """What a prediction run is started with. Raises ``pydantic.ValidationError``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score_threshold: float = Field(default=score_thresholds.DEFAULT, ge=0, le=1, allow_inf_nan=False)
    """Detections below are left out of the result."""
    category_thresholds: dict[str, float] = Field(default={}, max_length=10_000)
    """Thresholds of categories that have one of their own."""
    threshold_source: ThresholdSource | None = None
    """Where the thresholds come from that nobody asked for; None: all of them were asked for."""
    suppression: Suppression | None = None
    """Of second detections of an object; None: they stay."""
    max_detections: int = Field(default=100, ge=1, le=1000)
    """On one photo (with tiles: on one tile), the best first."""
    image_size: int | None = Field(default=None, ge=64, le=4096)
    """Short side in px that photos or tiles are scaled to; None: that of the training."""
    tile_size: int | None = Field(default=None, ge=128, le=8192)
    """Side in px of the tiles that larger photos are divided into; None: no tiles."""
    device: Device | None = None
    """None: the GPU if there is one."""

    @property
    def thresholds(self) -> Thresholds:
        """Score thresholds by category."""
        return Thresholds(self.score_threshold, self.category_thresholds)

    @property
    def floor(self) -> float:
        """Lowest score that is stored."""
        return min(FLOOR, self.thresholds.lowest)

    def stored(self) -> dict[str, Any]:
        """For ``PredictionRun.parameters``: without values that are None (default of the weights or the machine)."""
        kept = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in kept.items() if value != {}}
