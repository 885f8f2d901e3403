"""Weights: download those of a run, upload others."""

from flask import Response, request, send_file
from pydantic import BaseModel, Field

from webapp.models import Role, Weights
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import file_response, reply, request_body
from webapp.rest.uploads import one_upload
from webapp.rest.validation import Time
from webapp.training import runs
from webapp.training.rest.runs import RunPath
from webapp.training.weights import files as weights_files
from webapp.training.weights import plain_detectron2
from webapp.training.weights import upload as weights_upload

blueprint = api_blueprint("weights", "Weights files: those a run saved, and those that are uploaded.")


class WeightsOut(BaseModel):
    """A weights file."""

    id: int
    filename: str
    architecture: str
    categories: list[str]
    sha256: str
    size: int
    created_at: Time

    @classmethod
    def of(cls, row: Weights) -> "WeightsOut":
        """From the database."""
        return cls.model_validate(row, from_attributes=True)


class WeightsForm(BaseModel):
    """A weights file of this product, or a checkpoint of plain Detectron2."""

    file: bytes
    categories: str = Field(
        default="",
        description="Names of the categories in their order, separated by commas, of a `.pth` file, which does not "
        "know them; else they are called `class 0`, `class 1` and so on.",
    )


@blueprint.get(
    "/training-runs/<id:run_id>/weights",
    responses={
        200: file_response("A safetensors file.", "application/octet-stream"),
        **problem_responses(404),
    },
)
@requires(Role.VIEWER)
def get_weights(path: RunPath) -> Response:
    """The final weights of a run; 404 where it saved none."""
    row = weights_files.of_run(runs.open_run(path.run_id))
    return send_file(
        weights_files.file_of(row),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=row.filename,
        etag=row.sha256,
        conditional=True,
    )


@blueprint.post(
    "/models/<id:model_id>/weights",
    responses={201: WeightsOut, **problem_responses(404, 413)},
    openapi_extensions=request_body(
        "A safetensors file that a training saved, or a `.pth` of plain Detectron2 with tensors only.",
        multipart=WeightsForm,
    ),
)
@requires(Role.ENGINEER)
def upload_weights(path: ModelPath) -> Response:
    """Add weights that another run or another installation saved. They are the newest of the model then."""
    model = detection_models.open_model(path.model_id)
    names = plain_detectron2.category_names(request.form.get("categories", ""))
    return reply(WeightsOut.of(weights_upload.add_uploaded(model, one_upload("file"), names)), 201)
