"""Deletes predictions with their files."""

import shutil

from flask_babel import gettext as _
from sqlalchemy import delete

from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, PredictionRun


def delete_run(run: PredictionRun) -> None:
    """Delete the run with its detections, pictures and zips. Commits.

    Its photos are deleted by the janitor's daily round if nothing else refers to them. Raises UserError (409)
    while the run is active.
    """
    run_id = run.id
    record(AuditAction.DELETE, run, number=run.total)
    gone = db.session.execute(
        delete(PredictionRun)
        .where(PredictionRun.id == run_id, PredictionRun.status.not_in(ACTIVE))
        .returning(PredictionRun.id)
        .execution_options(synchronize_session=False)
    ).first()
    if gone is None:
        db.session.rollback()
        raise UserError(
            _("The prediction is still under way: wait for its end, or stop it."),
            code="under_way",
            status=409,
        )
    db.session.commit()
    with kept_files.deleting():
        shutil.rmtree(storage.results_dir(run_id), ignore_errors=True)
