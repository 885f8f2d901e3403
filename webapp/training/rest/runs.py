"""Training runs: start, follow, stop."""

from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.disk_space import needs_room
from webapp.core.extensions import db
from webapp.images import faults as image_faults
from webapp.models import Role, RunStatus, Split, TrainingRun
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import Page, reply
from webapp.rest.validation import Id, Time
from webapp.runs import errors as run_errors
from webapp.training import conclusions, runs
from webapp.training.rest.cross_validation import CrossValidation

MAX_LOSSES = 10_000
blueprint = api_blueprint("training", "Training runs and their losses.")


class RunPath(BaseModel):
    """A training run in the address."""

    run_id: int


class Notice(BaseModel):
    """Something worth knowing about a run."""

    code: str
    detail: str = Field(description="In the caller's language.")


class LeftOutPhoto(BaseModel):
    """A photo that the run could not use, and went on without."""

    filename: str
    split: Split
    reason: str = Field(description="In the caller's language.")
    code: str


class Checkpoint(BaseModel):
    """A state of the run on the disk."""

    kind: Literal["last", "best"]
    iteration: int
    size: int = Field(description="Bytes.")


class Run(BaseModel):
    """A training run."""

    id: int
    number: int = Field(description="Counts from 1 within the model.")
    model_id: int
    status: RunStatus
    iteration: int = Field(description="Iterations done.")
    iterations: int
    eta_seconds: float | None = Field(description="Time left; null where it is not known.")
    parameters: dict[str, Any]
    dataset_version: str = Field(description="SHA-256 of the frozen labels: the same hash, the same data.")
    initial_weights_id: int | None
    weights_id: int | None = Field(description="The weights the run saved; `weights_id` of a prediction.")
    metrics: dict[str, Any] | None = Field(description="As Detectron2's evaluator names them; 0 to 100.")
    intervals: dict[str, dict[str, tuple[float, float] | None]] | None = Field(
        description="95 % intervals over the test photos, `[low, high]`: `bbox` and `segm` as in `metrics`, and "
        "`detections` at the advised threshold: `recall`, `precision` (0 to 1) and `false_alarms` (a photo). Null "
        "where the photos cannot tell."
    )
    summary: str | None = Field(description="What the run is worth, in the caller's language.")
    summary_code: str | None
    error: str | None = Field(description="Why it failed and what to do, in the caller's language.")
    error_code: str | None
    notices: list[Notice]
    left_out: list[LeftOutPhoto] = Field(
        description="Photos that could not be used; they do not fail the run."
    )
    leaks: dict[str, Any] | None = Field(
        description="How many photos of `test` and `validation` (of `of_test` and `of_validation`) show what a photo "
        "for training shows, as known at the start; `pairs` of their names with `reasons` (`copy`, `look`, `part`, "
        "`name`, `hand`); `complete` is false where photos were still being compared. Null for runs older than this."
    )
    cross_validation: CrossValidation | None = Field(
        description="Of a run with `folds`: fold by fold, and the spread. `metrics` and `intervals` of such a run are "
        "those of the photos of all folds together; its weights are trained on all photos. Null for other runs."
    )
    device: str | None
    best_iteration: int | None = Field(
        description="The one with the highest AP on the validation photos so far; of equal ones, with the lowest loss."
    )
    checkpoints: list[Checkpoint] = Field(description="Those on the disk; none after the end.")
    created_at: Time
    started_at: Time | None
    finished_at: Time | None

    @classmethod
    def of(cls, run: TrainingRun) -> "Run":
        """From the database, in the caller's language."""
        return cls(
            id=run.id,
            number=run.number,
            model_id=run.model_id,
            status=run.status,
            iteration=run.iteration,
            iterations=run.iterations,
            eta_seconds=run.eta_seconds,
            parameters=run.parameters,
            dataset_version=run.dataset_version.hash,
            initial_weights_id=run.initial_weights_id,
            weights_id=run.weights[-1].id if run.weights else None,
            metrics=run.metrics,
            intervals=run.intervals,
            summary=conclusions.sentence(run.conclusion),
            summary_code=run.conclusion["code"] if run.conclusion else None,
            error=run_errors.sentence(run.error),
            error_code=run.error["code"] if run.error else None,
            notices=[Notice(code=code, detail=run_errors.notice(code)) for code in run.notices],
            left_out=[
                LeftOutPhoto(
                    filename=image["filename"],
                    split=image["split"],
                    reason=image_faults.sentence(image["reason"]),
                    code=image["reason"]["code"],
                )
                for image in run.left_out_images
            ],
            leaks=run.leaks,
            cross_validation=CrossValidation.of(run),
            device=run.device,
            best_iteration=run.best_iteration,
            checkpoints=[Checkpoint(**each) for each in run.checkpoints],
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )


