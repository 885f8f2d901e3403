"""Photos of a model."""

from flask import Response, send_file
from pydantic import BaseModel, ConfigDict, Field

from webapp.annotations import categories
from webapp.core.disk_space import needs_room
from webapp.core.extensions import db
from webapp.formats.files.handed_out_names import HandedOutNames
from webapp.images import faults, intake, moves, trash
from webapp.images.browsing import paging as image_paging
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.images.similar import leak_check
from webapp.models import DetectionModel, Image, Review, Role, Split
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ImagePath, ModelPath
from webapp.rest.paging import Paging, foreign_cursor
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import Page, file_response, reply, request_body
from webapp.rest.uploads import Rejected, Remark, SplitChoice, some_uploads
from webapp.rest.validation import Moment, Text, Time, options

blueprint = api_blueprint("images", "Photos of a model.")
NO_CATEGORY = 0
"""An id that no category has."""


class Photo(BaseModel):
    """A photo. ``width`` and ``height`` are those of the upright photo."""

    id: int
    filename: str
    split: Split
    width: int = Field(description="Pixels, upright.")
    height: int = Field(description="Pixels, upright.")
    sha256: str = Field(description="Of the bytes that were uploaded.")
    labelled: bool = Field(description="At least one shape, or marked as showing no object.")
    reviewed: bool = Field(description="Somebody found its labels right.")
    review: Review = Field(description="`open`, `reviewed` or `rejected`.")
    review_note: str = Field(description="Why they were rejected.")
    remarks: list[str] = Field(
        description="What became of it as it was stored, in the caller's language: transparency, further pictures."
    )
    created_at: Time
    url: str
    thumbnail_url: str

    @classmethod
    def of(cls, image: Image) -> "Photo":
        """From the database."""
        return cls(
            id=image.id,
            filename=image.filename,
            split=image.split,
            width=image.width,
            height=image.height,
            sha256=image.sha256,
            labelled=image.labelled,
            reviewed=image.review is Review.REVIEWED,
            review=image.review,
            review_note=image.review_note,
            remarks=[faults.sentence(remark) for remark in image.file.remarks],
            created_at=image.created_at,
            url=f"{PREFIX}/images/{image.id}/file",
            thumbnail_url=f"{PREFIX}/images/{image.id}/thumbnail",
        )


class ChangedPhoto(Photo):
    """A photo that was moved."""

    parts_group: bool = Field(
        description="Whether the move parted its group: a photo that belongs to it is on the other side of "
        "training, so the accuracy would seem better than it is."
    )


class Duplicate(BaseModel):
    """The same bytes are in the model already."""

    filename: str
    image_id: int


class AddedPhotos(BaseModel):
    """What became of each file."""

    created: list[Photo]
    duplicates: list[Duplicate]
    rejected: list[Rejected]
    remarks: list[Remark] = Field(description="Of photos in `created`, such as values that are cut off.")


class PhotosForm(SplitChoice):
    """Photos; ``split`` may stand in the address instead."""

    files: list[bytes]


class PhotoChanges(BaseModel):
    """What can be changed of a photo."""

    model_config = ConfigDict(extra="forbid")

    split: Split


class Filters(Paging):
    """Which photos."""

    split: Split | None = None
    labelled: bool | None = None
    category: Text | None = Field(default=None, description="Photos with a shape of this category.")
    q: Text | None = Field(default=None, description="A part of the file name.")
    since: Moment | None = Field(default=None, description="Photos added then or later.")
    until: Moment | None = Field(default=None, description="Photos added before.")
    reviewed: bool | None = None
    rejected: bool = Field(default=False, description="Only photos whose labels were rejected.")
    assignee: int | None = Field(
        default=None, ge=0, le=LARGEST_ID, description="Photos that are assigned to this account; 0: to none."
    )
    sort: Sort = Sort.UNLABELLED


