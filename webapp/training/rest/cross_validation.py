"""Cross-validations: the folds of a run, and what was found on photos by weights that were not trained on them."""

from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from webapp.formats.masks.segmentation import Box, Polygons
from webapp.models import Role, TrainingRun
from webapp.rest.access import api_blueprint, requires
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply
from webapp.training import runs
from webapp.training.cross_validation import out_of_fold, spread
from webapp.training.cross_validation.out_of_fold import JudgedImage

blueprint = api_blueprint("cross_validation", "What the folds of a training run found.")


class Fold(BaseModel):
    """A fold of a cross-validation."""

    number: int = Field(description="Counts from 1.")
    photos: int
    is_over: bool = Field(description="Whether its photos have been judged.")
    objects: int | None = Field(description="Labelled objects on them; null until they have been judged.")
    figures: dict[str, float | None] = Field(
        description="`segm AP`, `segm AP50` and `bbox AP`, 0 to 100; null where there are none."
    )


class Spread(BaseModel):
    """A figure over the folds that have it."""

    mean: float
    deviation: float | None = Field(description="Standard deviation of the sample; null of a single fold.")
    lowest: float
    highest: float
    folds: int = Field(description="How many folds have the figure.")


class CrossValidation(BaseModel):
    """Each photo judges once, weights that were trained on the photos of the other folds."""

    folds: list[Fold]
    spreads: dict[str, Spread | None] = Field(description="By the names of `figures`.")

    @classmethod
    def of(cls, run: TrainingRun) -> "CrossValidation | None":
        """None of a run that is none."""
        found = spread.of_run(run)
        return cls.model_validate(found, from_attributes=True) if found else None


class CrossValidationPath(BaseModel):
    """A training run in the address."""

    run_id: int


class OutOfFoldObject(BaseModel):
    """One object that was found."""

    category: str
    score: float
    bbox: Box = Field(description="`[x, y, width, height]`, pixels.")
    area: float = Field(description="Square pixels of the mask.")
    segmentation: dict[str, Any] = Field(description="COCO RLE with compressed counts.")
    outlines: Polygons = Field(description="Of the mask, `[x1, y1, x2, y2, …]` each, holes among them.")


class OutOfFoldPhoto(BaseModel):
    """A photo that judged."""

    image_id: int | None = Field(description="Null where the photo is not in the model any more.")
    filename: str | None
    sha256: str
    fold: int
    detections: list[OutOfFoldObject] = Field(description="The surest first.")

    @classmethod
    def of(cls, judged: JudgedImage) -> "OutOfFoldPhoto":
        """From the database."""
        return cls(
            image_id=judged.image_id,
            filename=judged.filename,
            sha256=judged.row.sha256,
            fold=judged.row.fold,
            detections=[
                OutOfFoldObject.model_validate(one, from_attributes=True) for one in judged.row.detections
            ],
        )


@blueprint.get(
    "/training-runs/<id:run_id>/out-of-fold",
    responses={200: Page[OutOfFoldPhoto], **problem_responses(404)},
)
@requires(Role.VIEWER)
def list_out_of_fold(path: CrossValidationPath, query: Paging) -> Response:
    """Photo by photo what weights found that were not trained on it; empty for a run without folds."""
    run = runs.open_run(path.run_id)
    seen = decode("out-of-fold", query.cursor)
    rows = out_of_fold.page(run, seen[0] if seen else 0, query.limit + 1)
    judged, last = cut(rows, query.limit)
    return reply(
        Page[OutOfFoldPhoto](
            items=[OutOfFoldPhoto.of(one) for one in judged],
            next_cursor=encode("out-of-fold", last.row.id) if last else None,
        )
    )