class NewRun(BaseModel):
    """A run to be started."""

    model_config = ConfigDict(extra="forbid")

    parameters: TrainingParameters = Field(
        default=TrainingParameters(), description="Those left out take the model's defaults."
    )
    weights_id: Id | None = Field(
        default=None, description="Start from these weights instead of the default ones."
    )
    allow_empty: list[Literal["validation", "test"]] = Field(
        default=[], description="Splits that may be empty; any other empty split refuses the run."
    )


class Loss(BaseModel):
    """The figures of one iteration."""

    iteration: int = Field(description="Counts from 1.")
    training_loss: float | None = Field(description="Null where it was not finite.")
    validation_loss: float | None = Field(description="Of one photo; the photos take turns.")
    full_validation_loss: float | None = Field(
        description="The mean over all validation photos, at the validation period."
    )
    validation_ap: float | None = Field(
        description="Mask AP on at most 60 validation photos, 0 to 100, at the validation period."
    )
    learning_rate: float
    seconds: float = Field(description="Wall time of the iteration.")
    device_memory: int | None = Field(description="Bytes.")
    parts: dict[str, float] = Field(description="The parts of the training loss by Detectron2's names.")


class LossPaging(BaseModel):
    """Where to begin."""

    after: int = Field(default=0, ge=0, le=2**31 - 1, description="The last iteration that is known already.")
    limit: int = Field(default=MAX_LOSSES, ge=1, le=MAX_LOSSES)
    cursor: str | None = None


@blueprint.post(
    "/models/<id:model_id>/training-runs", responses={202: Run, **problem_responses(400, 404, 415)}
)
@requires(Role.ENGINEER)
@needs_room
def start_training(path: ModelPath, body: NewRun) -> Response:
    """Freeze the labels and queue a run. 422 names everything the data cannot be trained for, in `faults`."""
    model = detection_models.open_model(path.model_id)
    run = runs.start(
        model,
        caller(),
        body.parameters.model_dump(exclude_unset=True),
        body.weights_id,
        {Split(name) for name in body.allow_empty},
    )
    response = reply(Run.of(run), 202)
    response.headers["Location"] = f"{PREFIX}/training-runs/{run.id}"
    return response


@blueprint.get("/models/<id:model_id>/training-runs", responses={200: Page[Run], **problem_responses(404)})
@requires(Role.VIEWER)
def list_training_runs(path: ModelPath, query: Paging) -> Response:
    """Runs of a model, the newest first."""
    model = detection_models.open_model(path.model_id)
    seen = decode("training-runs", query.cursor)
    rows = runs.list_runs(model, seen[0] if seen else None, query.limit + 1)
    page, last = cut(rows, query.limit)
    return reply(
        Page[Run](
            items=[Run.of(run) for run in page],
            next_cursor=encode("training-runs", last.id) if last else None,
        )
    )


@blueprint.get("/training-runs/<id:run_id>", responses={200: Run, **problem_responses(404)})
@requires(Role.VIEWER)
def get_training_run(path: RunPath) -> Response:
    """The state of a run."""
    return reply(Run.of(runs.open_run(path.run_id)))


@blueprint.get("/training-runs/<id:run_id>/losses", responses={200: Page[Loss], **problem_responses(404)})
@requires(Role.VIEWER)
def list_losses(path: RunPath, query: LossPaging) -> Response:
    """The losses of every iteration, in order."""
    run = runs.open_run(path.run_id)
    seen = decode("losses", query.cursor)
    rows = runs.list_losses(run.id, seen[0] if seen else query.after, query.limit + 1)
    page, last = cut(rows, query.limit)
    return reply(
        Page[Loss](
            items=[Loss.model_validate(row, from_attributes=True) for row in page],
            next_cursor=encode("losses", last.iteration) if last else None,
        )
    )


@blueprint.post("/training-runs/<id:run_id>/resume", responses={202: Run, **problem_responses(404, 409)})
@requires(Role.ENGINEER)
@needs_room
def resume_training(path: RunPath) -> Response:
    """Go on with a run that failed, from its last checkpoint."""
    run = runs.open_run(path.run_id)
    runs.resume(run)
    db.session.refresh(run)
    return reply(Run.of(run), 202)


@blueprint.post("/training-runs/<id:run_id>/stop", responses={202: Run, **problem_responses(404)})
@requires(Role.ENGINEER)
def stop_training(path: RunPath) -> Response:
    """Stop after the present iteration and save the weights. A run that has ended does not change."""
    run = runs.open_run(path.run_id)
    runs.request_stop(run)
    db.session.refresh(run)
    return reply(Run.of(run), 202)
