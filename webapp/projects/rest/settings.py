"""Settings of a model that its photos, trainings and predictions share."""

from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from webapp.annotations import reviews
from webapp.images.values import ranges
from webapp.models import DetectionModel, Role
from webapp.prediction import detection_settings
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds

blueprint = api_blueprint("settings", "Settings of a model.")
Depth = Literal[8, 10, 12, 14, 16]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Score = Annotated[float, Field(strict=True, ge=0, le=1)]
MaskIou = Annotated[float, Field(strict=True, gt=0, le=1)]
TwoNumbers = Annotated[list[Number], Field(min_length=2, max_length=2)]


class ModelSettings(BaseModel):
    """The settings of a model."""

    bit_depth: Depth | None = Field(
        description="Range of the values of photos with more than 8 bits whose file says none: 0 to 2^n - 1."
    )
    value_range: TwoNumbers | None = Field(
        description="The same as `[black, white]`. Null in both: the range that the first photos suggest."
    )
    value_range_in_use: TwoNumbers | None = Field(
        description="What follows from both; null while the model had no such photo."
    )

    suppress_mask_iou: float | None = Field(
        description="Two detections of a category whose masks overlap by more (intersection over union), or of which "
        "the smaller lies inside the other by more than 0.7, are one object: the better one stays. Null: both stay."
    )
    suppress_across_categories: bool = Field(
        description="Whether also detections of different categories are. Two whose masks overlap by more than 0.8 are "
        "in any case."
    )
    thresholds: dict[str, float] = Field(description="Score thresholds that were set, by category.")
    review_by_others: bool = Field(
        description="Whether labels are reviewed by somebody else than who made them last."
    )
    thresholds_in_use: dict[str, float] | None = Field(
        description="What counts where a call names none: those set, else those advised with the weights, else 0.5. "
        "Null before the first training."
    )

    @classmethod
    def of(cls, model: DetectionModel) -> "ModelSettings":
        """From the database."""
        shown, weights = model.range_in_use, in_use.of_model(model)
        return cls.model_validate(
            {
                "bit_depth": model.bit_depth,
                "value_range": model.value_range,
                "value_range_in_use": shown.numbers if shown else None,
                "suppress_mask_iou": model.suppress_mask_iou,
                "suppress_across_categories": model.suppress_across_categories,
                "thresholds": model.thresholds,
                "review_by_others": model.review_by_others,
                "thresholds_in_use": weights_thresholds.in_use(model, weights).by_category
                if weights
                else None,
            }
        )


class SettingsChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    bit_depth: Depth | None = Field(default=None, description="A number takes the place of `value_range`.")
    value_range: TwoNumbers | None = Field(
        default=None, description="Two numbers, the lower one first, take the place of `bit_depth`."
    )
    suppress_mask_iou: MaskIou | None = Field(
        default=None, description="Null: second detections of an object stay."
    )
    suppress_across_categories: StrictBool = False
    review_by_others: StrictBool = False
    thresholds: dict[str, Score] = Field(
        default={},
        description="In place of all that were set; a category that is not named has the advised one.",
    )


@blueprint.get("/models/<id:model_id>/settings", responses={200: ModelSettings, **problem_responses(404)})
@requires(Role.VIEWER)
def get_settings(path: ModelPath) -> Response:
    """The settings of a model."""
    return reply(ModelSettings.of(detection_models.open_model(path.model_id)))


@blueprint.patch(
    "/models/<id:model_id>/settings", responses={200: ModelSettings, **problem_responses(400, 404, 415)}
)
@requires(Role.ENGINEER)
def update_settings(path: ModelPath, body: SettingsChanges) -> Response:
    """Change what is named, all or nothing. Runs that were started keep what they were started with."""
    model = detection_models.open_model(path.model_id)
    named = body.model_fields_set
    shown = _range_of(model, body)
    ranges.check_range(*shown)
    if {"suppress_mask_iou", "suppress_across_categories", "thresholds"} & named:
        detection_settings.save(
            model,
            body.suppress_mask_iou if "suppress_mask_iou" in named else model.suppress_mask_iou,
            body.suppress_across_categories
            if "suppress_across_categories" in named
            else model.suppress_across_categories,
            body.thresholds if "thresholds" in named else model.thresholds,
        )
    if "review_by_others" in named:
        reviews.set_by_others(model, body.review_by_others)
    if {"bit_depth", "value_range"} & named:
        ranges.set_range(model, *shown)
    return reply(ModelSettings.of(model))


def _range_of(model: DetectionModel, body: SettingsChanges) -> tuple[int | None, list[float] | None]:
    """The two fields are two ways to say one thing: a value in one empties the other."""
    depth: int | None = body.bit_depth
    numbers = body.value_range
    if depth is None and numbers is None:
        depth = None if "bit_depth" in body.model_fields_set else model.bit_depth
        numbers = None if "value_range" in body.model_fields_set else model.value_range
    return depth, numbers
