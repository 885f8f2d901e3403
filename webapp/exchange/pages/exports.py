"""Exports: form, stored files, downloads."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.core import downloads
from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.exchange.exports import format_words, loss_sentences
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.exports.label_download import send_labels
from webapp.exchange.exports.selection import ExportSelection
from webapp.formats.exports.formats import LabelFormat
from webapp.models import DetectionModel, LibraryKind, Role, Split
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.web.guards import check_role, requires
from webapp.web.page_context import model_page

blueprint = Blueprint("exports", __name__)


@blueprint.get("/models/<int:model_id>/exports")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The form, active exports, and stored files."""
    return _page(detection_models.open_model(model_id), _choice())


@blueprint.post("/models/<int:model_id>/exports")
@requires(Role.VIEWER)
@needs_room
def start(model_id: int) -> ResponseReturnValue:
    """A small export redirects to its download, a large one is queued."""
    model = detection_models.open_model(model_id)
    choice = _choice()
    try:
        if export_runs.is_small(model, choice):
            return redirect(_address("exports.labels", model, choice), HTTPStatus.SEE_OTHER)
        check_role(Role.ANNOTATOR)
    except UserError as error:
        return _page(model, choice, error), error.status
    run = export_runs.start(model, choice, current_user)
    return redirect(
        url_for("exports.index", model_id=model.id, _anchor=f"library-run-{run.id}"), HTTPStatus.SEE_OTHER
    )


@blueprint.get("/models/<int:model_id>/exports/losses")
@requires(Role.VIEWER)
def losses(model_id: int) -> str:
    """What the chosen format does not hold as it is, for the form."""
    choice = _choice()
    counted = export_runs.losses_at_once(detection_models.open_model(model_id), choice)
    sentences = None if counted is None else loss_sentences.sentences(counted, choice.format)
    return render_template("exchange/exports/_losses.html", sentences=sentences)


@blueprint.get("/models/<int:model_id>/exports/labels")
@requires(Role.VIEWER)
def labels(model_id: int) -> ResponseReturnValue:
    """Stream the file; if it is too large for that, redirect to the filled-in form."""
    model = detection_models.open_model(model_id)
    choice = _choice()
    try:
        small = export_runs.is_small(model, choice)
    except UserError as error:
        return _page(model, choice, error), error.status
    return send_labels(model, choice) if small else redirect(_address("exports.index", model, choice))


@blueprint.get("/models/<int:model_id>/exports/<int:run_id>/file")
@requires(Role.VIEWER)
def file(model_id: int, run_id: int) -> ResponseReturnValue:
    """The file of a large export, with range requests for interrupted downloads."""
    model = detection_models.open_model(model_id)
    run = library_runs.open_run(run_id, (LibraryKind.EXPORT,), model)
    path = export_runs.file_to_send(run)
    response = downloads.whole_file(path, (run.result or {})["filename"])
    # Never changed under its address; without the question each time a broken download could not go on.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _choice() -> ExportSelection:
    """What is asked for; what cannot be read counts as not said."""
    values = request.values
    split, form = values.get("split", ""), values.get("format", "")
    return ExportSelection(
        Split(split) if split in list(Split) else None,
        LabelFormat(form) if form in list(LabelFormat) else LabelFormat.COCO,
        values.get("photos") == "1",
    )


def _address(endpoint: str, model: DetectionModel, choice: ExportSelection) -> str:
    return url_for(
        endpoint,
        model_id=model.id,
        split=choice.split,
        format=choice.format,
        photos="1" if choice.photos else None,
    )


def _page(model: DetectionModel, choice: ExportSelection, error: UserError | None = None) -> str:
    runs = library_runs.newest(model, (LibraryKind.EXPORT,))
    return render_template(
        "exchange/exports/index.html",
        choice=choice,
        error=error,
        formats=format_words.WORDS,
        counts=export_runs.annotated_images(model),
        under_way=[run for run in runs if not run.status.is_over],
        past=[run for run in runs if run.status.is_over],
        days_left={run.id: export_runs.days_left(run) for run in runs},
        days_kept=export_runs.KEPT.days,
        **model_page(model, active="annotate"),
    )
