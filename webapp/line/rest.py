"""Single photos of line machines: detections and verdict in the response."""

from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.line import single_photo
from webapp.models import Role, TokenScope
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply, request_body
from webapp.rest.uploads import one_upload
from webapp.rest.validation import Id

blueprint = api_blueprint("line", "One photo, answered at once.")


class LineOptions(BaseModel):
    """Weights and threshold."""

    model_config = ConfigDict(extra="forbid")

    weights_id: Id | None = Field(default=None, description="Left out: the weights in use of the model.")
    score_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Detections below are left out. Default: by category those set in the settings of the model, "
        "else those advised with the weights.",
    )


class PhotoForm(BaseModel):
    """The photo."""

    file: bytes = Field(description="JPEG, PNG, TIFF, HEIC or another kind of docs/photos.md.")


class SeenObject(BaseModel):
    """One object that was found."""

    category: str
    score: float = Field(description="0 to 1.")
    bbox: list[float] = Field(description="`[x, y, width, height]`, pixels.")
    segmentation: dict[str, Any] = Field(description="COCO run lengths: `{size: [height, width], counts}`.")
    area: float = Field(description="Square pixels.")


class SeenPhoto(BaseModel):
    """The answer to one photo."""

    detections: list[SeenObject] = Field(description="The best score first.")
    verdict: str | None = Field(description="`OK` or `NG`; null while the model has no OK/NG rules.")
    reasons: list[str] = Field(description="The broken rules, in the caller's language.")
    width: int
    height: int
    seconds: float = Field(description="What the model alone took.")
    weights_id: int
    thresholds: dict[str, float] = Field(description="By category: detections below were left out.")
    remarks: list[str] = Field(
        description="What is to be known of the photo, in the caller's language: transparency laid over white, values "
        "beyond the range of the model."
    )


@blueprint.post(
    "/models/<id:model_id>/predict",
    responses={200: SeenPhoto, **problem_responses(404, 409, 413, 429, 503)},
    openapi_extensions=request_body("One photo.", multipart=PhotoForm),
)
@requires(Role.ANNOTATOR, scope=TokenScope.PREDICT)
def predict_photo(path: ModelPath, query: LineOptions) -> Response:
    """Look at one photo and answer at once. Nothing of it is kept."""
    model = detection_models.open_model(path.model_id)
    photo = one_upload("file").stream.read()
    result = single_photo.predict(model, photo, query.weights_id, query.score_threshold)
    return reply(
        SeenPhoto(
            detections=[
                SeenObject(
                    category=found.category,
                    score=found.score,
                    bbox=found.bbox,
                    segmentation=dict(found.segmentation),
                    area=found.area,
                )
                for found in result.answer.detections
            ],
            verdict=result.verdict,
            reasons=result.reasons,
            width=result.answer.width,
            height=result.answer.height,
            seconds=result.answer.seconds,
            weights_id=result.weights.id,
            thresholds=result.thresholds_by_category,
            remarks=result.remarks,
        )
    )
