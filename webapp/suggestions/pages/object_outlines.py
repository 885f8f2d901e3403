"""Computed for the open photo: the outline of the object in a box, and the labels of the photo before it moved here."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.intake import open_image_of
from webapp.models import Role
from webapp.projects import detection_models
from webapp.suggestions import neighbour_labels, object_outlines
from webapp.web.guards import requires

blueprint = Blueprint("object_outlines", __name__)


@blueprint.errorhandler(UserError)
def refused(error: UserError) -> ResponseReturnValue:
    """Errors as JSON for the editor."""
    db.session.rollback()
    return jsonify(detail=error.message, code=error.code, field=error.field), error.status


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/outline")
@requires(Role.ANNOTATOR)
def outline(model_id: int, image_id: int) -> Response:
    """``{"box": [x, y, width, height], "include": [stroke], "exclude": [stroke]}`` to ``{"segmentation": […]}``."""
    model = detection_models.open_model(model_id)
    image = open_image_of(model, image_id)
    sent = request.get_json(silent=True)
    sent = sent if isinstance(sent, dict) else {}
    found = object_outlines.outline_of(
        image, model.range_in_use, sent.get("box"), sent.get("include"), sent.get("exclude")
    )
    return jsonify(segmentation=found)


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/from-neighbour/<int:neighbour_id>")
@requires(Role.ANNOTATOR)
def from_neighbour(model_id: int, image_id: int, neighbour_id: int) -> Response:
    """The labels of the neighbour at their places here: ``{"shapes": [{category, is_box, outline or bbox}, …]}``."""
    model = detection_models.open_model(model_id)
    image, neighbour = open_image_of(model, image_id), open_image_of(model, neighbour_id)
    return jsonify(shapes=neighbour_labels.offered(image, neighbour, model.range_in_use))
