"""A prediction's pictures and downloads. Part of the blueprint ``predict``."""

from flask import Response, send_file
from flask_babel import gettext as _

from webapp.core.downloads import stream
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.core.lifetimes import ONE_DAY
from webapp.models import PredictionRun, Role
from webapp.prediction import coco_document, detections_csv, gallery, results_zip, runs
from webapp.prediction.images import ResultSource
from webapp.prediction.pages import view
from webapp.prediction.pages.start import blueprint
from webapp.web.guards import requires


@blueprint.get("/prediction-runs/<int:run_id>/photos/<int:photo_id>/small")
@requires(Role.VIEWER)
def small_photo(run_id: int, photo_id: int) -> Response:
    """A photo at the size of a card, without anything drawn on it."""
    run = runs.open_run(run_id)
    answer = send_file(gallery.small_photo(run, runs.open_image(run, photo_id)))
    answer.headers["Cache-Control"] = f"private, max-age={ONE_DAY}"
    return answer


@blueprint.get("/prediction-runs/<int:run_id>/zip", endpoint="zip")
@requires(Role.VIEWER)
def zip_file(run_id: int) -> Response:
    """Pictures, CSV and COCO document by the thresholds in the address."""
    return results_zip.download(_source(run_id, "zip"))


@blueprint.get("/prediction-runs/<int:run_id>/csv", endpoint="csv")
@requires(Role.VIEWER)
def csv_file(run_id: int) -> Response:
    """The CSV alone."""
    source = _source(run_id, "csv")
    lines = (line.encode() for line in detections_csv.lines(source))
    return stream(lines, "text/csv; charset=utf-8", detections_csv.filename(source))


@blueprint.get("/prediction-runs/<int:run_id>/coco", endpoint="coco")
@requires(Role.VIEWER)
def coco_file(run_id: int) -> Response:
    """The COCO document alone."""
    source = _source(run_id, "coco")
    chunks = (chunk.encode() for chunk in coco_document.chunks(source))
    return stream(chunks, "application/json", coco_document.filename(source))


def _source(run_id: int, part: str) -> ResultSource:
    run = _open_over(run_id)
    runs.record_download(run, part)
    source = ResultSource.of(run, view.from_request(run).thresholds)
    # Streaming opens its own sessions; release this one before it.
    db.session.remove()
    return source


def _open_over(run_id: int) -> PredictionRun:
    run = runs.open_run(run_id)
    if not run.status.is_over:
        raise UserError(
            _("The prediction is still under way: wait for its end, or stop it."),
            code="under_way",
            status=409,
        )
    return run
