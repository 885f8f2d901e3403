"""Server-sent events of runs: signals after which the page fetches its panel."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from webapp.accounts import sessions
from webapp.core import signals
from webapp.core.extensions import db
from webapp.models import Role
from webapp.prediction import runs as prediction_runs
from webapp.projects import access
from webapp.runs import library_runs, live_events
from webapp.training import runs as training_runs
from webapp.web.guards import requires

blueprint = Blueprint("stream", __name__)


@blueprint.get("/training-runs/<int:run_id>/stream")
@requires(Role.VIEWER)
def training_run(run_id: int) -> Response:
    """Signals of a training run."""
    return _stream(signals.training_topic(run_id), lambda: training_runs.open_run(run_id).status.is_over)


@blueprint.get("/prediction-runs/<int:run_id>/stream")
@requires(Role.VIEWER)
def prediction_run(run_id: int) -> Response:
    """Signals of a prediction run."""
    return _stream(signals.prediction_topic(run_id), lambda: prediction_runs.open_run(run_id).status.is_over)


@blueprint.get("/library-runs/<int:run_id>/stream")
@requires(Role.VIEWER)
def library_run(run_id: int) -> Response:
    """Signals of an import, export or copy."""
    return _stream(signals.library_topic(run_id), lambda: library_runs.open_run(run_id).status.is_over)


def _stream(topic: str, is_over: Callable[[], bool]) -> Response:
    session_id, path, arguments = sessions.current_id(), str(request.url_rule), request.view_args or {}

    def may_go_on() -> bool:
        reader = sessions.user_of(session_id) if session_id is not None else None
        return reader is not None and access.standing(reader, path, arguments).is_there

    is_over()  # 404 where there is no such run
    events = live_events.stream(topic, is_over, may_go_on)
    # An open page must not hold a database connection.
    db.session.remove()
    return Response(
        events,
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        direct_passthrough=True,
    )
