"""Photos of a model."""

from flask import Response, send_file
from pydantic import BaseModel, Field

from webapp.api.access import api_blueprint, requires
from webapp.api.models import ModelPath
from webapp.api.paging import Paging, cut, decode, encode
from webapp.api.problems import PREFIX, problem_responses
from webapp.api.replies import Page, file_response, reply, request_body
from webapp.api.uploads import some_uploads
from webapp.api.validation import Text, options
from webapp.models import Image, Role, Split
from webapp.services import detection_models, photo_faults, photos

blueprint = api_blueprint("images", "Photos of a model.")


class ImagePath(BaseModel):
    """A photo in the address."""

    image_id: int


class Photo(BaseModel):
    """A photo. ``width`` and ``height`` are those of the upright photo."""

    id: int
    filename: str
    split: Split
    width: int = Field(description="Pixels, upright.")
    height: int = Field(description="Pixels, upright.")
    sha256: str = Field(description="Of the bytes that were uploaded.")
    labelled: bool = Field(description="At least one shape, or marked as showing no object.")
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
            url=f"{PREFIX}/images/{image.id}/file",
            thumbnail_url=f"{PREFIX}/images/{image.id}/thumbnail",
        )


class Duplicate(BaseModel):
    """The same bytes are in the model already."""

    filename: str
    image_id: int


class Rejected(BaseModel):
    """A file that was refused."""

    filename: str
    reason: str = Field(description="In the caller's language.")
    code: str


class AddedPhotos(BaseModel):
    """What became of each file."""

    created: list[Photo]
    duplicates: list[Duplicate]
    rejected: list[Rejected]


class SplitChoice(BaseModel):
    """Where the photos go."""

    split: Split = Field(default=Split.TRAIN)


class PhotosForm(SplitChoice):
    """Photos; ``split`` may stand in the address instead."""

    files: list[bytes]


class Filters(Paging):
    """Which photos."""

    split: Split | None = None
    labelled: bool | None = None
    category: Text | None = Field(default=None, description="Photos with a shape of this category.")
    q: Text | None = Field(default=None, description="A part of the file name.")


@blueprint.post(
    "/models/<id:model_id>/images",
    responses={201: AddedPhotos, **problem_responses(404, 413)},
    openapi_extensions=request_body("Photos: JPEG, PNG, BMP, WebP or TIFF.", multipart=PhotosForm),
)
@requires(Role.ANNOTATOR)
def add_images(path: ModelPath, query: SplitChoice) -> Response:
    """Add photos. Good ones are kept and bad ones refused one by one: 201 even where every file is refused."""
    model = detection_models.open_model(path.model_id)
    added = photos.add_photos(model, options(SplitChoice).split, some_uploads("files"))
    return reply(
        AddedPhotos(
            created=[Photo.of(image) for image in added.created],
            duplicates=[Duplicate(filename=name, image_id=image.id) for name, image in added.duplicates],
            rejected=[
                Rejected(filename=name, reason=photo_faults.sentence(fault), code=fault["code"])
                for name, fault in added.rejected
            ],
        ),
        201,
    )


@blueprint.get("/models/<id:model_id>/images", responses={200: Page[Photo], **problem_responses(404)})
@requires(Role.VIEWER)
def list_images(path: ModelPath, query: Filters) -> Response:
    """Photos, the unlabelled first; a photo that is labelled while the pages are read comes again later."""
    model = detection_models.open_model(path.model_id)
    seen = decode("images", query.cursor, length=2)
    rows = photos.list_photos(
        model,
        split=query.split,
        labelled=query.labelled,
        category=query.category,
        query=query.q,
        after=(bool(seen[0]), seen[1]) if seen else None,
        limit=query.limit + 1,
    )
    page, last = cut(rows, query.limit)
    return reply(
        Page[Photo](
            items=[Photo.of(image) for image in page],
            next_cursor=encode("images", int(last.labelled), last.id) if last else None,
        )
    )


@blueprint.get(
    "/images/<id:image_id>/file",
    responses={
        200: file_response("The photo, upright and without EXIF.", "image/*"),
        **problem_responses(404),
    },
)
@requires(Role.VIEWER)
def image_file(path: ImagePath) -> Response:
    """The stored photo."""
    image = photos.open_photo(path.image_id)
    return send_file(
        photos.file_path(image.file), download_name=image.filename, etag=image.sha256, conditional=True
    )


@blueprint.get(
    "/images/<id:image_id>/thumbnail",
    responses={200: file_response("The thumbnail.", "image/webp"), **problem_responses(404)},
)
@requires(Role.VIEWER)
def image_thumbnail(path: ImagePath) -> Response:
    """A small picture of the photo, for lists."""
    image = photos.open_photo(path.image_id)
    return send_file(photos.thumbnail(image.file), mimetype="image/webp", conditional=True)
