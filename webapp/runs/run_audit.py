"""What the audit says about runs: a stop that was asked for, and the end of each.

An import, export, copy or change of many photos has one row, at its end, with how many it were; in it the person who
asked, and from where.
"""

from collections.abc import Mapping
from typing import Any

from webapp.audit import origin
from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, LibraryKind, LibraryRun, RunColumns

_ACTIONS = {
    LibraryKind.IMPORT: (AuditAction.IMPORT, AuditKind.IMAGE),
    LibraryKind.EXPORT: (AuditAction.EXPORT, AuditKind.MODEL),
    LibraryKind.COPY: (AuditAction.COPY, AuditKind.IMAGE),
    LibraryKind.MOVE: (AuditAction.EDIT, AuditKind.IMAGE),
    LibraryKind.DELETE: (AuditAction.DELETE, AuditKind.IMAGE),
    LibraryKind.RESTORE: (AuditAction.RESTORE, AuditKind.IMAGE),
    LibraryKind.SPLIT: (AuditAction.EDIT, AuditKind.IMAGE),
    LibraryKind.ADD: (AuditAction.CREATE, AuditKind.IMAGE),
    LibraryKind.SUGGEST: (AuditAction.SUGGEST, AuditKind.IMAGE),
    LibraryKind.DOUBLES: (AuditAction.LABEL, AuditKind.IMAGE),
    LibraryKind.ACCEPT: (AuditAction.LABEL, AuditKind.IMAGE),
}
"""Of runs that change something: a preview is not among them."""
_NOT_ASKED_FOR = {"language", "origin"}
_COUNTS = ("count", "photos", "images_added", "labels", "shapes")


def record_stop(run: RunColumns) -> None:
    """Note that somebody asked it to stop, where it is under way. The caller commits."""
    if run.status.is_over:
        return
    if isinstance(run, LibraryRun):
        after = {"run": run.kind, "run_id": run.id}
        record(AuditAction.STOP, run.model, after=after)
    else:
        record(AuditAction.STOP, run)


def record_end(table: type[RunColumns], run_id: int) -> None:
    """Note the end of a run, which was just written. The caller commits."""
    run = db.session.get_one(table, run_id, populate_existing=True)
    state: dict[str, Any] = {"status": run.status}
    if run.error:
        state["error"] = run.error.get("code")
    if not isinstance(run, LibraryRun):
        record(AuditAction.FINISH, run, after=state)
        return
    if (
        run.kind not in _ACTIONS or run.parameters.get("remove") is False
    ):  # doubled labels were only looked for
        return
    action, kind = _ACTIONS[run.kind]
    result = {name: value for name, value in (run.result or {}).items() if isinstance(value, int | str)}
    asked = {name: value for name, value in run.parameters.items() if name not in _NOT_ASKED_FOR}
    record(
        action,
        kind=kind,
        name=run.model.name if kind is AuditKind.MODEL else "",
        rows=(run.model,) if kind is AuditKind.MODEL else (),
        model_id=run.model_id,
        number=_number(result),
        after={"run": run.kind, "run_id": run.id, "asked": asked} | result | state,
        of=origin.of_document(run.parameters.get("origin"), run.created_by_id),
    )


def _number(result: Mapping[str, Any]) -> int | None:
    found = (result[name] for name in _COUNTS if isinstance(result.get(name), int))
    return next(found, None)
