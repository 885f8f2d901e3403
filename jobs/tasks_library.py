"""The jobs of the io worker that have a run of their own: imports, exports, copies. Never imports torch."""

import errno
from typing import Any

from flask_babel import force_locale

from jobs.run_job import carry_out
from webapp.errors import UserError
from webapp.models import LibraryKind, LibraryRun
from webapp.services import (
    exports,
    import_runs,
    library_runs,
    model_copy,
    photo_bulk,
    photo_zips,
    split_plan,
    suggestion_runs,
)
from webapp.services.run_errors import error_document

WORK: dict[LibraryKind, library_runs.Work] = {
    **import_runs.WORK,
    LibraryKind.EXPORT: exports.carry_out,
    LibraryKind.COPY: model_copy.copy_photos,
    LibraryKind.MOVE: photo_bulk.carry_out_move,
    LibraryKind.DELETE: photo_bulk.carry_out_deletion,
    LibraryKind.RESTORE: photo_bulk.carry_out_restoring,
    LibraryKind.SPLIT: split_plan.carry_out,
    LibraryKind.ADD: photo_zips.carry_out,
    LibraryKind.ACCEPT: suggestion_runs.carry_out_acceptance,
}


def carry_out_run(run_id: int) -> None:
    """RQ's entry point. Whatever happens, the run ends in one of its states with a reason."""
    carry_out(LibraryRun, run_id, _work, library_runs.fail, reason_of)


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a run failed, for ``run_errors.sentence``."""
    if isinstance(error, UserError):
        return {"code": error.code, "message": error.message}
    if isinstance(error, MemoryError):
        return error_document("out_of_memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error_document("disk_full")
    return error_document("unexpected")


def _work(run: LibraryRun) -> None:
    run_id = run.id
    # A sentence that is kept is in the language of who asked for the work.
    with force_locale(run.parameters["language"]):
        try:
            result = WORK[run.kind](run)
        except library_runs.RunStopped as stop:
            library_runs.stopped(run_id, stop.result)
        else:
            library_runs.finish(run_id, result)
