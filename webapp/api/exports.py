"""The labels of a model as a file."""

from typing import Literal

from flask import Response
from flask_babel import gettext as _
from pydantic import BaseModel, Field

from webapp.api.access import api_blueprint, requires
from webapp.api.models import ModelPath
from webapp.api.problems import problem_responses
from webapp.downloads import attachment
from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import Role, Split
from webapp.services import detection_models, label_archive, label_export

blueprint = api_blueprint("exports", "The labels of a model as a file.")


class ExportChoice(BaseModel):
    """What goes into the file."""

    split: Split | None = Field(default=None, description="Left out: all splits.")
    format: Literal["coco", "via"] = Field(default="coco", description="`via` is not available yet.")
    photos: bool = Field(default=False, description="A zip with the photos.")


@blueprint.get(
    "/models/<id:model_id>/export",
    responses={
        200: {
            "description": "A COCO document, or a zip with `annotations.json` and `photos/`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/zip": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problem_responses(404),
    },
    validate_response=False,
)
@requires(Role.VIEWER)
def export_labels(path: ModelPath, query: ExportChoice) -> Response:
    """The labelled photos and their labels."""
    model = detection_models.open_model(path.model_id)
    if query.format != "coco":
        raise UserError(
            _("This format is not available yet: export as “coco”."), code="format_unknown", field="format"
        )
    if query.photos:
        name = label_archive.filename(model, query.split)
        response = Response(label_archive.chunks(model, query.split), mimetype="application/zip")
    else:
        name = label_export.filename(model, query.split)
        document = label_export.coco_document(model, query.split)
        response = Response(label_export.as_file(document), mimetype="application/json")
    db.session.remove()  # a slow download must not hold a database connection
    response.headers["Content-Disposition"] = attachment(name)
    return response
