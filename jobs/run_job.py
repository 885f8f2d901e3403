"""What the jobs of both kinds of run share: claim, heartbeat, and an end with a reason whatever happens."""

import errno
import logging
from collections.abc import Callable
from typing import Any

from jobs.app_context import application
from jobs.detection.errors import DetectionError
from jobs.heartbeat import beating
from jobs.memory import is_out_of_memory
from webapp.extensions import db
from webapp.logs import context_id
from webapp.services import run_states
from webapp.services.run_errors import error_document
from webapp.services.run_states import Run, RunTakenAway

_log = logging.getLogger(__name__)


def carry_out(
    table: type[Run], run_id: int, work: Callable[[Run], None], fail: Callable[[int, dict[str, Any]], bool]
) -> None:
    """Claim the run and do the work in an app context; an error ends the run by ``fail`` with its reason."""
    app = application()
    context_id.set(run_states.TOPICS[table](run_id))
    with app.app_context():
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


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a run failed, as a document of ``run_errors``."""
    if isinstance(error, DetectionError):
        code, params = _of_engine(error)
        return error_document(code, **params)
    if is_out_of_memory(error):
        return error_document("out_of_memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error_document("disk_full")
    return error_document("unexpected")


def _of_engine(error: DetectionError) -> tuple[str, dict[str, Any]]:
    if error.code in ("photo_missing", "photo_unreadable"):
        return "photo_missing", {"filename": error.params.get("file_name", "")}
    if error.code == "loss_diverged":
        return "loss_diverged", {"iteration": error.params.get("iteration", "")}
    if error.code == "pretrained_missing":
        return "pretrained_missing", {}
    if error.code.startswith("weights_"):
        return "weights_rejected", {}
    return "unexpected", {}
