"""Settings of a model that its photos, trainings and predictions share."""

from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.images.values import ranges
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply

blueprint = api_blueprint("settings", "Settings of a model.")
Depth = Literal[8, 10, 12, 14, 16]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
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

    @classmethod
    def of(cls, model: DetectionModel) -> "ModelSettings":
        """From the database."""
        shown = model.range_in_use
        return cls.model_validate(
            {
                "bit_depth": model.bit_depth,
                "value_range": model.value_range,
                "value_range_in_use": shown.numbers if shown else None,
            }
        )


class SettingsChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    bit_depth: Depth | None = Field(default=None, description="A number takes the place of `value_range`.")
    value_range: TwoNumbers | None = Field(
        default=None, description="Two numbers, the lower one first, take the place of `bit_depth`."
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
    """Change what is named. Runs that were started keep the range of values that they were started with."""
    model = detection_models.open_model(path.model_id)
    if {"bit_depth", "value_range"} & body.model_fields_set:
        _set_range(model, body)
    return reply(ModelSettings.of(model))


def _set_range(model: DetectionModel, body: SettingsChanges) -> None:
    """The two fields are two ways to say one thing: a value in one empties the other."""
    depth: int | None = body.bit_depth
    numbers = body.value_range
    if depth is None and numbers is None:
        depth = None if "bit_depth" in body.model_fields_set else model.bit_depth
        numbers = None if "value_range" in body.model_fields_set else model.value_range
    ranges.set_range(model, depth, numbers)
