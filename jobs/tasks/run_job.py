"""Common to the jobs of all kinds of run: claim, heartbeat, and failing with a reason after any error."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from jobs.processes.app_context import application
from jobs.processes.heartbeat import beating
from webapp.core.extensions import db
from webapp.core.logs import context_id
from webapp.runs import states as run_states
from webapp.runs.states import Run, RunTakenAway

_log = logging.getLogger(__name__)


def carry_out(
    table: type[Run],
    run_id: int,
    work: Callable[[Run], None],
    fail: Callable[[int, dict[str, Any]], bool],
    reason_of: Callable[[Exception], dict[str, Any]],
    log: Callable[[int], AbstractContextManager[None]] = lambda _run_id: nullcontext(),
) -> None:
    """Claim the run and do the work in an app context; an error ends the run by ``fail`` with its reason.

    ``log`` is a context manager that collects the log.
    """
    app = application()
    context_id.set(run_states.TOPICS[table](run_id))
    with app.app_context(), log(run_id):
        run = run_states.claim(table, run_id)
        if run is None:
            _log.info("not queued any more")
            return
        try:
            with beating(app, lambda: run_states.touch(table, run_id)):
                work(run)
        except RunTakenAway:
            _log.warning("the run was ended by somebody else")
        except Exception as error:
            _log.exception("the run failed")
            db.session.rollback()
            fail(run_id, reason_of(error))
