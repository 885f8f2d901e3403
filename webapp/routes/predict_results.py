"""Predictions under way and what they found. Part of the blueprint ``predict``."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.errors import UserError
from webapp.extensions import db, htmx
from webapp.models import PhotoState, PredictedPhoto, PredictionRun, Role
from webapp.models.columns import now
from webapp.routes.guards import requires
from webapp.routes.page_context import model_page
from webapp.routes.predict import blueprint
from webapp.routes.training_form import ARCHITECTURE_NAMES
from webapp.services import (
    photo_faults,
    photos,
    prediction_gallery,
    prediction_results,
    prediction_runs,
    storage,
)

PHOTOS_PAGE = 60
FAILED_SHOWN = 200
ONE_DAY = 24 * 3600


@blueprint.get("/prediction-runs/<int:run_id>")
@requires(Role.VIEWER)
def show(run_id: int) -> str:
    """Progress while the run is under way, the result when it is over."""
    run = prediction_runs.open_run(run_id)
    return render_template("predict/show.html", **_context(run), **model_page(run.model, active="predict"))


@blueprint.get("/prediction-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> str:
    """The same without the frame."""
    return _panel(run_id)


@blueprint.post("/prediction-runs/<int:run_id>/stop")
@requires(Role.ANNOTATOR)
def stop(run_id: int) -> Response:
    """Ask the run to stop after the photo in hand."""
    prediction_runs.request_stop(prediction_runs.open_run(run_id))
    if htmx:
        answer = FlaskResponse(_panel(run_id))
        answer.headers["HX-Trigger"] = "close-dialog"
        return answer
    return redirect(url_for("predict.show", run_id=run_id))


@blueprint.get("/prediction-runs/<int:run_id>/photos/<int:photo_id>/picture")
@requires(Role.VIEWER)
def picture(run_id: int, photo_id: int) -> FlaskResponse:
    """The photo with what was found drawn on it; the plain photo while nothing is drawn."""
    run, photo = _open_photo(run_id, photo_id)
    drawn = storage.result_picture_path(run.id, photo.id)
    return _send(photo, drawn if drawn.is_file() else None)


@blueprint.get("/prediction-runs/<int:run_id>/photos/<int:photo_id>/small-picture")
@requires(Role.VIEWER)
def small_picture(run_id: int, photo_id: int) -> FlaskResponse:
    """The same in the size of a card."""
    run, photo = _open_photo(run_id, photo_id)
    return _send(photo, prediction_gallery.small_picture(run, photo))


@blueprint.get("/prediction-runs/<int:run_id>/zip", endpoint="zip")
@requires(Role.VIEWER)
def zip_file(run_id: int) -> FlaskResponse:
    """The pictures and the CSV, made while they are sent."""
    run = _open_over(run_id)
    return _download(
        prediction_results.zip_chunks(run), "application/zip", prediction_results.zip_filename(run)
    )


@blueprint.get("/prediction-runs/<int:run_id>/csv", endpoint="csv")
@requires(Role.VIEWER)
def csv_file(run_id: int) -> FlaskResponse:
    """The CSV alone."""
    run = _open_over(run_id)
    return _download(
        prediction_results.csv_lines(run), "text/csv; charset=utf-8", prediction_results.csv_filename(run)
    )


def _panel(run_id: int) -> str:
    return render_template("predict/_panel.html", **_context(prediction_runs.open_run(run_id)))


def _context(run: PredictionRun) -> dict[str, Any]:
    context = {
        "run": run,
        "percent": 100 * run.done // run.total,
        "seconds_used": _seconds_used(run),
        "seconds_left": _seconds_left(run),
        "architecture_names": ARCHITECTURE_NAMES,
        "may_predict": current_user.role.includes(Role.ANNOTATOR),
    }
    return context | _gallery(run) if run.status.is_over else context


def _gallery(run: PredictionRun) -> dict[str, Any]:
    after = request.args.get("after", 0, type=int)
    page = prediction_runs.list_photos(run, after, PHOTOS_PAGE + 1, PhotoState.DONE)
    shown = page[:PHOTOS_PAGE]
    failed = prediction_runs.list_photos(run, 0, FAILED_SHOWN, PhotoState.FAILED)
    return {
        "photos": shown,
        "found": prediction_gallery.detections_of(shown),
        "is_first_page": after == 0,
        "next_after": shown[-1].id if len(page) > PHOTOS_PAGE else None,
        "counts": prediction_gallery.count_photos(run),
        "totals": prediction_runs.totals(run),
        "failed": [
            (photo.filename, photo_faults.sentence(photo.reason) if photo.reason else "") for photo in failed
        ],
        # The drawing takes its colours in this order.
        "color_index": {name: index for index, name in enumerate(run.weights.categories)},
    }


def _seconds_used(run: PredictionRun) -> float | None:
    if run.started_at is None:
        return None
    return ((run.finished_at or now()) - run.started_at).total_seconds()


def _seconds_left(run: PredictionRun) -> float | None:
    used = _seconds_used(run)
    return used / run.done * (run.total - run.done) if used and run.done else None


def _open_photo(run_id: int, photo_id: int) -> tuple[PredictionRun, PredictedPhoto]:
    run = prediction_runs.open_run(run_id)
    return run, prediction_runs.open_photo(run, photo_id)


def _open_over(run_id: int) -> PredictionRun:
    run = prediction_runs.open_run(run_id)
    if not run.status.is_over:
        raise UserError(
            _("The prediction is still under way: wait for its end, or stop it."),
            code="under_way",
            status=409,
        )
    return run


def _send(photo: PredictedPhoto, drawn: Path | None) -> FlaskResponse:
    if drawn is not None:
        answer = send_file(drawn)
        answer.headers["Cache-Control"] = f"private, max-age={ONE_DAY}"
        return answer
    if photo.file is None:
        raise UserError(_("This photo could not be read."), code="not_found", status=404)
    answer = send_file(photos.file_path(photo.file))
    # The drawn picture will stand under the same address.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _download(chunks: Any, mimetype: str, filename: str) -> FlaskResponse:
    # The generators open sessions of their own; this one goes back before the long send.
    db.session.remove()
    return FlaskResponse(
        chunks,
        mimetype=mimetype,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}"},
    )
