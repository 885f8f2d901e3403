"""The parameters of a training run: names, defaults, ranges and units in one place.

The form, the REST API and the job all read this model, so a parameter is added here and nowhere else.
The defaults of ``efficientnet_lite0_fpn`` are those that learn ``fruits_nuts`` on a CPU in minutes
(docs/decisions/0008-default-architecture.md).
"""

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field


class Architecture(StrEnum):
    """The Mask R-CNN variants that can be trained."""

    EFFICIENTNET_LITE0_FPN = "efficientnet_lite0_fpn"
    R50_FPN = "r50_fpn"


class TrainingParameters(BaseModel):
    """What a training run is started with. Raises ``pydantic.ValidationError`` on a value out of its range."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Architecture = Architecture.EFFICIENTNET_LITE0_FPN
    iterations: int = Field(default=250, ge=1, le=1_000_000)
    batch_size: int = Field(default=2, ge=1, le=64)
    learning_rate: float = Field(default=0.005, gt=0, le=1)
    warmup_iterations: int = Field(default=50, ge=0, le=100_000)
    image_size: int = Field(default=320, ge=64, le=2048)
    horizontal_flip: bool = True
    checkpoint_period: int = Field(default=100, ge=1, le=100_000)
    score_threshold: float = Field(default=0.5, ge=0, le=1)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    mixed_precision: bool = False


R50_FPN_DEFAULTS: dict[str, Any] = {
    "architecture": Architecture.R50_FPN,
    "iterations": 1000,
    "learning_rate": 0.005,
    "warmup_iterations": 100,
    "image_size": 800,
    "mixed_precision": True,
}
"""Where a GPU trains ``r50_fpn``: 800 px short side as in Detectron2's ``mask_rcnn_R_50_FPN_3x``."""

UNITS = {
    "iterations": _l("iterations"),
    "batch_size": _l("photos"),
    "warmup_iterations": _l("iterations"),
    "image_size": _l("px, short side"),
    "checkpoint_period": _l("iterations"),
}

LABELS = {
    "architecture": _l("Architecture"),
    "iterations": _l("Iterations"),
    "batch_size": _l("Batch size"),
    "learning_rate": _l("Learning rate"),
    "warmup_iterations": _l("Warm-up"),
    "image_size": _l("Image size"),
    "horizontal_flip": _l("Mirror photos"),
    "checkpoint_period": _l("Save every"),
    "score_threshold": _l("Score threshold"),
    "seed": _l("Random seed"),
    "mixed_precision": _l("Mixed precision"),
}

HELP = {
    "architecture": _l("The network that is trained; the small one is right for a machine without a GPU."),
    "iterations": _l("How many batches the model sees; more takes longer and usually learns more."),
    "batch_size": _l("Photos seen in one iteration; more needs more memory."),
    "learning_rate": _l("How large each learning step is; lower it when the loss turns into NaN."),
    "warmup_iterations": _l("Iterations during which the learning rate rises from almost zero."),
    "image_size": _l("Photos are scaled to this short side; larger finds smaller things and takes longer."),
    "horizontal_flip": _l("Half of the photos are mirrored left to right while training."),
    "checkpoint_period": _l("After how many iterations the weights are saved on the way."),
    "score_threshold": _l("Detections below this score are left out of predictions made with these weights."),
    "seed": _l("The same seed, photos and parameters give the same losses on a CPU."),
    "mixed_precision": _l("Faster and smaller on a GPU; has no effect on a CPU."),
}


def default_parameters(has_gpu: bool) -> TrainingParameters:
    """The product's own defaults for this kind of machine."""
    return TrainingParameters(**R50_FPN_DEFAULTS) if has_gpu else TrainingParameters()


def describe(parameters: TrainingParameters) -> list[dict[str, Any]]:
    """One entry a parameter: name, value, type, default range and unit, for the form and the API."""
    described = []
    schema = TrainingParameters.model_json_schema()
    for name in TrainingParameters.model_fields:
        prop = schema["properties"][name]
        if "allOf" in prop or "$ref" in prop:
            prop = {**prop, **schema["$defs"]["Architecture"]}
        described.append(
            {
                "name": name,
                "label": str(LABELS[name]),
                "help": str(HELP[name]),
                "unit": str(UNITS[name]) if name in UNITS else None,
                "type": prop["type"],
                "default": getattr(parameters, name),
                "minimum": prop.get("minimum", prop.get("exclusiveMinimum")),
                "maximum": prop.get("maximum", prop.get("exclusiveMaximum")),
                "choices": prop.get("enum"),
            }
        )
    return described


def allowed(field: dict[str, Any]) -> str:
    """What may be entered for an entry of ``describe``, as a sentence."""
    if field["choices"]:
        return _("Choose one of the list.")
    if field["type"] == "integer":
        return _(
            "Enter a whole number from %(low)s to %(high)s.", low=field["minimum"], high=field["maximum"]
        )
    return _("Enter a number between %(low)s and %(high)s.", low=field["minimum"], high=field["maximum"])
