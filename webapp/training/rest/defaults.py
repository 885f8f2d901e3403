"""The training parameters of a model: defaults, ranges, units."""

from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from webapp.contracts.training_parameters import TrainingParameters
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply
from webapp.training import defaults, runs
from webapp.training.parameter_fields import describe

blueprint = api_blueprint("training_defaults", "The training parameters of a model.")


class Parameter(BaseModel):
    """A training parameter."""

    name: str
    label: str = Field(description="In the caller's language.")
    help: str
    unit: str | None
    type: str = Field(description="`integer`, `number`, `boolean` or `string`.")
    default: Any = Field(description="What a run of this model takes unless told otherwise.")
    product_default: Any = Field(description="What the product brings for the training machine.")
    minimum: float | None
    maximum: float | None
    choices: list[str] | None
    choice_labels: list[str] | None = Field(description="In the order of `choices`.")
    group: str = Field(description="`basic`, `learning`, `photos`, `validation` or `machine`.")
    reason: str | None = Field(description="Why the product's default is what it is for this model.")


def _or_bare(schema: dict[str, Any]) -> None:
    """The document says that the parameters may be the body themselves."""
    wrapped = dict(schema)
    schema.clear()
    schema["anyOf"] = [wrapped, wrapped["properties"]["parameters"]]


class NewDefaults(BaseModel):
    """Parameters that are left out stay as they are. They may stand in the body without ``parameters`` too."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_or_bare)

    parameters: TrainingParameters

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"parameters": value} if isinstance(value, dict) and "parameters" not in value else value


@blueprint.get(
    "/models/<id:model_id>/training-defaults", responses={200: Page[Parameter], **problem_responses(404)}
)
@requires(Role.VIEWER)
def get_training_defaults(path: ModelPath) -> Response:
    """The parameters of a training run, with default, range and unit."""
    return _described(detection_models.open_model(path.model_id))


@blueprint.put(
    "/models/<id:model_id>/training-defaults",
    responses={200: Page[Parameter], **problem_responses(400, 404, 415)},
)
@requires(Role.ENGINEER)
def put_training_defaults(path: ModelPath, body: NewDefaults) -> Response:
    """Keep defaults for the next runs of this model."""
    model = detection_models.open_model(path.model_id)
    runs.save_defaults(model, body.parameters.model_dump(exclude_unset=True))
    return _described(model)


def _described(model: DetectionModel) -> Response:
    product = defaults.product_defaults(model)
    reasons = defaults.reasons(model)
    entries = describe(runs.defaults(model))
    return reply(
        Page[Parameter](
            items=[
                Parameter(
                    **entry,
                    product_default=getattr(product, entry["name"]),
                    reason=reasons.get(entry["name"]),
                )
                for entry in entries
            ]
        )
    )
