"""The labels of a photo for the editor in the browser: read, saved, their history, an earlier state restored."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import Role
from webapp.routes.guards import requires
from webapp.routes.images import open_photo_of
from webapp.services import detection_models, editor_labels

blueprint = Blueprint("photo_labels", __name__)


@blueprint.errorhandler(UserError)
def refused(error: UserError) -> ResponseReturnValue:
    """The editor reads JSON."""
    db.session.rollback()
    return jsonify(detail=error.message, code=error.code, field=error.field), error.status


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/labels")
@requires(Role.VIEWER)
def read(model_id: int, image_id: int) -> Response:
    """All labels, with the version that a change of them names."""
    image = open_photo_of(detection_models.open_model(model_id), image_id)
    response = Response(editor_labels.read(image), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.put("/models/<int:model_id>/images/<int:image_id>/labels")
@requires(Role.ANNOTATOR)
def save(model_id: int, image_id: int) -> ResponseReturnValue:
    """Replace all labels, if nobody saved in between; answers 412 otherwise."""
    image = open_photo_of(detection_models.open_model(model_id), image_id)
    sent = editor_labels.parse(request.get_data(cache=False))
    return jsonify(editor_labels.save(image, sent, current_user))
