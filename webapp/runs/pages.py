"""Imports, exports and copies under way: the live panel and the stop."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.core.extensions import htmx
from webapp.models import LibraryRun, Role
from webapp.runs import errors, library_runs
from webapp.web.guards import requires

blueprint = Blueprint("library_runs", __name__)


@blueprint.get("/library-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> str:
    """The panel in the state of the run."""
    return render_panel(library_runs.open_run(run_id))


@blueprint.post("/library-runs/<int:run_id>/stop")
@requires(Role.ANNOTATOR)
def stop(run_id: int) -> ResponseReturnValue:
    """Stop it in order; answers with the panel."""
    run = library_runs.open_run(run_id)
    library_runs.request_stop(run)
    return render_panel(run) if htmx else redirect(url_for("library_runs.panel", run_id=run_id))


def render_panel(run: LibraryRun) -> str:
    """``library/_panel.html``; what a kind shows when it is over stands in ``library/_<kind>.html``."""
    return render_template("library/_panel.html", **panel_context(run))


def panel_context(run: LibraryRun) -> dict[str, object]:
    """What ``library/_panel.html`` needs."""
    return {"run": run, "model": run.model, "run_error": errors.sentence(run.error)}
