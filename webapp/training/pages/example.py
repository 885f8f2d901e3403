"""The example model: made and thrown away by one press each. Part of the blueprint ``training``."""

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.core.errors import UserError
from webapp.models import Role
from webapp.projects import detection_models, trash
from webapp.training.pages.start import blueprint
from webapp.training.preparation import example
from webapp.web.guards import requires


@blueprint.post("/models/example")
@requires(Role.ENGINEER)
def create_example() -> Response:
    """A model with five labelled photos; opens its photos."""
    model = example.create(current_user)
    flash(_("Here are five labelled photos. The next step is to train: it takes two minutes."), "success")
    return redirect(url_for("images.index", model_id=model.id))


@blueprint.post("/models/<int:model_id>/example/discard")
@requires(Role.ENGINEER)
def discard_example(model_id: int) -> Response:
    """Into the trash, without a typed name; 404 for any other model."""
    model = detection_models.open_model(model_id)
    if not model.example:
        abort(404)
    try:
        trash.delete_model(model, model.name, current_user)
    except UserError as error:
        flash(error.message, "error")
        return redirect(url_for("models.index"))
    flash(_("The example was thrown away. It is in the trash."), "success")
    return redirect(url_for("models.index"))
