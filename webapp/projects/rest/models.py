"""Models."""

from flask import Response, send_file
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from webapp.core.errors import UserError
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models, pictures, trash
from webapp.projects.detection_models import ModelSummary
from webapp.rest.access import api_blueprint, bound_to, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import NO_CONTENT, Page, file_response, reply, request_body
from webapp.rest.uploads import one_upload
from webapp.rest.validation import Text, Time

blueprint = api_blueprint(
    "models", "What the factory teaches: a model owns photos, labels, runs and weights."
)


class Counts(BaseModel):
    """Photos of a model."""

    train: int
    validation: int
    test: int
    unlabelled: int = Field(description="Of all splits.")


class Model(BaseModel):
    """A model."""

    id: int
    name: str
    description: str
    picture_url: str | None = Field(description="Null where the default picture is shown.")
    created_at: Time
    counts: Counts

    @classmethod
    def of(cls, summary: ModelSummary) -> "Model":
        """From the database."""
        model = summary.model
        return cls(
            id=model.id,
            name=model.name,
            description=model.description,
            picture_url=f"{PREFIX}/models/{model.id}/picture" if model.picture_sha256 else None,
            created_at=model.created_at,
            counts=Counts(**summary.counts),
        )


class NewModel(BaseModel):
    """A model to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(description="Not taken by another model, in whatever case.")
    description: Text = ""


class ModelChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    description: Text | None = None


class Confirmation(BaseModel):
    """That the caller means this model."""

    confirm: Text = Field(default="", description="The model's name, exactly.")


class PictureForm(BaseModel):
    """The model's picture."""

    picture: bytes


@blueprint.get("/models", responses={200: Page[Model]})
@requires(Role.VIEWER, only_own_models=True)
def list_models(query: Paging) -> Response:
    """Models in order of creation."""
    seen = decode("models", query.cursor)
    models = detection_models.list_models(caller(), bound_to())
    waiting = [model for model in models if seen is None or model.id > seen[0]]
    page, last = cut(waiting, query.limit)
    return reply(
        Page[Model](
            items=[Model.of(summary) for summary in detection_models.summarise(page)],
            next_cursor=encode("models", last.id) if last else None,
        )
    )


@blueprint.post("/models", responses={201: Model, **problem_responses(400, 409, 415)})
@requires(Role.ENGINEER)
def create_model(body: NewModel) -> Response:
    """Make a model."""
    model = detection_models.create_model(body.name, body.description, caller())
    response = _one(model, 201)
    response.headers["Location"] = f"{PREFIX}/models/{model.id}"
    return response


@blueprint.get("/models/<id:model_id>", responses={200: Model, **problem_responses(404)})
@requires(Role.VIEWER)
def get_model(path: ModelPath) -> Response:
    """One model."""
    return _one(detection_models.open_model(path.model_id))


@blueprint.patch("/models/<id:model_id>", responses={200: Model, **problem_responses(400, 404, 409, 415)})
@requires(Role.ENGINEER)
def update_model(path: ModelPath, body: ModelChanges) -> Response:
    """Change name or description."""
    model = detection_models.open_model(path.model_id)
    detection_models.update_model(model, body.name, body.description)
    return _one(model)


@blueprint.delete("/models/<id:model_id>", responses={204: NO_CONTENT, **problem_responses(404, 409)})
@requires(Role.ENGINEER)
def delete_model(path: ModelPath, query: Confirmation) -> Response:
    """Delete a model; the pages restore it within 30 days. 409 where `confirm` is not its name or it is at work."""
    trash.delete_model(detection_models.open_model(path.model_id), query.confirm, caller())
    return Response(status=204)


@blueprint.put(
    "/models/<id:model_id>/picture",
    responses={200: Model, **problem_responses(404, 413)},
    openapi_extensions=request_body("One photo.", multipart=PictureForm),
)
@requires(Role.ENGINEER)
def put_picture(path: ModelPath) -> Response:
    """Set the model's picture."""
    model = detection_models.open_model(path.model_id)
    detection_models.set_picture(model, pictures.store_picture(one_upload("picture")))
    return _one(model)


@blueprint.get(
    "/models/<id:model_id>/picture",
    responses={200: file_response("The picture.", "image/*"), **problem_responses(404)},
)
@requires(Role.VIEWER)
def get_picture(path: ModelPath) -> Response:
    """The model's picture, at the size of a card."""
    model = detection_models.open_model(path.model_id)
    file = image_intake.find_file(model.picture_sha256)
    if file is None:
        raise UserError(_("This model has no picture of its own."), code="no_picture", status=404)
    return send_file(image_intake.thumbnail(file), mimetype="image/webp", conditional=True)


def _one(model: DetectionModel, status: int = 200) -> Response:
    return reply(Model.of(detection_models.summary(model)), status)
