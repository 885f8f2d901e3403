"""Similar pairs between train and validation or test: shown side by side, moved together or kept apart."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from webapp.core.errors import UserError
from webapp.images import moves
from webapp.images.similar import leaks, near_duplicates
from webapp.models import DetectionModel, Role
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.web.filters import image_filter
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("similar_photos", __name__)
PAGE_SIZE = 20


@blueprint.get("/models/<int:model_id>/similar")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The pairs, the most alike first."""
    model = detection_models.open_model(model_id)
    kept_apart = request.args.get("show") == "apart"
    after = _place(request.args.get("after", ""))
    # Read first: photos compared in the meantime are then among the pairs, or the page asks again.
    waiting = near_duplicates.is_waiting(model)
    found = leaks.page(model, after, PAGE_SIZE + 1, kept_apart)
    pairs = found[:PAGE_SIZE]
    following = "-".join(map(str, pairs[-1].place)) if len(found) > PAGE_SIZE else None
    return render_template(
        "images/similar.html",
        pairs=pairs,
        kept_apart=kept_apart,
        after=after,
        following=following,
        waiting=waiting,
        **model_page(model, active="images"),
    )


@blueprint.post("/models/<int:model_id>/similar/move")
@requires(Role.ANNOTATOR)
def move(model_id: int) -> Response:
    """Move a pair and all photos similar to it to one split."""
    model = detection_models.open_model(model_id)
    split = image_filter.posted_split()
    _say(leaks.move_group(model, _posted_pair(), split))
    return _back(model)


@blueprint.post("/models/<int:model_id>/similar/move-all")
@requires(Role.ANNOTATOR)
def move_all(model_id: int) -> Response:
    """Do the same for all pairs at once."""
    model = detection_models.open_model(model_id)
    _say(leaks.move_all(model, to_training=request.form.get("to") == "train"))
    return _back(model)


@blueprint.post("/models/<int:model_id>/similar/apart")
@requires(Role.ANNOTATOR)
def apart(model_id: int) -> Response:
    """Mark two photos as showing different things, or remove the mark."""
    model = detection_models.open_model(model_id)
    first, second = _posted_pair()
    kept_apart = request.form.get("apart") == "yes"
    leaks.keep_apart(model, first, second, kept_apart)
    flash(
        _("The two photos stay apart and are not shown again.")
        if kept_apart
        else _("The pair is back in the list."),
        "success",
    )
    return _back(model)


def _say(moved: moves.Moved) -> None:
    flash(ngettext("%(num)s photo moved.", "%(num)s photos moved.", moved.count), "success")


def _back(model: DetectionModel) -> Response:
    return redirect(url_for("similar_photos.index", model_id=model.id, show=request.args.get("show")))


def _posted_pair() -> tuple[int, int]:
    first, second = (request.form.get(name, type=int) for name in ("first", "second"))
    if first is None or second is None or not all(0 < number <= LARGEST_ID for number in (first, second)):
        raise UserError(_("Choose a pair of photos from the list."), code="pair_missing", status=422)
    return first, second


def _place(text: str) -> leaks.Place | None:
    numbers = text.split("-")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
        return None
    distance, first, second = map(int, numbers)
    return distance, first, second
