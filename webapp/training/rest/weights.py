"""Weights: list, take into use, download those of a run, upload others."""

from typing import Any, Literal

from flask import Response, request, send_file
from pydantic import BaseModel, ConfigDict, Field

from webapp.core.disk_space import needs_room
from webapp.models import DetectionModel, Role, Weights, WeightsChangeReason, WeightsInUseChange
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, file_response, reply, request_body
from webapp.rest.uploads import one_upload
from webapp.rest.validation import Id, Time
from webapp.training import runs
from webapp.training.rest.runs import RunPath
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use, plain_detectron2
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
    run_id: int | None = Field(description="The training run that saved it; null for an uploaded file.")
    run_number: int | None
    kind: Literal["last", "best"] | None = Field(description="Null for an uploaded file.")
    iteration: int | None = Field(description="After which iteration of its run.")
    metrics: dict[str, Any] | None = Field(
        description="Those of its run, where these are the weights that were tested."
    )
    thresholds: dict[str, float] | None = Field(
        description="Score thresholds that its validation photos advise, by category; null where there were none."
    )
    in_use: bool = Field(description="Whether predictions take them unless told otherwise.")
    created_at: Time

    @classmethod
    def of(cls, row: Weights, model: DetectionModel) -> "WeightsOut":
        """From the database."""
        return cls(
            id=row.id,
            filename=row.filename,
            architecture=row.architecture,
            categories=row.categories,
            sha256=row.sha256,
            size=row.size,
            run_id=row.run_id,
            run_number=row.run.number if row.run else None,
            kind=row.kind,
            iteration=row.iteration,
            metrics=row.metrics,
            thresholds=row.thresholds,
            in_use=row.id == model.weights_in_use_id,
            created_at=row.created_at,
        )


class WeightsForm(BaseModel):
    """A weights file of this product, or a checkpoint of plain Detectron2."""

    file: bytes
    categories: str = Field(
        default="",
        description="Names of the categories in their order, separated by commas, of a `.pth` file, which does not "
        "know them; else they are called `class 0`, `class 1` and so on.",
    )


class NewWeightsInUse(BaseModel):
    """Which weights are to be used from now on."""

    model_config = ConfigDict(extra="forbid")

    weights_id: Id


class KeptWeights(BaseModel):
    """What is kept of weights, also when they are deleted."""

    id: int
    run_number: int | None
    kind: Literal["last", "best"] | None
    filename: str
    ap: float | None = Field(description="Mask AP at that time, 0 to 100.")


class WeightsChange(BaseModel):
    """A change of the weights in use."""

    id: int
    at: Time
    reason: WeightsChangeReason = Field(
        description="`first`: none were in use when a training ended; `chosen` by a person; `deleted`: their run was, "
        "and there were no others; `update`: an update of the product took those that were used so far."
    )
    actor: str | None = Field(description="The account of the person; null where nobody chose.")
    before: KeptWeights | None
    after: KeptWeights | None

    @classmethod
    def of(cls, row: WeightsInUseChange) -> "WeightsChange":
        """From the database."""
        return cls(
            id=row.id,
            at=row.created_at,
            reason=row.reason,
            actor=row.user.email if row.user else None,
            before=KeptWeights(**row.before) if row.before else None,
            after=KeptWeights(**row.after) if row.after else None,
        )


@blueprint.get("/models/<id:model_id>/weights", responses={200: Page[WeightsOut], **problem_responses(404)})
@requires(Role.VIEWER)
def list_weights(path: ModelPath, query: Paging) -> Response:
    """The weights of a model, the newest first."""
    model = detection_models.open_model(path.model_id)
    seen = decode("weights", query.cursor)
    rows = weights_files.list_weights(model, seen[0] if seen else None, query.limit + 1)
    page, last = cut(rows, query.limit)
    return reply(
        Page[WeightsOut](
            items=[WeightsOut.of(row, model) for row in page],
            next_cursor=encode("weights", last.id) if last else None,
        )
    )


@blueprint.put(
    "/models/<id:model_id>/weights-in-use",
    responses={200: WeightsOut, **problem_responses(400, 404, 409, 415)},
)
@requires(Role.ENGINEER)
def put_weights_in_use(path: ModelPath, body: NewWeightsInUse) -> Response:
    """Predictions, suggestions and the line take these weights from now on, unless told otherwise."""
    model = detection_models.open_model(path.model_id)
    row = weights_files.open_weights(model, body.weights_id)
    in_use.choose(model, row, caller())
    return reply(WeightsOut.of(row, model))


@blueprint.get(
    "/models/<id:model_id>/weights-in-use/changes",
    responses={200: Page[WeightsChange], **problem_responses(404)},
)
@requires(Role.VIEWER)
def list_weights_changes(path: ModelPath, query: Paging) -> Response:
    """Who took which weights into use and when, the newest first."""
    model = detection_models.open_model(path.model_id)
    seen = decode("weights-changes", query.cursor)
    rows = in_use.history(model, seen[0] if seen else None, query.limit + 1)
    page, last = cut(rows, query.limit)
    return reply(
        Page[WeightsChange](
            items=[WeightsChange.of(row) for row in page],
            next_cursor=encode("weights-changes", last.id) if last else None,
        )
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
        weights_files.file_to_send(row),
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
@needs_room
def upload_weights(path: ModelPath) -> Response:
    """Add weights that another run or another installation saved. They are not in use by themselves."""
    model = detection_models.open_model(path.model_id)
    names = plain_detectron2.category_names(request.form.get("categories", ""))
    return reply(WeightsOut.of(weights_upload.add_uploaded(model, one_upload("file"), names), model), 201)
