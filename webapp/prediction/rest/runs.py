"""Prediction runs: photos in, detections out."""

from typing import Any, Literal

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.disk_space import needs_room
from webapp.core.extensions import db
from webapp.images import faults as image_faults
from webapp.images.browsing.queries import ImageQuery
from webapp.models import Detection, ImageState, PredictionRun, Role, RunStatus, Split
from webapp.prediction import deletion, gallery, results_zip, runs
from webapp.prediction import totals as prediction_totals
from webapp.prediction.images import ResultSource
from webapp.prediction.runs import Sources
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import Verdict
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import NO_CONTENT, Page, file_response, reply, request_body
from webapp.rest.uploads import Rejected, Remark, uploads
from webapp.rest.validation import Id, Time, json_body, options
from webapp.runs import errors as run_errors

blueprint = api_blueprint("predictions", "Weights run over photos.")
MAX_PHOTOS = 100_000


class PredictionPath(BaseModel):
    """A prediction run in the address."""

    run_id: int


class NewPrediction(BaseModel):
    """What to run, and on which photos of the model."""

    model_config = ConfigDict(extra="forbid")

    image_ids: list[Id] = Field(default=[], max_length=MAX_PHOTOS, description="Photos of the model.")
    split: Split | None = Field(default=None, description="All photos of this split of the model.")
    weights_id: Id | None = Field(default=None, description="Left out: the weights in use of the model.")
    score_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Detections below are left out. Left out: by category those set in the settings of the model, else "
        "those advised with the weights, else 0.5.",
    )
    category_thresholds: dict[str, float] = Field(
        default={}, description="Thresholds of categories that have one of their own."
    )
    max_detections: int | None = Field(default=None, ge=1, le=1000, description="On one photo. Default 100.")
    image_size: int | None = Field(
        default=None, ge=64, le=4096, description="Short side, pixels. Left out: as in the training."
    )
    tile_size: int | None = Field(
        default=None,
        ge=128,
        le=8192,
        description="Photos are cut into tiles of this side. Left out: not cut.",
    )
    device: Literal["cpu", "cuda"] | None = Field(
        default=None, description="Left out: the GPU where there is one."
    )

    def parameters(self) -> dict[str, Any]:
        """Those that were sent."""
        sent = self.model_dump(exclude_none=True, exclude={"image_ids", "split", "weights_id", "files"})
        return {name: value for name, value in sent.items() if value != {}}


class PredictionForm(NewPrediction):
    """Photos that are sent along."""

    files: list[bytes] = []


class DetectionPaging(Paging):
    """A page, and another threshold where one is wanted."""

    score_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Instead of those of the run; detections are kept down to 0.05.",
    )


class Prediction(BaseModel):
    """A prediction run."""

    id: int
    number: int = Field(description="Counts from 1 within the model.")
    model_id: int
    weights_id: int
    status: RunStatus = Field(description="Never `testing`.")
    done: int = Field(description="Photos finished, the failed ones among them.")
    total: int
    failed: list[Rejected] = Field(description="Photos that could not be read; they do not fail the run.")
    remarks: list[Remark] = Field(
        description="What is to be known of photos that were read: transparency laid over white, values beyond the "
        "range of the run."
    )
    parameters: dict[str, Any]
    error: str | None = Field(description="Why it failed and what to do, in the caller's language.")
    error_code: str | None
    device: str | None
    totals: dict[str, int] = Field(description="Detections by category.")
    verdicts: dict[Verdict, int] | None = Field(
        description="Photos that are OK and NG; null while the model has no OK/NG rules."
    )
    created_at: Time
    started_at: Time | None
    finished_at: Time | None

    @classmethod
    def of(cls, run: PredictionRun) -> "Prediction":
        """From the database, in the caller's language."""
        rules, thresholds = verdict_rules.list_rules(run.model), runs.thresholds_of(run)
        failed = runs.list_images(run, limit=MAX_PHOTOS, state=ImageState.FAILED)
        faults = [
            (photo.path, photo.reason or image_faults.fault_document("not_an_image")) for photo in failed
        ]
        return cls(
            id=run.id,
            number=run.number,
            model_id=run.model_id,
            weights_id=run.weights_id,
            status=run.status,
            done=run.done,
            total=run.total,
            failed=[
                Rejected(filename=name, reason=image_faults.sentence(fault), code=fault["code"])
                for name, fault in faults
            ],
            remarks=[
                Remark(filename=name, remark=image_faults.sentence(remark), code=remark["code"])
                for name, remark in gallery.photo_remarks(run, MAX_PHOTOS)
            ],
            parameters=run.parameters,
            error=run_errors.sentence(run.error),
            error_code=run.error["code"] if run.error else None,
            device=run.device,
            totals=prediction_totals.totals(run, thresholds),
            verdicts=prediction_totals.images_by_verdict(run, rules, thresholds) or None,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )


