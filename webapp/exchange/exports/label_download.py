"""Streams an export of labels, with or without photos, for pages and REST."""

from flask import Response

from webapp.core.downloads import stream
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.label_files import ExportSelection
from webapp.models import DetectionModel


def send_labels(model: DetectionModel, choice: ExportSelection) -> Response:
    """The file: its labels are written before the first byte, its photos are read while it is sent."""
    file = label_files.write(model, choice)
    response = stream(
        label_files.chunks(file, choice),
        "application/zip" if choice.photos else "application/json",
        label_files.filename(model, choice),
        size=None if choice.photos else file.labels.size,
    )
    # Close the spool even if the client disconnects.
    response.call_on_close(file.close)
    db.session.remove()  # a slow download must not hold a database connection
    return response
