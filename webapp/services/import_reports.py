"""The reports of past imports."""

from flask_babel import gettext as _

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import DetectionModel, ImportReport


def open_report(report_id: int) -> ImportReport:
    """Raises UserError (404) where there is none or its model is in the trash."""
    report = db.session.get(ImportReport, report_id)
    model = db.session.get(DetectionModel, report.model_id) if report else None
    if report is None or model is None or model.deleted_at is not None:
        raise UserError(_("There is no such import."), code="not_found", status=404)
    return report
