"""Take weights into use. Part of the blueprint ``training``."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Role
from webapp.projects import detection_models
from webapp.training.pages.start import blueprint
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use, words
from webapp.web.guards import requires


@blueprint.post("/models/<int:model_id>/weights-in-use")
@requires(Role.ENGINEER)
def use_weights(model_id: int) -> Response:
    """Take weights into use, where ``expected`` still are; the record that opens has the way back."""
    model = detection_models.open_model(model_id)
    try:
        chosen = weights_files.open_weights(model, request.form.get("weights_id", in_use.NONE, type=int))
        in_use.choose(model, chosen, current_user, request.form.get("expected", type=int))
    except UserError as error:
        db.session.rollback()
        flash(error.message, "error")
    else:
        flash(_("In use from now on: %(weights)s", weights=words.name_of(chosen.document)), "success")
    return redirect(url_for("training.record", model_id=model.id, _anchor="weights"))
