"""The labels of a model as a file."""

from flask import Response
from pydantic import BaseModel, Field

from webapp.exchange.exports.label_download import send_labels
from webapp.exchange.exports.label_files import ExportSelection, LabelFormat
from webapp.models import Role, Split
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses

blueprint = api_blueprint("exports", "The labels of a model as a file.")


class ExportChoice(BaseModel):
    """What goes into the file."""

    split: Split | None = Field(default=None, description="Left out: all splits.")
    format: LabelFormat = Field(
        default=LabelFormat.COCO,
        description="`via` is a project of VGG Image Annotator 2: it holds outlines in place of masks.",
    )
    photos: bool = Field(default=False, description="A zip with the photos.")


@blueprint.get(
    "/models/<id:model_id>/export",
    responses={
        200: {
            "description": (
                "A COCO document or a VIA project, or a zip with `annotations.json` or `via_project.json` "
                "and `photos/`."
            ),
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
    """The labelled photos and their labels, of any size; nothing of it is kept."""
    model = detection_models.open_model(path.model_id)
    return send_labels(model, ExportSelection(query.split, query.format, query.photos))
