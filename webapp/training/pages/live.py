"""Live page of a training, stop and resume. Part of the blueprint ``training``."""

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.core.disk_space import needs_room
from webapp.core.extensions import htmx
from webapp.models import Role, RunStatus, TrainingRun
from webapp.training import log as training_log
from webapp.training import loss_curves, runs
from webapp.training import samples as training_samples
from webapp.training.pages.context import run_context
from webapp.training.pages.start import blueprint
from webapp.web.guards import requires
from webapp.web.page_context import model_page


@blueprint.get("/training-runs/<int:run_id>")
@requires(Role.VIEWER)
def show(run_id: int) -> str | Response:
    """The live page; a stopped run redirects to its result."""
    run = runs.open_run(run_id)
    if run.status == RunStatus.STOPPED:
        return redirect(url_for("training.result", run_id=run.id))
    return render_template(
        "training/show.html", **_live_context(run), **model_page(run.model, active="train")
    )


@blueprint.get("/training-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> FlaskResponse:
    """The panel of a run, in any state."""
    return _panel(runs.open_run(run_id))


@blueprint.get("/training-runs/<int:run_id>/log")
@requires(Role.VIEWER)
def log(run_id: int) -> str:
    """The last lines of the run's log."""
    run = runs.open_run(run_id)
    return render_template("training/_log.html", lines=training_log.tail(run.id))


@blueprint.get("/training-runs/<int:run_id>/samples")
@requires(Role.VIEWER)
def samples(run_id: int) -> str:
    """The validation pictures: the newest, and the way to those before."""
    run = runs.open_run(run_id)
    return render_template("training/_samples.html", run=run, steps=training_samples.by_iteration(run.id))


@blueprint.get("/training-runs/<int:run_id>/samples/<name>")
@requires(Role.VIEWER)
def sample(run_id: int, name: str) -> FlaskResponse:
    """A sample picture: a validation photo with detections. Immutable."""
    path = training_samples.path(runs.open_run(run_id).id, name)
    if path is None:
        abort(404)
    return send_file(path, mimetype="image/jpeg", max_age=3600)


@blueprint.post("/training-runs/<int:run_id>/stop")
@requires(Role.ENGINEER)
def stop(run_id: int) -> Response:
    """Ask the run to stop; a second time, while the test runs, skips the test."""
    run = runs.open_run(run_id)
    runs.request_stop(run)
    if htmx:
        answer = _panel(runs.open_run(run_id))
        answer.headers["HX-Trigger"] = "close-dialog"
        return answer
    return redirect(url_for("training.show", run_id=run_id))


@blueprint.post("/training-runs/<int:run_id>/resume")
@requires(Role.ENGINEER)
@needs_room
def resume(run_id: int) -> Response:
    """Resume a failed run from its last checkpoint."""
    run = runs.open_run(run_id)
    runs.resume(run)
    flash(_("The run goes on as soon as the training machine is free."), "success")
    return redirect(url_for("training.show", run_id=run_id))


def _panel(run: TrainingRun) -> FlaskResponse:
    answer = FlaskResponse(render_template("training/_panel.html", **_live_context(run)))
    if run.status == RunStatus.STOPPED:
        answer.headers["HX-Redirect"] = url_for("training.result", run_id=run.id)
    return answer


def _live_context(run: TrainingRun) -> dict[str, Any]:
    return run_context(run) | {
        "newest": loss_curves.newest(run.id),
        "steps": training_samples.by_iteration(run.id),
        "can_resume": runs.can_resume(run),
        "checkpoint": next((each for each in run.checkpoints if each["kind"] == "last"), None),
    }
