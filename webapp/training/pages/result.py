"""Result of a training run: metrics, thresholds, worst photos, weights, and the report.

Part of the blueprint ``training``.
"""

import io
from statistics import median_low
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from webapp.contracts import score_thresholds
from webapp.core.lifetimes import ONE_YEAR
from webapp.images import intake as image_intake
from webapp.models import Role, RunEvaluation, TrainingRun
from webapp.training import evaluations, runs
from webapp.training.pages.context import accuracy_of, run_context
from webapp.training.pages.start import blueprint
from webapp.training.record import trash
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use, offers
from webapp.training.weights import thresholds as weights_thresholds
from webapp.training.weights.thresholds import ThresholdsInUse
from webapp.web.guards import requires
from webapp.web.page_context import model_page

WORST_PHOTOS = 6
REPORT_PHOTOS = 6
PHOTO_SIDE = 960
"""Pixels: sharp beside its twin on a wide screen."""


@blueprint.get("/training-runs/<int:run_id>/result")
@requires(Role.VIEWER)
def result(run_id: int) -> str | Response:
    """The result of a run; an active run redirects to its live page."""
    run = runs.open_run(run_id)
    if not run.status.is_over:
        return redirect(url_for("training.show", run_id=run.id))
    return render_template(
        "training/result.html", **_result_context(run, WORST_PHOTOS), **model_page(run.model, active="record")
    )


@blueprint.get("/training-runs/<int:run_id>/report")
@requires(Role.VIEWER)
def report(run_id: int) -> str | Response:
    """The result for printing, with a space for a signature."""
    run = runs.open_run(run_id)
    if not run.status.is_over:
        return redirect(url_for("training.show", run_id=run.id))
    return render_template("training/report.html", **_result_context(run, REPORT_PHOTOS), model=run.model)


@blueprint.get("/training-runs/<int:run_id>/threshold-panel")
@requires(Role.VIEWER)
def threshold_panel(run_id: int) -> FlaskResponse:
    """What a threshold means on the test photos; the worst photos of the page hear of it."""
    summary = _evaluation(run_id).summary
    run = runs.open_run(run_id)
    answer = FlaskResponse(
        render_template(
            "training/_threshold_panel.html", run=run, **_at_threshold(run, summary, threshold_of(run))
        )
    )
    answer.headers["HX-Trigger"] = "threshold:moved"
    return answer


@blueprint.get("/training-runs/<int:run_id>/worst-photos")
@requires(Role.VIEWER)
def worst_photos(run_id: int) -> str:
    """A page of the photos with the most errors at a threshold."""
    evaluation = _evaluation(run_id)
    run = runs.open_run(run_id)
    offset = max(0, request.args.get("offset", 0, type=int))
    return render_template(
        "training/_worst_photos.html",
        **_worst(run, evaluation.summary, threshold_of(run), WORST_PHOTOS, offset),
    )


@blueprint.get("/training-runs/<int:run_id>/test-photos/<int:position>")
@requires(Role.VIEWER)
def test_photo(run_id: int, position: int) -> FlaskResponse:
    """A test photo, scaled to the size of the page."""
    run = runs.open_run(run_id)
    photo = evaluations.open_image(run.id, position)
    file = image_intake.find_file(photo.sha256 if photo else None)
    if file is None:
        abort(404)
    data = image_intake.reduced_copy(file, PHOTO_SIDE, run.range_in_use)
    return send_file(io.BytesIO(data), mimetype="image/webp", max_age=ONE_YEAR, etag=file.sha256)


@blueprint.get("/training-runs/<int:run_id>/weights", endpoint="weights")
@requires(Role.VIEWER)
def weights_file(run_id: int) -> FlaskResponse:
    """A weights file of the run as a download, with its length for the browser's progress."""
    run = runs.open_run(run_id)
    wanted = request.args.get("kind")
    saved = next((each for each in run.weights if each.kind == wanted), None) if wanted else None
    saved = saved or weights_files.of_run(run)
    return send_file(
        weights_files.file_to_send(saved),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=saved.filename,
        etag=saved.sha256,
    )


def threshold_of(run: TrainingRun) -> float:
    """The threshold in the URL, else the middle one of those in use with the weights of the run."""
    asked = request.args.get("threshold", type=float)
    used = thresholds_in_use(run)
    usual = median_low(used.by_category.values()) if used else score_thresholds.DEFAULT
    threshold = usual if asked is None else asked
    return min(max(threshold, 0.0), 1.0) if threshold == threshold else score_thresholds.DEFAULT


def thresholds_in_use(run: TrainingRun) -> ThresholdsInUse | None:
    """Those of the weights that were tested; None where there are no weights."""
    return weights_thresholds.in_use(run.model, run.weights[-1]) if run.weights else None


def _evaluation(run_id: int) -> RunEvaluation:
    evaluation = evaluations.of_run(runs.open_run(run_id).id)
    if evaluation is None:
        abort(404)
    return evaluation


def _result_context(run: TrainingRun, photo_count: int) -> dict[str, Any]:
    context = run_context(run) | {
        "evaluation": None,
        "predictions_made": trash.count_predictions(run),
        "in_use": in_use.of_model(run.model),
        "others_could_be_used": in_use.are_of(run) and in_use.others_than_of(run),
        "offer": offers.of_run(run),
    }
    evaluation = evaluations.of_run(run.id)
    if evaluation is None:
        return context
    summary, threshold = evaluation.summary, threshold_of(run)
    return (
        context
        | {"accuracy": accuracy_of(run, summary)}
        | _at_threshold(run, summary, threshold)
        | _worst(run, summary, threshold, photo_count, 0)
    )


def _at_threshold(run: TrainingRun, summary: dict[str, Any], threshold: float) -> dict[str, Any]:
    step = score_thresholds.step_of(threshold)
    return {
        "evaluation": summary,
        "in_use": thresholds_in_use(run),
        "consequence": evaluations.consequence(summary, threshold),
        "counts": summary["counts"][step],
        "confusion": evaluations.confusion(summary, threshold),
        "threshold": step / score_thresholds.STEPS,
        "category_names": [category["name"] for category in summary["categories"]],
    }


def _worst(
    run: TrainingRun, summary: dict[str, Any], threshold: float, count: int, offset: int
) -> dict[str, Any]:
    found = evaluations.worst_photos(run.id, threshold, count + 1, offset)
    return {
        "run": run,
        "worst": found[:count],
        "threshold": score_thresholds.step_of(threshold) / score_thresholds.STEPS,
        "category_names": [category["name"] for category in summary["categories"]],
        "more_from": offset + count if len(found) > count else None,
    }
