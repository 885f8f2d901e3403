"""The labels of a model as a file."""

from flask import Response
from pydantic import BaseModel, Field

from webapp.core.disk_space import needs_room
from webapp.exchange.exports import label_files, loss_sentences
from webapp.exchange.exports.label_download import send_labels
from webapp.exchange.exports.selection import ExportSelection
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.models import Role, Split
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply

blueprint = api_blueprint("exports", "The labels of a model as a file.")


class ExportChoice(BaseModel):
    """What goes into the file."""

    split: Split | None = Field(default=None, description="Left out: all splits.")
    format: LabelFormat = Field(
        default=LabelFormat.COCO,
        description=(
            "`coco` holds everything. `via`: a project of VGG Image Annotator 2. `yolo`: segmentation, with "
            "`data.yaml`. `voc`: Pascal VOC, XML with boxes and pictures of objects and categories. `labelme`: a "
            "file for each photo. `cvat`: XML 1.1 for images. `labelstudio`: tasks in JSON. `datumaro`: a JSON for "
            "each split. What a format holds in another form: `export/losses`."
        ),
    )
    photos: bool = Field(default=False, description="A zip with the photos.")


@blueprint.get(
    "/models/<id:model_id>/export",
    responses={
        200: {
            "description": (
                "The document of `coco`, `via`, `cvat` or `labelstudio`. A zip for `yolo`, `voc`, `labelme` and "
                "`datumaro`, with a folder for each split, and for `photos=true`."
            ),
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/xml": {"schema": {"type": "string"}},
                "application/zip": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problem_responses(404),
    },
    validate_response=False,
)
@requires(Role.VIEWER)
@needs_room
def export_labels(path: ModelPath, query: ExportChoice) -> Response:
    """The labelled photos and their labels, of any size; nothing of it is kept."""
    model = detection_models.open_model(path.model_id)
    return send_labels(model, ExportSelection(query.split, query.format, query.photos))


class ExportLoss(BaseModel):
    """One thing that the format holds in another form, or not at all."""

    what: FormatLoss
    count: int = Field(description="Of labels, photos or categories.")
    detail: str = Field(description="A sentence in the language asked for.")


class ExportLosses(BaseModel):
    """What an export in this format does not hold as the model does; empty where it holds everything."""

    items: list[ExportLoss]


@blueprint.get("/models/<id:model_id>/export/losses", responses={200: ExportLosses, **problem_responses(404)})
@requires(Role.VIEWER)
def list_export_losses(path: ModelPath, query: ExportChoice) -> Response:
    """What the format holds in another form than the model, or not at all: counted now, of any size."""
    model = detection_models.open_model(path.model_id)
    losses = label_files.count_losses(model, ExportSelection(query.split, query.format, query.photos))
    items = [
        ExportLoss(
            what=loss, count=losses[loss], detail=loss_sentences.sentence(query.format, loss, losses[loss])
        )
        for loss in FormatLoss
        if losses[loss]
    ]
    return reply(ExportLosses(items=items))
