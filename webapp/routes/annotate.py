"""Annotate: the strip of photos, the open one with its labels and marks."""

import json

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.extensions import htmx
from webapp.models import DetectionModel, Image, Role
from webapp.routes import photo_filter, photo_filter_words
from webapp.routes.guards import requires
from webapp.routes.images import category_counts, open_photo_of
from webapp.routes.page_context import model_page
from webapp.routes.photo_filter import PhotoFilter
from webapp.services import detection_models, labels, photo_neighbours, shape_drawings

blueprint = Blueprint("annotate", __name__)
STRIP_SIZE = 40


@blueprint.get("/models/<int:model_id>/annotate")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The strip and the open photo: the one named in the address, else the first of the strip."""
    model = detection_models.open_model(model_id)
    number = request.args.get("photo", type=int)
    return _page(model, open_photo_of(model, number) if number else None)


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/no-object")
@requires(Role.ANNOTATOR)
def mark_no_object(model_id: int, image_id: int) -> ResponseReturnValue:
    """Set or take back the mark «no object here»."""
    model = detection_models.open_model(model_id)
    image = open_photo_of(model, image_id)
    value = request.form.get("value") == "1"
    labels.set_no_object(image, value, current_user)
    shown = photo_filter.from_request(default_split=None)
    here = shown.address("annotate.index", model_id=model.id, photo=image.id)
    if not htmx:
        return redirect(here)
    message = _("Marked: no object here.") if value else _("Mark taken back.")
    response = make_response(_page(model, image))
    response.headers["HX-Replace-Url"] = here  # the photo moved in the order: a reload must find it
    response.headers["HX-Trigger"] = json.dumps({"toast": {"message": message, "level": "success"}})
    return response


def _page(model: DetectionModel, image: Image | None) -> str:
    shown: PhotoFilter = photo_filter.from_request(default_split=None)
    page = shown.page(model, STRIP_SIZE)
    if image is None and page.photos:
        image = page.photos[0]
    drawings = shape_drawings.drawings_of(labels.annotations_of(image)) if image else []
    return render_template(
        "annotate/index.html",
        filter=shown,
        narrowed=photo_filter_words.narrowed(model, shown),
        page=page,
        image=image,
        drawings=drawings,
        counts=category_counts(drawings),
        neighbours=photo_neighbours.neighbours_of(model, image, shown.query, shown.sort) if image else None,
        next_unlabelled=photo_neighbours.next_unlabelled(model, shown.query, shown.sort, image),
        **model_page(model, active="annotate"),
    )
