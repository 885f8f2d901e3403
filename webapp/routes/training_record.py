"""Trainings under way, their results, and the record of all of them. Part of the blueprint ``training``."""

from datetime import datetime
from typing import Any

from flask import Response as FlaskResponse
from flask import jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import format_timedelta
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.extensions import htmx
from webapp.models import Role, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.routes.guards import requires
from webapp.routes.page_context import model_page
from webapp.routes.training import blueprint
from webapp.routes.training_form import ARCHITECTURE_NAMES
from webapp.services import detection_models, training_runs, weights
from webapp.services.training_parameters import TrainingParameters, describe

LOSSES_PAGE = 10_000
RUNS_PAGE = 50


@blueprint.get("/models/<int:model_id>/record")
@requires(Role.VIEWER)
def record(model_id: int) -> str:
    """The last run, and the list of all earlier ones."""
    model = detection_models.open_model(model_id)
    before = request.args.get("before", type=int)
    runs = training_runs.list_runs(model, before, RUNS_PAGE + 1)
    more = len(runs) > RUNS_PAGE
    runs = runs[:RUNS_PAGE]
    last = runs[0] if runs and before is None else None
    return render_template(
        "training/record.html",
        last=last,
        earlier=runs[1:] if last else runs,
        is_first_page=before is None,
        next_before=runs[-1].id if more else None,
        ap_of=detection_models.ap_of,
        **(_run_context(last) if last else _context()),
        **model_page(model, active="record"),
    )


@blueprint.get("/training-runs/<int:run_id>")
@requires(Role.VIEWER)
def show(run_id: int) -> str | Response:
    """The live page; a run that was stopped opens its result."""
    run = training_runs.open_run(run_id)
    if run.status == RunStatus.STOPPED:
        return redirect(url_for("training.result", run_id=run.id))
    return render_template("training/show.html", **_run_context(run), **model_page(run.model, active="train"))


@blueprint.get("/training-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> FlaskResponse:
    """The state of a run, in whatever state it is."""
    return _panel(training_runs.open_run(run_id))


@blueprint.post("/training-runs/<int:run_id>/stop")
@requires(Role.ENGINEER)
def stop(run_id: int) -> Response:
    """Ask the run to stop; a second time, while the test runs, skips the test."""
    run = training_runs.open_run(run_id)
    training_runs.request_stop(run)
    if htmx:
        answer = _panel(training_runs.open_run(run_id))
        answer.headers["HX-Trigger"] = "close-dialog"
        return answer
    return redirect(url_for("training.show", run_id=run_id))


@blueprint.get("/training-runs/<int:run_id>/losses")
@requires(Role.VIEWER)
def losses(run_id: int) -> FlaskResponse:
    """The losses after an iteration, as the chart asks for them."""
    run = training_runs.open_run(run_id)
    page = training_runs.list_losses(run.id, request.args.get("after", 0, type=int), LOSSES_PAGE)
    items = [
        {
            "iteration": loss.iteration,
            "training_loss": loss.training_loss,
            "validation_loss": loss.validation_loss,
            "learning_rate": loss.learning_rate,
            "seconds": loss.seconds,
        }
        for loss in page
    ]
    answer = jsonify(items=items, next_cursor=page[-1].iteration if len(page) == LOSSES_PAGE else None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/training-runs/<int:run_id>/result")
@requires(Role.VIEWER)
def result(run_id: int) -> str | Response:
    """What a run reached; while it is under way its live page is opened instead."""
    run = training_runs.open_run(run_id)
    if not run.status.is_over:
        return redirect(url_for("training.show", run_id=run.id))
    return render_template(
        "training/result.html", **_run_context(run), **model_page(run.model, active="record")
    )


@blueprint.get("/training-runs/<int:run_id>/weights", endpoint="weights")
@requires(Role.VIEWER)
def weights_file(run_id: int) -> FlaskResponse:
    """The final weights as a download; its length is sent along, so the browser shows how far it is."""
    saved = weights.of_run(training_runs.open_run(run_id))
    return send_file(
        weights.file_of(saved),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=saved.filename,
        etag=saved.sha256,
    )


def _panel(run: TrainingRun) -> FlaskResponse:
    answer = FlaskResponse(render_template("training/_panel.html", **_run_context(run)))
    if run.status == RunStatus.STOPPED:
        answer.headers["HX-Redirect"] = url_for("training.result", run_id=run.id)
    return answer


def _context() -> dict[str, Any]:
    return {
        "architecture_names": ARCHITECTURE_NAMES,
        "may_train": current_user.role.includes(Role.ENGINEER),
    }


def _run_context(run: TrainingRun) -> dict[str, Any]:
    parameters = TrainingParameters.model_construct(**run.parameters)
    return _context() | {
        "run": run,
        "parameters": describe(parameters),
        "percent": 100 * run.iteration // run.iterations,
        "seconds_used": _seconds_used(run),
        "segm": (run.metrics or {}).get("segm") or {},
        "accuracy": accuracy_of(run),
    }


def accuracy_of(run: TrainingRun) -> list[dict[str, Any]]:
    """The bars: overall first (named by the template), then each category with its mask AP, 0 to 100."""
    segm = (run.metrics or {}).get("segm") or {}
    if segm.get("AP") is None:
        return []
    categories = [
        {"name": key.removeprefix("AP-"), "ap": value} for key, value in segm.items() if key.startswith("AP-")
    ]
    return [{"name": "", "ap": segm["AP"], "ap50": segm.get("AP50")}, *categories]


def _seconds_used(run: TrainingRun) -> float | None:
    if run.started_at is None:
        return None
    return ((run.finished_at or now()) - run.started_at).total_seconds()


@blueprint.app_template_filter("ago")
def ago(moment: datetime) -> str:
    """«2 hours ago»: right in every time zone, which the server does not know."""
    return format_timedelta(moment - now(), add_direction=True)
