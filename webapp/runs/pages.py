"""The live panel of a ``LibraryRun`` and its stop button."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.core.extensions import htmx
from webapp.models import LibraryKind, Role
from webapp.runs import library_runs
from webapp.web.guards import check_role, requires
from webapp.web.run_panel import render_panel

blueprint = Blueprint("library_runs", __name__)


@blueprint.get("/library-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> str:
    """The panel in the state of the run."""
    return render_panel(library_runs.open_run(run_id))


@blueprint.post("/library-runs/<int:run_id>/stop")
@requires(Role.ANNOTATOR)
def stop(run_id: int) -> ResponseReturnValue:
    """Ask it to stop; returns the panel."""
    run = library_runs.open_run(run_id)
    if run.kind is LibraryKind.COPY:
        # As for the button on the model's card.
        check_role(Role.ENGINEER)
    library_runs.request_stop(run)
    return render_panel(run) if htmx else redirect(url_for("library_runs.panel", run_id=run_id))