class Found(BaseModel):
    """One object that was found."""

    id: int
    image: str = Field(description="The file name of the photo, with the folders it was sent with.")
    category: str
    score: float = Field(description="0 to 1.")
    bbox: list[float] = Field(description="`[x, y, width, height]`, pixels.")
    segmentation: dict[str, Any] = Field(description="COCO run lengths: `{size: [height, width], counts}`.")
    area: float = Field(description="Square pixels.")
    length: float = Field(description="Long side of the smallest rectangle around the mask, pixels.")
    width: float = Field(description="Its short side.")
    verdict: Verdict | None = Field(description="Of the photo; null while the model has no OK/NG rules.")

    @classmethod
    def of(cls, row: Detection, verdict: Verdict | None) -> "Found":
        """From the database."""
        return cls(
            id=row.id,
            image=row.photo.path,
            category=row.category,
            score=row.score,
            bbox=row.bbox,
            segmentation=row.segmentation,
            area=row.area,
            length=row.length,
            width=row.width,
            verdict=verdict,
        )


@blueprint.post(
    "/models/<id:model_id>/prediction-runs",
    responses={202: Prediction, **problem_responses(400, 404, 409, 413)},
    openapi_extensions=request_body(
        "Photos, photos of the model by their ids, or both.", multipart=PredictionForm, json=NewPrediction
    ),
)
@requires(Role.ANNOTATOR)
@needs_room
def start_prediction(path: ModelPath) -> Response:
    """Queue a run. 409 while the model has no weights. A photo that cannot be read is listed in `failed`."""
    model = detection_models.open_model(path.model_id)
    chosen = NewPrediction.model_validate(json_body()) if request.is_json else options(NewPrediction)
    run = runs.start(
        model,
        caller(),
        Sources(
            uploads=uploads("files"),
            image_ids=chosen.image_ids,
            query=ImageQuery(split=chosen.split) if chosen.split else None,
        ),
        chosen.weights_id,
        chosen.parameters(),
    )
    response = reply(Prediction.of(run), 202)
    response.headers["Location"] = f"{PREFIX}/prediction-runs/{run.id}"
    return response


@blueprint.get("/prediction-runs/<id:run_id>", responses={200: Prediction, **problem_responses(404)})
@requires(Role.VIEWER)
def get_prediction(path: PredictionPath) -> Response:
    """The state of a run."""
    return reply(Prediction.of(runs.open_run(path.run_id)))


@blueprint.get(
    "/prediction-runs/<id:run_id>/detections", responses={200: Page[Found], **problem_responses(404)}
)
@requires(Role.VIEWER)
def list_detections(path: PredictionPath, query: DetectionPaging) -> Response:
    """What was found so far, photo by photo."""
    run = runs.open_run(path.run_id)
    seen = decode("detections", query.cursor)
    thresholds = runs.thresholds_of(run)
    if query.score_threshold is not None:
        thresholds = Thresholds(query.score_threshold)
    rows = runs.list_detections(run, seen[0] if seen else 0, query.limit + 1, thresholds)
    page, last = cut(rows, query.limit)
    verdicts = prediction_totals.verdicts_of(
        {row.photo_id for row in page}, verdict_rules.list_rules(run.model), thresholds
    )
    return reply(
        Page[Found](
            items=[Found.of(row, verdicts.get(row.photo_id)) for row in page],
            next_cursor=encode("detections", last.id) if last else None,
        )
    )


@blueprint.get(
    "/prediction-runs/<id:run_id>/results.zip",
    responses={
        200: file_response("`detections.csv`, `detections.coco.json` and `pictures/`.", "application/zip"),
        **problem_responses(404),
    },
)
@requires(Role.VIEWER)
def prediction_results_zip(path: PredictionPath) -> Response:
    """The pictures with what was found drawn on them, a table of the detections, and the same as COCO."""
    run = runs.open_run(path.run_id)
    source = ResultSource.of(run)
    runs.record_download(run, "zip")
    db.session.remove()  # a slow download must not hold a database connection
    return results_zip.download(source)


@blueprint.delete("/prediction-runs/<id:run_id>", responses={204: NO_CONTENT, **problem_responses(404, 409)})
@requires(Role.ANNOTATOR)
def delete_prediction(path: PredictionPath) -> Response:
    """Delete a run that is over, with its pictures. 409 while it is under way."""
    deletion.delete_run(runs.open_run(path.run_id))
    return Response(status=204)


@blueprint.post("/prediction-runs/<id:run_id>/stop", responses={202: Prediction, **problem_responses(404)})
@requires(Role.ANNOTATOR)
def stop_prediction(path: PredictionPath) -> Response:
    """Stop after the photos being processed; results so far are kept. A run that has ended does not change."""
    run = runs.open_run(path.run_id)
    runs.request_stop(run)
    db.session.refresh(run)
    return reply(Prediction.of(run), 202)
