"""The labels of one photo, with an ETag so that nobody overwrites what another saved."""

from typing import Annotated, Any

from flask import Response, request
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from webapp.annotations import queries, store
from webapp.annotations.shape_checks import NewShape
from webapp.core.errors import UserError
from webapp.images import intake as image_intake
from webapp.models import Annotation, Image, LabelSource, Role
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ImagePath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply
from webapp.rest.validation import Text

blueprint = api_blueprint("annotations", "The labels of one photo, as COCO has them.")
Number = Annotated[float, Field(allow_inf_nan=False)]


class RunLengths(BaseModel):
    """A mask as COCO's run lengths; compressed (text) in answers."""

    model_config = ConfigDict(extra="forbid")

    size: list[int] = Field(min_length=2, max_length=2, description="Height and width of the photo, pixels.")
    counts: str | list[int]


Segmentation = Annotated[
    Annotated[list[list[Number]], Tag("as_polygons")] | Annotated[RunLengths, Tag("as_run_lengths")],
    Discriminator(lambda value: "as_run_lengths" if isinstance(value, dict | RunLengths) else "as_polygons"),
]


class Shape(BaseModel):
    """One labelled object."""

    id: int
    category: str
    segmentation: Segmentation = Field(
        description="Polygons `[[x1, y1, x2, y2, …], …]` in pixels, or run lengths."
    )
    bbox: list[float] = Field(description="`[x, y, width, height]`, pixels.")
    area: float = Field(description="Square pixels.")
    iscrowd: int = Field(description="0 or 1.")
    is_box: bool = Field(description="Drawn as a box: the segmentation is its rectangle.")
    suggested: bool = Field(description="Drawn by a model's weights and accepted by a person.")

    @classmethod
    def of(cls, annotation: Annotation) -> "Shape":
        """From the database."""
        return cls(
            id=annotation.id,
            category=annotation.category.name,
            segmentation=annotation.segmentation,
            bbox=annotation.bbox,
            area=annotation.area,
            iscrowd=int(annotation.iscrowd),
            is_box=annotation.is_box,
            suggested=annotation.suggested,
        )


class Labels(Page[Shape]):
    """The labels of a photo; ``next_cursor`` is always null."""

    no_object: bool = Field(description="Marked as showing no object.")


class ShapeIn(BaseModel):
    """A shape to be kept. ``id`` and ``area`` are taken so that an answer can be sent back, and not used."""

    model_config = ConfigDict(extra="forbid")

    id: Any = None
    category: Text = Field(description="A name the model does not have yet is added.")
    segmentation: Segmentation | None = Field(default=None, description="Left out: the box is the shape.")
    bbox: list[Number] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description="The shape of a box; where there is a segmentation it follows from that.",
    )
    area: Any = None
    iscrowd: bool = False
    is_box: bool = Field(default=False, description="`bbox` is the shape; the segmentation follows from it.")
    suggested: bool = Field(default=False, description="Drawn by a model's weights and accepted by a person.")


class LabelsIn(BaseModel):
    """All labels of the photo. A bare list of shapes is taken too."""

    model_config = ConfigDict(extra="forbid")

    items: list[ShapeIn] = Field(max_length=store.MAX_SHAPES)
    no_object: bool = Field(
        default=False, description="Mark the photo as showing no object; without shapes only."
    )
    next_cursor: None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, value: Any) -> Any:
        return {"items": value} if isinstance(value, list) else value


class IfMatch(BaseModel):
    """The state the labels were changed from."""

    if_match: str | None = Field(
        default=None, alias="If-Match", description="The ETag that GET gave. Required."
    )


@blueprint.get("/images/<id:image_id>/annotations", responses={200: Labels, **problem_responses(404)})
@requires(Role.VIEWER)
def get_annotations(path: ImagePath) -> Response:
    """All labels of a photo; the `ETag` of the answer goes into `If-Match` of PUT."""
    return _labels(image_intake.open_image(path.image_id))


@blueprint.put(
    "/images/<id:image_id>/annotations",
    responses={200: Labels, **problem_responses(400, 404, 412, 413, 415, 428)},
)
@requires(Role.ANNOTATOR)
def put_annotations(path: ImagePath, header: IfMatch, body: LabelsIn) -> Response:
    """Replace all labels of a photo, if nobody saved in between."""
    image = image_intake.open_image(path.image_id)
    if not request.if_match:
        raise UserError(
            _("Send the ETag of the labels as “If-Match”, so that nobody's work is overwritten."),
            code="if_match_missing",
            status=428,
        )
    version = image.annotations_version
    if not request.if_match.contains(str(version)):
        raise store.saved_by_someone_else()
    shapes = [
        NewShape(
            category=item.category,
            segmentation=item.segmentation.model_dump()
            if isinstance(item.segmentation, RunLengths)
            else item.segmentation,
            bbox=item.bbox,
            iscrowd=item.iscrowd,
            is_box=item.is_box,
            suggested=item.suggested,
        )
        for item in body.items
    ]
    store.replace(image, shapes, body.no_object, version, source=LabelSource.API, user=caller())
    return _labels(image)


def _labels(image: Image) -> Response:
    # The version is read before the shapes: if somebody saves in between, PUT is refused with 412.
    version, no_object = image.annotations_version, image.no_object
    shapes = [Shape.of(annotation) for annotation in queries.annotations_of(image)]
    response = reply(Labels(items=shapes, no_object=no_object))
    response.set_etag(str(version))
    return response
