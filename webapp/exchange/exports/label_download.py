"""Streams an export of labels, with or without photos, for pages and REST."""

from flask import Response

from webapp.audit.recording import record_now
from webapp.core.downloads import stream
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.selection import ExportSelection
from webapp.models import AuditAction, DetectionModel

MIMETYPES = {".zip": "application/zip", ".json": "application/json", ".xml": "application/xml"}


def send_labels(model: DetectionModel, choice: ExportSelection) -> Response:
    """The file: its labels are written before the first byte, its photos are read while it is sent."""
    file = label_files.write(model, choice)
    response = stream(
        label_files.chunks(file, choice),
        MIMETYPES[choice.suffix],
        label_files.filename(model, choice),
        size=None if choice.suffix == ".zip" else file.labels.size,
    )
    asked = choice.as_document()
    record_now(AuditAction.EXPORT, model, number=file.photos, after=asked)
    # Close the spool even if the client disconnects.
    response.call_on_close(file.close)
    db.session.remove()  # a slow download must not hold a database connection
    return response
