"""What the wall of photos asks for when it is there: numbers, outlines of labels; and how a person wants it to look."""

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_babel import format_decimal

from webapp.annotations.shape_drawings import small_outlines
from webapp.images import intake
from webapp.images.browsing.place import place_of
from webapp.models import Role
from webapp.projects import detection_models
from webapp.projects.detection_models import ModelSummary
from webapp.web.filters import image_filter
from webapp.web.filters.image_filter import PAGE_SIZE, ImageFilter, ImagePage
from webapp.web.guards import requires
from webapp.web.numbers import whole_number

blueprint = Blueprint("wall", __name__)
SIZES = range(1, 6)
USUAL_SIZE = 3
SIZE_COOKIE = "thumbnail_size"
OUTLINES_COOKIE = "thumbnail_labels"


def looks() -> dict[str, Any]:
    """The size of the photos and whether labels are drawn, as the cookies of ``images/wall.js`` say."""
    size = whole_number(request.cookies.get(SIZE_COOKIE, ""))
    return {
        "thumbnail_size": size if size in SIZES else USUAL_SIZE,
        "outlines_shown": request.cookies.get(OUTLINES_COOKIE) == "1",
    }


def first_place(shown: ImageFilter, page: ImagePage, rail: ModelSummary) -> str | None:
    """«1–60 / 137» where nothing has to be counted for it: on the first page of a whole split."""
    if shown.narrows or page.preceding or not page.photos or shown.split is None:
        return None
    return place_words(1, len(page.photos), rail.counts[shown.split.value])


def place_words(first: int | None, count: int, total: int) -> str:
    """«61–120 / 137», «3 / 137»; «137» where the first is not known."""
    if first is None:
        return format_decimal(total)
    numbers = format_decimal(first)
    if count > 1:
        numbers += f"–{format_decimal(first + count - 1)}"
    return f"{numbers} / {format_decimal(total)}"


@blueprint.get("/models/<int:model_id>/images/place")
@requires(Role.VIEWER)
def place(model_id: int) -> str:
    """Where the photo ``first`` stands, with the ``count`` from it on."""
    model = detection_models.open_model(model_id)
    image = intake.find_image_of(model, whole_number(request.args.get("first", "")) or 0)
    if image is None:
        abort(404)
    shown = image_filter.from_request(default_split=image.split)
    number, total = place_of(model, shown.query, shown.sort, image)
    return place_words(number, whole_number(request.args.get("count", "")) or 1, total)


@blueprint.get("/models/<int:model_id>/images/outlines")
@requires(Role.VIEWER)
def outlines(model_id: int) -> str:
    """Draws the labels of the photos ``ids`` (with commas between them, a page at most) as outlines of few points."""
    model = detection_models.open_model(model_id)
    ids = [whole_number(text) for text in request.args.get("ids", "").split(",")[:PAGE_SIZE]]
    images = intake.find_images_of(model, [number for number in ids if number])
    return render_template("images/_outlines.html", drawings=small_outlines(images))
