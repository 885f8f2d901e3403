"""A prediction's pictures and the files to take away. Part of the blueprint ``predict``."""

from flask import Response, send_file
from flask_babel import gettext as _

from webapp.downloads import attachment, stream
from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import PredictionRun, Role
from webapp.routes import result_view
from webapp.routes.guards import requires
from webapp.routes.predict import blueprint
from webapp.services import (
    prediction_coco,
    prediction_csv,
    prediction_gallery,
    prediction_runs,
    prediction_zip,
)
from webapp.services.prediction_pages import ResultSource

ONE_DAY = 24 * 3600


@blueprint.get("/prediction-runs/<int:run_id>/photos/<int:photo_id>/small")
@requires(Role.VIEWER)
def small_photo(run_id: int, photo_id: int) -> Response:
    """A photo at the size of a card, without anything drawn on it."""
    photo = prediction_runs.open_photo(prediction_runs.open_run(run_id), photo_id)
    answer = send_file(prediction_gallery.small_photo(photo))
    answer.headers["Cache-Control"] = f"private, max-age={ONE_DAY}"
    return answer


@blueprint.get("/prediction-runs/<int:run_id>/zip", endpoint="zip")
@requires(Role.VIEWER)
def zip_file(run_id: int) -> Response:
    """Pictures, CSV and COCO document by the thresholds in the address."""
    source = _source(run_id)
    name = prediction_zip.filename(source)
    made = prediction_zip.made_before(source)
    if made is not None:
        answer = send_file(made, mimetype="application/zip")
        answer.headers["Content-Disposition"] = attachment(name)
        return answer
    return stream(prediction_zip.chunks(source), "application/zip", name)


@blueprint.get("/prediction-runs/<int:run_id>/csv", endpoint="csv")
@requires(Role.VIEWER)
def csv_file(run_id: int) -> Response:
    """The CSV alone."""
    source = _source(run_id)
    lines = (line.encode() for line in prediction_csv.lines(source))
    return stream(lines, "text/csv; charset=utf-8", prediction_csv.filename(source))


@blueprint.get("/prediction-runs/<int:run_id>/coco", endpoint="coco")
@requires(Role.VIEWER)
def coco_file(run_id: int) -> Response:
    """The COCO document alone."""
    source = _source(run_id)
    chunks = (chunk.encode() for chunk in prediction_coco.chunks(source))
    return stream(chunks, "application/json", prediction_coco.filename(source))


def _source(run_id: int) -> ResultSource:
    run = _open_over(run_id)
    source = ResultSource.of(run, result_view.from_request(run).thresholds)
    # The files open sessions of their own; this one goes back before the long send.
    db.session.remove()
    return source


def _open_over(run_id: int) -> PredictionRun:
    run = prediction_runs.open_run(run_id)
    if not run.status.is_over:
        raise UserError(
            _("The prediction is still under way: wait for its end, or stop it."),
            code="under_way",
            status=409,
        )
    return run
