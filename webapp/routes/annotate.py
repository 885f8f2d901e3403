"""Annotate: the strip of photos, the open one with its labels and marks."""

from flask import Blueprint, render_template, request

from webapp.models import DetectionModel, Image, Role
from webapp.routes import annotator_actions, photo_filter, photo_filter_words
from webapp.routes.guards import requires
from webapp.routes.images import open_photo_of
from webapp.routes.page_context import model_page
from webapp.routes.photo_filter import PhotoFilter
from webapp.services import categories, detection_models, photo_neighbours

blueprint = Blueprint("annotate", __name__)
STRIP_SIZE = 40


@blueprint.get("/models/<int:model_id>/annotate")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The strip and the open photo: the one named in the address, else the first of the strip."""
    model = detection_models.open_model(model_id)
    number = request.args.get("photo", type=int)
    return _page(model, open_photo_of(model, number) if number else None)


def _page(model: DetectionModel, image: Image | None) -> str:
    shown: PhotoFilter = photo_filter.from_request(default_split=None)
    page = shown.page(model, STRIP_SIZE)
    if image is None and page.photos:
        image = page.photos[0]
    return render_template(
        "annotate/index.html",
        filter=shown,
        narrowed=photo_filter_words.narrowed(model, shown),
        page=page,
        image=image,
        categories=categories.list_categories(model),
        actions=annotator_actions,
        neighbours=photo_neighbours.neighbours_of(model, image, shown.query, shown.sort) if image else None,
        next_unlabelled=photo_neighbours.next_unlabelled(model, shown.query, shown.sort, image),
        **model_page(model, active="annotate"),
    )
