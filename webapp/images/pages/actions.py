"""Actions on ticked photos or on all of the filter: move, delete, undo."""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.core.extensions import htmx
from webapp.images import bulk
from webapp.images import undo as image_undo
from webapp.images.bulk import ImageChoice
from webapp.images.pages.sentences import (
    deleted_sentence,
    moved_sentence,
    parted_sentence,
    restored_sentence,
)
from webapp.images.similar import leak_check
from webapp.models import DetectionModel, LibraryKind, LibraryRun, Role, Split
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.teamwork import assignments
from webapp.web.filters import image_filter
from webapp.web.guards import requires
from webapp.web.page_context import model_page
from webapp.web.run_panel import panel_context

blueprint = Blueprint("photo_actions", __name__)
KINDS = (LibraryKind.ADD, LibraryKind.MOVE, LibraryKind.DELETE, LibraryKind.RESTORE)


@blueprint.post("/models/<int:model_id>/images/move")
@requires(Role.ANNOTATOR)
def move(model_id: int) -> ResponseReturnValue:
    """Move the chosen photos to the split ``target``."""
    model = detection_models.open_model(model_id)
    split = _target_split()
    moved = bulk.move(model, _choice(), split, current_user)
    if isinstance(moved, LibraryRun):
        return _to_run(moved)
    name = image_undo.remember(model, moved)
    parted = leak_check.parted_by(model, moved.ids)
    sentence = moved_sentence(moved.count, split) + parted_sentence(parted)
    return _done(model, sentence, {"move": name} if name else None)


@blueprint.post("/models/<int:model_id>/images/assign")
@requires(Role.ENGINEER)
def assign(model_id: int) -> ResponseReturnValue:
    """Give the chosen photos to a person, or to nobody, to be labelled."""
    model = detection_models.open_model(model_id)
    number = request.form.get("person", 0, type=int)
    person = assignments.open_people(model, [number])[0] if number else None
    count = assignments.assign(model, _choice().where(model), person)
    if person is None:
        sentence = ngettext("%(num)s photo is nobody's now.", "%(num)s photos are nobody's now.", count)
    else:
        sentence = ngettext("%(num)s photo was assigned.", "%(num)s photos were assigned.", count)
    return _done(model, sentence)


@blueprint.post("/models/<int:model_id>/images/delete")
@requires(Role.ANNOTATOR)
def delete(model_id: int) -> ResponseReturnValue:
    """Move the chosen photos to the trash."""
    model = detection_models.open_model(model_id)
    deletion = bulk.delete(model, _choice(), current_user)
    if isinstance(deletion, LibraryRun):
        return _to_run(deletion)
    undo = {"deleted": deletion.at.isoformat()} if deletion.count else None
    return _done(model, deleted_sentence(deletion.count), undo)


@blueprint.post("/models/<int:model_id>/images/undo")
@requires(Role.ANNOTATOR)
def undo(model_id: int) -> ResponseReturnValue:
    """Undo a move (by its name) or a deletion (by its time)."""
    model = detection_models.open_model(model_id)
    try:
        return _undo(model)
    except UserError as error:
        if not htmx:
            raise
        # The undo button is in a toast, so the result is a toast too.
        response = make_response("", error.status)
        response.headers["HX-Trigger"] = json.dumps({"toast": {"message": error.message, "level": "error"}})
        return response


def _undo(model: DetectionModel) -> ResponseReturnValue:
    if "deleted" in request.form:
        restored = bulk.restore(model, current_user, at=posted_time("deleted"))
        if isinstance(restored, LibraryRun):
            return _to_run(restored)
        return _done(model, restored_sentence(restored))
    moved = bulk.undo_move(model, request.form.get("move", ""), current_user)
    if isinstance(moved, LibraryRun):
        return _to_run(moved)
    return _done(model, ngettext("%(num)s photo moved back.", "%(num)s photos moved back.", moved.count))


@blueprint.get("/models/<int:model_id>/images/work/<int:run_id>")
@requires(Role.VIEWER)
def work(model_id: int, run_id: int) -> str:
    """The page of a run that adds, moves, deletes or restores many photos."""
    model = detection_models.open_model(model_id)
    run = library_runs.open_run(run_id, KINDS, model)
    return render_template("images/work.html", **panel_context(run), **_without_model(model))


def posted_ids() -> list[int]:
    """The ticked boxes."""
    return [number for number in request.form.getlist("ids", type=int) if 0 < number <= LARGEST_ID]


def posted_time(field: str) -> datetime:
    """The ``deleted_at`` in a form field. Raises UserError (422)."""
    try:
        moment = datetime.fromisoformat(request.form[field])
    except (KeyError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UserError(_("This cannot be undone here: look into the trash."), code="undo_gone")
    return moment


def _target_split() -> Split:
    target = request.form.get("target", "")
    if target not in list(Split):
        raise UserError(
            _("Choose where the photos go: train, validation or test."), code="split_missing", field="target"
        )
    return Split(target)


def _choice() -> ImageChoice:
    """Raises UserError (422) where nothing was ticked."""
    if request.form.get("all") == "1":
        return ImageChoice(query=image_filter.from_request(default_split=Split.TRAIN).query)
    ids = posted_ids()
    if not ids:
        raise UserError(_("Tick the photos first."), code="nothing_chosen", field="ids")
    return ImageChoice(ids=ids)


def _done(model: DetectionModel, sentence: str, undo: dict[str, str] | None = None) -> ResponseReturnValue:
    """Refresh the gallery and show a toast with the result and an undo button."""
    shown = image_filter.from_request(default_split=Split.TRAIN)
    if not htmx:
        flash(sentence, "success")
        return redirect(shown.address("images.index", model_id=model.id))
    toast: dict[str, Any] = {"message": sentence, "level": "success"}
    if undo:
        address = shown.address("photo_actions.undo", model_id=model.id)
        toast["action"] = {"label": _("Undo"), "url": address, "values": undo}
    response = make_response("")
    response.headers["HX-Trigger"] = json.dumps({"photos:changed": {}, "toast": toast})
    # Leave the delete mode: a reload must not open it again.
    response.headers["HX-Replace-Url"] = shown.address("images.index", model_id=model.id)
    return response


def _to_run(run: LibraryRun) -> ResponseReturnValue:
    page = url_for("photo_actions.work", model_id=run.model_id, run_id=run.id)
    if not htmx:
        return redirect(page)
    response = make_response("")
    response.headers["HX-Redirect"] = page
    return response


def _without_model(model: DetectionModel) -> dict[str, Any]:
    context = model_page(model, active="images")
    del context["model"]  # the panel's context has it
    return context