@blueprint.post(
    "/models/<id:model_id>/images",
    responses={201: AddedPhotos, **problem_responses(404, 413)},
    openapi_extensions=request_body(
        "Photos: JPEG, PNG, TIFF, HEIC and the others of docs/photos.md.", multipart=PhotosForm
    ),
)
@requires(Role.ANNOTATOR)
@needs_room
def add_images(path: ModelPath, query: SplitChoice) -> Response:
    """Add photos. Good ones are kept and bad ones refused one by one: 201 even where every file is refused."""
    model = detection_models.open_model(path.model_id)
    added = intake.add_images(model, options(SplitChoice).split, some_uploads("files"))
    return reply(
        AddedPhotos(
            created=[Photo.of(image) for image in added.created],
            duplicates=[Duplicate(filename=name, image_id=image.id) for name, image in added.duplicates],
            rejected=[
                Rejected(filename=name, reason=faults.sentence(fault), code=fault["code"])
                for name, fault in added.rejected
            ],
            remarks=[
                Remark(filename=name, remark=faults.sentence(remark), code=remark["code"])
                for name, remark in added.remarks
            ],
        ),
        201,
    )


@blueprint.get("/models/<id:model_id>/images", responses={200: Page[Photo], **problem_responses(404)})
@requires(Role.VIEWER)
def list_images(path: ModelPath, query: Filters) -> Response:
    """Photos; with the unlabelled first, one that is labelled while the pages are read comes again later."""
    model = detection_models.open_model(path.model_id)
    position = None
    if query.cursor is not None:
        sort, _dot, token = query.cursor.partition(".")
        position = Position.read(token, query.sort) if sort == query.sort.value else None
        if position is None:
            raise foreign_cursor()
    page = image_paging.page_after(model, _meant(model, query), query.sort, position, query.limit)
    cursor = (
        f"{query.sort.value}.{Position.of(page.photos[-1]).token(query.sort)}" if page.following else None
    )
    return reply(Page[Photo](items=[Photo.of(image) for image in page.photos], next_cursor=cursor))


def _meant(model: DetectionModel, query: Filters) -> ImageQuery:
    category = None
    if query.category:
        category = categories.id_of(model, query.category) or NO_CATEGORY
    return ImageQuery(
        split=query.split,
        labelled=query.labelled,
        category=category,
        name=query.q or "",
        since=query.since,
        until=query.until,
        reviewed=query.reviewed,
        rejected=query.rejected,
        assignee=query.assignee,
    )


@blueprint.get(
    "/images/<id:image_id>/file",
    responses={
        200: file_response(
            "The photo, upright and without EXIF; with more than 8 bits the file as it was sent.", "image/*"
        ),
        **problem_responses(404),
    },
)
@requires(Role.VIEWER)
def image_file(path: ImagePath) -> Response:
    """The stored photo."""
    image = intake.open_image(path.image_id)
    name = HandedOutNames().give(image.filename, image.file.suffix)
    return send_file(intake.file_path(image.file), download_name=name, etag=image.sha256, conditional=True)


@blueprint.get(
    "/images/<id:image_id>/thumbnail",
    responses={200: file_response("The thumbnail.", "image/webp"), **problem_responses(404)},
)
@requires(Role.VIEWER)
def image_thumbnail(path: ImagePath) -> Response:
    """A small picture of the photo, for lists."""
    image = intake.open_image(path.image_id)
    setting = _model_of(image).range_in_use
    return send_file(intake.thumbnail(image.file, setting), mimetype="image/webp", conditional=True)


@blueprint.patch("/images/<id:image_id>", responses={200: ChangedPhoto, **problem_responses(400, 404, 415)})
@requires(Role.ANNOTATOR)
def update_image(path: ImagePath, body: PhotoChanges) -> Response:
    """Move the photo to another split. What was trained on keeps the split it was trained with."""
    image = intake.open_image(path.image_id)
    model = _model_of(image)
    moved = moves.move(model, Image.id == image.id, body.split)
    parted = leak_check.parted_by(model, moved.ids) > 0
    db.session.refresh(image)
    return reply(ChangedPhoto(**Photo.of(image).model_dump(), parts_group=parted))


@blueprint.delete("/images/<id:image_id>", responses={204: None, **problem_responses(404)})
@requires(Role.ANNOTATOR)
def delete_image(path: ImagePath) -> Response:
    """Put the photo with its labels into the trash, for 30 days."""
    image = intake.open_image(path.image_id)
    trash.delete_images(_model_of(image), Image.id == image.id, caller())
    return Response(status=204)


def _model_of(image: Image) -> DetectionModel:
    return detection_models.open_model(image.model_id)
