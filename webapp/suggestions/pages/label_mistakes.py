"""The review of labels that look wrong: one after the other, decided by a key."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.images.intake import open_image_of
from webapp.models import DetectionModel, Role
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.suggestions.label_mistakes import decisions, ranking, review_queue, words
from webapp.training import runs as training_runs
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("label_mistakes", __name__)


@blueprint.get("/models/<int:model_id>/label-mistakes")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The likeliest mistake, or the one at the place ``at`` of the order, or the likeliest of a ``photo``."""
    model = detection_models.open_model(model_id)
    return _page(model, _kind(request.args), _place(request.args), request.args.get("photo", type=int))


@blueprint.get("/training-runs/<int:run_id>/label-mistakes")
@requires(Role.VIEWER)
def of_run(run_id: int) -> str:
    """How many labels look wrong beside what the folds of this run found: a part of its result, fetched by it."""
    run = training_runs.open_run(run_id)
    newest = ranking.newest_run(run.model)
    if newest is None or newest.id != run.id:
        return ""
    ranking.bring_up_to_date(run)
    return render_template("suggestions/_mistakes_of_run.html", run=run, wrong=review_queue.count_wrong(run))


@blueprint.post("/models/<int:model_id>/label-mistakes/decide")
@requires(Role.ANNOTATOR)
def decide(model_id: int) -> ResponseReturnValue:
    """Keep the labels or accept the correction; answers with what comes next in the order."""
    model = detection_models.open_model(model_id)
    kind, place = _kind(request.form), _place(request.form)
    try:
        mistake = review_queue.open_mistake(model, _id("mistake"))
        if request.form.get("decision") == "accept":
            version = mistake.photo.version
            image = decisions.accept(mistake, current_user)
            undo = {"image": image.id, "version": version}
        else:
            undo = {"kept": decisions.keep(mistake, current_user).id}
    except UserError as error:
        db.session.rollback()
        return _refused(model, error, kind, place)
    return _next(model, kind, place, undo=undo, accepted="image" in undo)


@blueprint.post("/models/<int:model_id>/label-mistakes/undo")
@requires(Role.ANNOTATOR)
def undo(model_id: int) -> ResponseReturnValue:
    """Take a decision back: the label waits again."""
    model = detection_models.open_model(model_id)
    kind, place = _kind(request.form), _place(request.form)
    try:
        if "kept" in request.form:
            image = decisions.take_back(model, _id("kept"))
        else:
            image = open_image_of(model, _id("image"))
            decisions.undo(image, request.form.get("version", default=-1, type=int), current_user)
    except UserError as error:
        db.session.rollback()
        return _refused(model, error, kind, place)
    return _next(model, None, 0, photo=image.id)


def _next(
    model: DetectionModel, kind: MistakeKind | None, place: int, photo: int | None = None, **context: Any
) -> ResponseReturnValue:
    if not htmx:
        return redirect(
            url_for("label_mistakes.index", model_id=model.id, kind=kind, at=place or None, photo=photo)
        )
    return render_template("suggestions/_label_mistake.html", **_context(model, kind, place, photo) | context)


def _refused(
    model: DetectionModel, error: UserError, kind: MistakeKind | None, place: int
) -> ResponseReturnValue:
    context = _context(model, kind, place) | {"refusal": error.message}
    if not htmx:
        return _page(model, kind, place, refusal=error.message), error.status
    return render_template("suggestions/_label_mistake.html", **context), error.status


def _page(
    model: DetectionModel, kind: MistakeKind | None, place: int, photo: int | None = None, **more: Any
) -> str:
    context = _context(model, kind, place, photo) | more
    return render_template("suggestions/label_mistakes.html", **context | model_page(model, active="images"))


def _context(
    model: DetectionModel, kind: MistakeKind | None, place: int, photo: int | None = None
) -> dict[str, Any]:
    run = ranking.newest_run(model)
    if run is not None:
        ranking.bring_up_to_date(run)
    counts = review_queue.counts(run) if run is not None else {}
    total = counts.get(kind, 0) if kind else sum(counts.values())
    if run is not None and photo:
        place = review_queue.place_of(run, photo)
    # Beyond the last one the order begins again, so that what was skipped comes back.
    place = place if place < total else 0
    mistake = review_queue.at_place(run, kind, place) if run is not None else None
    shown = next(iter(review_queue.shown([mistake])), None) if mistake is not None else None
    return {
        "model": model,
        "run": run,
        "kind": kind,
        "counts": counts,
        "place": place,
        "total": total,
        "all": sum(counts.values()),
        "one": shown,
        "words": words,
    }


def _kind(sent: Any) -> MistakeKind | None:
    asked = sent.get("kind", "")
    return MistakeKind(asked) if asked in list(MistakeKind) else None


def _place(sent: Any) -> int:
    return min(max(0, sent.get("at", default=0, type=int)), LARGEST_ID)


def _id(name: str) -> int:
    number = request.form.get(name, default=0, type=int)
    if not 0 < number <= LARGEST_ID:
        raise UserError(_("Say which label is meant."), code="mistake_gone", status=404)
    return number
