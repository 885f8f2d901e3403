"""Annotate: the strip of photos, the open one with its labels and marks."""

from flask import Blueprint, render_template, request

from webapp.annotations import categories
from webapp.annotations.pages import editor_actions
from webapp.images.browsing import neighbours as image_neighbours
from webapp.images.intake import open_image_of
from webapp.models import DetectionModel, Image, Role
from webapp.projects import detection_models
from webapp.web import image_filter, image_filter_words
from webapp.web.guards import requires
from webapp.web.image_filter import ImageFilter
from webapp.web.page_context import model_page

blueprint = Blueprint("annotate", __name__)
STRIP_SIZE = 40


@blueprint.get("/models/<int:model_id>/annotate")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The strip and the open photo: the one named in the address, else the first of the strip."""
    model = detection_models.open_model(model_id)
    number = request.args.get("photo", type=int)
    return _page(model, open_image_of(model, number) if number else None)


def _page(model: DetectionModel, image: Image | None) -> str:
    shown: ImageFilter = image_filter.from_request(default_split=None)
    page = shown.page(model, STRIP_SIZE)
    if image is None and page.photos:
        image = page.photos[0]
    return render_template(
        "annotations/index.html",
        filter=shown,
        narrowed=image_filter_words.narrowed(model, shown),
        page=page,
        image=image,
        categories=categories.list_categories(model),
        actions=editor_actions,
        neighbours=image_neighbours.neighbours_of(model, image, shown.query, shown.sort) if image else None,
        next_unlabelled=image_neighbours.next_unlabelled(model, shown.query, shown.sort, image),
        **model_page(model, active="annotate"),
    )
