"""Annotate: the strip of photos, the open one with its labels and marks."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.annotations import categories
from webapp.annotations.pages import editor_actions
from webapp.images.browsing.queries import Sort
from webapp.images.intake import open_image_of
from webapp.models import DetectionModel, Image, Role
from webapp.projects import detection_models
from webapp.teamwork import assignments, open_photos, sittings
from webapp.teamwork.sittings import Sitting
from webapp.web.filters import image_filter, image_filter_words
from webapp.web.filters.image_filter import ImageFilter
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page

blueprint = Blueprint("annotate", __name__)
STRIP_BEFORE, STRIP_AFTER = 20, 40
"""Photos of the strip before and after the open one."""


@blueprint.get("/models/<int:model_id>/annotate")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The strip and the open photo: the one named in the address, else the first of the strip."""
    model = detection_models.open_model(model_id)
    number = request.args.get("photo", type=int)
    return _page(model, open_image_of(model, number) if number else None)


@blueprint.get("/models/<int:model_id>/annotate/next")
@requires(Role.ANNOTATOR)
def next_photo(model_id: int) -> Response:
    """On to the next photo of the filter that nobody else has open: any, or (``unlabelled``) one without labels."""
    model = detection_models.open_model(model_id)
    shown = image_filter.from_request(default_split=None)
    number = request.args.get("beyond", type=int)
    beyond = open_image_of(model, number) if number else None
    unlabelled = request.args.get("unlabelled") == "1"
    sitting = _sitting(model, shown, beyond)
    found = sitting.next_for(model, beyond, current_user, shown.query, unlabelled=unlabelled)
    if found is None and unlabelled:
        # Photos may have come since the sitting began.
        sitting = sittings.open_sitting(model, shown.query, shown.sort, "", beyond)
        found = sitting.next_for(model, beyond, current_user, shown.query, unlabelled=True)
    if found is None:
        flash(_("No further photo: the others are labelled, or somebody else has them open."), "info")
        found = number
    return redirect(shown.address("annotate.index", model_id=model.id, photo=found, sitting=sitting.name))


@blueprint.get("/annotate/keys")
@requires(Role.VIEWER)
def keys() -> str:
    """The sheet of all keys, for the dialog of it."""
    return render_template("web/key_sheet.html", groups=editor_actions.GROUPS)


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/open")
@requires(Role.ANNOTATOR)
def stay_open(model_id: int, image_id: int) -> Response:
    """A sign of life of who has the photo open; ``{holder}`` is the name of somebody else who has it."""
    holder = open_photos.claim(open_image_of(detection_models.open_model(model_id), image_id), current_user)
    return jsonify(holder=holder.display_name if holder else None)


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/leave")
@requires(Role.ANNOTATOR)
def leave(model_id: int, image_id: int) -> tuple[str, int]:
    """The person has left the photo."""
    open_photos.release(open_image_of(detection_models.open_model(model_id), image_id), current_user)
    return "", 204


def _sitting(model: DetectionModel, shown: ImageFilter, image: Image | None) -> Sitting:
    return sittings.open_sitting(model, shown.query, shown.sort, request.args.get("sitting", ""), image)


def _page(model: DetectionModel, image: Image | None) -> str:
    shown: ImageFilter = image_filter.from_request(default_split=None)
    may_annotate = may(Role.ANNOTATOR)
    sitting = _sitting(model, shown, image)
    if image is None:
        first = sitting.around(None, 0, STRIP_AFTER)
        others = open_photos.of_others(model.id, current_user) if may_annotate else []
        image = next((photo for photo in first if photo.id not in others), first[0] if first else None)
    return render_template(
        "annotations/index.html",
        filter=shown,
        sorts=[*image_filter_words.sorts(), (Sort.UNCERTAIN.value, _("Teach these first"))],
        category_choices=image_filter_words.category_choices(model),
        assignee_choices=image_filter_words.assignee_choices(model),
        narrowed=image_filter_words.narrowed(model, shown),
        sitting=sitting,
        photos=sitting.around(image.id if image else None, STRIP_BEFORE, STRIP_AFTER),
        place=sitting.place(image.id) if image else None,
        image=image,
        categories=categories.list_categories(model),
        actions=editor_actions,
        preceding=sitting.step(image, -1) if image else None,
        following=sitting.step(image, 1) if image else None,
        holder=open_photos.claim(image, current_user) if image and may_annotate else None,
        assignee=assignments.of_image(image) if image else None,
        next_unlabelled=next(iter(sitting.unlabelled_after(image)), None),
        **model_page(model, active="annotate"),
    )
