"""The job of the io worker for ``LibraryRun``: imports, exports, copies and others. Never imports torch."""

import errno
from typing import Any

from flask_babel import force_locale

from jobs.tasks.run_job import carry_out
from webapp.annotations import doubles as annotation_doubles
from webapp.core.errors import UserError
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.imports import runs as import_runs
from webapp.images import bulk as image_bulk
from webapp.images import zips as image_zips
from webapp.images.splits import plan as split_plan
from webapp.models import LibraryKind, LibraryRun
from webapp.projects import copying as model_copying
from webapp.runs import library_runs
from webapp.runs.errors import error_document
from webapp.suggestions import acceptance

WORK: dict[LibraryKind, library_runs.Work] = {
    **import_runs.WORK,
    LibraryKind.EXPORT: export_runs.carry_out,
    LibraryKind.COPY: model_copying.copy_images,
    LibraryKind.MOVE: image_bulk.carry_out_move,
    LibraryKind.DELETE: image_bulk.carry_out_deletion,
    LibraryKind.RESTORE: image_bulk.carry_out_restoring,
    LibraryKind.SPLIT: split_plan.carry_out,
    LibraryKind.ADD: image_zips.carry_out,
    LibraryKind.DOUBLES: annotation_doubles.carry_out,
    LibraryKind.ACCEPT: acceptance.carry_out,
}


def carry_out_run(run_id: int) -> None:
    """RQ's entry point. After any error the run is failed with a reason."""
    carry_out(LibraryRun, run_id, _work, library_runs.fail, reason_of)


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a run failed, for ``webapp.runs.errors.sentence``."""
    if isinstance(error, UserError):
        return {"code": error.code, "message": error.message}
    if isinstance(error, MemoryError):
        return error_document("out_of_memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error_document("disk_full")
    return error_document("unexpected")


def _work(run: LibraryRun) -> None:
    run_id = run.id
    # Messages that are stored must be in the requester's language.
    with force_locale(run.parameters["language"]):
        try:
            result = WORK[run.kind](run)
        except library_runs.RunStopped as stop:
            library_runs.stopped(run_id, stop.result)
        else:
            library_runs.finish(run_id, result)
