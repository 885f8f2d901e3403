"""The board of all runs: active, queued, ended."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.models import Role, TrainingRun
from webapp.operations import board
from webapp.projects import detection_models
from webapp.runs import states as run_states
from webapp.web.guards import check_role, requires

blueprint = Blueprint("board", __name__)


@blueprint.get("/board")
@requires(Role.VIEWER)
def index() -> str:
    """The page."""
    return render_template(
        "operations/board.html", models_for_switcher=detection_models.list_models(current_user), **_context()
    )


@blueprint.get("/board/panel")
@requires(Role.VIEWER)
def panel() -> str:
    """Its lists, which the page polls."""
    return render_template("operations/_board.html", **_context())


@blueprint.post("/board/<any(training, prediction):kind>/<int:run_id>/cancel")
@requires(Role.ANNOTATOR)
def cancel(kind: str, run_id: int) -> Response:
    """Cancel a queued run; one that has started in the meantime is not touched."""
    run = board.find_queued(kind, run_id)
    if run is None:
        flash(_("This run does not wait any more: look at its own page."), "warning")
        return redirect(url_for("board.index"))
    if isinstance(run, TrainingRun):
        check_role(Role.ENGINEER)
    run_states.request_stop(run)
    flash(
        _("Run %(n)s of %(model)s was taken out of the queue.", n=run.number, model=run.model.name), "success"
    )
    return redirect(url_for("board.index"))


def _context() -> dict[str, object]:
    return {
        "board": board.board(current_user),
    }
