"""Comments on places of the open photo: the panel beside it, and what its forms send."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.intake import open_image_of
from webapp.models import Image, Role
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.teamwork import comments
from webapp.web.guards import requires

blueprint = Blueprint("comments", __name__)


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/comments")
@requires(Role.VIEWER)
def panel(model_id: int, image_id: int) -> str:
    """All comments of the photo."""
    return _panel(_image(model_id, image_id))


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/comments")
@requires(Role.ANNOTATOR)
def add(model_id: int, image_id: int) -> ResponseReturnValue:
    """A comment on the place ``x``, ``y``, or an answer (``answer_to``)."""
    image = _image(model_id, image_id)
    text = request.form.get("text", "")
    try:
        if "answer_to" in request.form:
            comments.answer(image, current_user, text, _comment("answer_to"))
        else:
            x, y = (request.form.get(name, type=float) for name in ("x", "y"))
            comments.add(image, current_user, text, x, y)
    except UserError as error:
        db.session.rollback()
        return _panel(image, error=error.message, text=text), error.status
    return _panel(image)


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/comments/state")
@requires(Role.ANNOTATOR)
def set_state(model_id: int, image_id: int) -> ResponseReturnValue:
    """``comment`` is settled (``resolved=yes``), or open again."""
    image = _image(model_id, image_id)
    try:
        comments.set_resolved(image, _comment("comment"), request.form.get("resolved") == "yes")
    except UserError as error:
        db.session.rollback()
        return _panel(image, error=error.message), error.status
    return _panel(image)


def _comment(name: str) -> int:
    number = request.form.get(name, default=0, type=int)
    return number if 0 < number <= LARGEST_ID else 0


def _image(model_id: int, image_id: int) -> Image:
    return open_image_of(detection_models.open_model(model_id), image_id)


def _panel(image: Image, **context: str) -> str:
    return render_template(
        "annotations/comments.html", image=image, threads=comments.of_image(image), **context
    )
