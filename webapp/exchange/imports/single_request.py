"""Imports by a single request (REST), without a preview in between."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.imports import data_imports, runs
from webapp.exchange.imports.choices import ImportChoices
from webapp.images.intake import Upload
from webapp.models import DataImport, DetectionModel, Split, User

CHECK_AT_ONCE_BYTES = 64 * 2**20
CHECK_AT_ONCE_PHOTOS = 200
"""Most photos checked in the request; more are left to the worker."""


@dataclass
class ImportResult:
    """Result of an import or preview."""

    data_import: DataImport | None
    """None for a small preview, which is not stored."""
    report: dict[str, Any] | None
    """None while the run is active."""


def import_annotations(
    model: DetectionModel,
    split: Split,
    annotation_files: list[Upload],
    photo_files: list[Upload],
    user: User | None,
    dry_run: bool = False,
    choices: ImportChoices | None = None,
) -> ImportResult:
    """Import valid parts, repair what can be repaired, and report repairs and skipped parts.

    Small imports have ended when this returns, large ones continue as a run. Raises UserError if nothing can be
    used. With ``dry_run`` the model is not changed.
    """
    sent = [*annotation_files, *photo_files]
    if not sent:
        raise UserError(
            _("Choose annotation files, photos, a zip of them, or several of these."),
            code="nothing_sent",
            field="annotations",
        )
    data_import = data_imports.create(model, split, user)
    try:
        # In a dry run photos are checked by the reading, which does not store them.
        check_now = not dry_run and _are_few(sent)
        for upload in sent:
            data_imports.receive(data_import, upload, check_now)
        if dry_run:
            runs.start_reading(data_import, user, store=False, choices=choices)
        else:
            runs.start_import(data_import, choices or ImportChoices(), user)
    except BaseException:
        db.session.rollback()
        data_imports.forget(data_import)
        raise
    db.session.refresh(data_import)
    if not dry_run or data_import.preview is None:
        return ImportResult(data_import, data_import.report)
    report = data_import.preview["report"]
    data_imports.forget(data_import)
    return ImportResult(None, report)


def _are_few(sent: list[Upload]) -> bool:
    return len(sent) <= CHECK_AT_ONCE_PHOTOS and sum(map(_size, sent)) <= CHECK_AT_ONCE_BYTES


def _size(upload: Upload) -> int:
    size = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    return size
