"""Starts and carries out imports: small ones in the request, others by the io worker as a ``LibraryRun``."""

from contextlib import suppress
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.imports import data_imports, reading, spool, writing
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports import preview as import_preview
from webapp.exchange.imports.choices import ImportChoices, choices_of
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.files.any_archive import open_archive
from webapp.formats.files.archive import ArchiveRejected
from webapp.images import faults as image_faults
from webapp.models import (
    DataImport,
    FileKind,
    ImageCount,
    ImportFile,
    ImportStage,
    LibraryKind,
    LibraryRun,
    RunStatus,
    User,
)
from webapp.models.columns import now
from webapp.runs import errors as run_errors
from webapp.runs import library_runs

READ_AT_ONCE_BYTES = 8 * 2**20
"""Limit of annotation files and unpacked zips for reading in the request (about two seconds)."""
READ_AT_ONCE_FILES = 200
WRITE_AT_ONCE_SHAPES = 5_000
WRITE_AT_ONCE_PHOTOS = 2_000
MODEL_AT_ONCE_PHOTOS = 20_000
"""Imports into models with more photos are matched by the worker."""


def start_reading(
    data_import: DataImport, user: User | None, store: bool = True, choices: ImportChoices | None = None
) -> LibraryRun:
    """Make the preview for these choices, now or by a run; files are read where they were not read so.

    Raises UserError if none can be used, or it is active.
    """
    data_imports.lock_idle(data_import)
    asked = {
        "import": data_import.id,
        "store": store,
        "choices": (choices or ImportChoices()).as_document(),
    }
    run = library_runs.prepare(data_import.model, LibraryKind.IMPORT_PREVIEW, asked, user)
    return _start(data_import, run, is_small_to_read(data_import))


def start_import(data_import: DataImport, choices: ImportChoices, user: User | None) -> LibraryRun:
    """Carry it out, now or by a run, after reading it if necessary. Raises UserError."""
    choices.check()
    data_imports.lock_idle(data_import)
    asked = {"import": data_import.id, "choices": choices.as_document()}
    run = library_runs.prepare(data_import.model, LibraryKind.IMPORT, asked, user)
    is_small = (
        _is_small_to_write(data_import)
        if _is_read(data_import, choices.reading)
        else is_small_to_read(data_import)
    )
    return _start(data_import, run, is_small)


def _start(data_import: DataImport, run: LibraryRun, is_small: bool) -> LibraryRun:
    data_import.run, data_import.changed_at = run, now()
    if is_small:
        return library_runs.carry_out_prepared(run, WORK[run.kind])
    db.session.commit()
    library_runs.enqueue(run)
    return run


def status_of(data_import: DataImport) -> str:
    """``completed`` or ``preview`` after success, else the status of its run."""
    run = data_import.run
    open_run = run if data_import.stage is not ImportStage.COMPLETED else None
    if open_run is not None and open_run.status is not RunStatus.COMPLETED:
        return open_run.status.value
    return data_import.stage.value


def error_of(data_import: DataImport) -> str | None:
    """Why its newest run failed, in the user's language."""
    failed = status_of(data_import) == RunStatus.FAILED and data_import.run is not None
    return run_errors.sentence(data_import.run.error) if failed and data_import.run else None


def carry_out_reading(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``import_preview``."""
    data_import = db.session.get_one(DataImport, run.parameters["import"])
    if data_import.stage is not ImportStage.COMPLETED:
        choices = choices_of(run.parameters.get("choices", {}))
        _read(data_import, run.id, run.parameters["store"], choices.reading)
        preview = import_preview.build(data_import, choices)
        data_import.preview = preview.document | {
            "report": preview.report,
            "choices": choices.as_document(),
        }
        data_import.stage, data_import.changed_at = ImportStage.PREVIEW, now()
        db.session.commit()
    return {"import": data_import.id}


def carry_out_import(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``import``: all or nothing."""
    run_id = run.id
    data_import = db.session.get_one(DataImport, run.parameters["import"])
    choices = choices_of(run.parameters["choices"])
    # A resumed run may find that the first attempt had already committed.
    if data_import.stage is not ImportStage.COMPLETED:
        _read(data_import, run_id, store=True, options=choices.reading)
        user = db.session.get(User, run.created_by_id) if run.created_by_id else None
        writing.carry_out(
            data_import, choices, user, lambda done, total: library_runs.progress(run_id, done, total)
        )
    return {"import": data_import.id}


def _read(data_import: DataImport, run_id: int, store: bool, options: ReadOptions) -> None:
    """Read its files by these answers, unless they were."""
    if _is_read(data_import, options):
        return
    import_id = data_import.id

    def on_progress(done: int, total: int) -> None:
        library_runs.progress(run_id, done, total)

    try:
        if data_import.stage is ImportStage.PREVIEW:
            reading.read_again(data_import, on_progress, options)
        else:
            reading.read(data_import, on_progress, store, options)
    except OSError as error:
        db.session.rollback()
        import_files.raise_if_full(error)
        raise
    _refuse_unusable(data_import)
    data_import.filename = ", ".join(
        file["path"].rpartition("/")[2] for file in spool.read(import_id).files[:10]
    )[:255]
    db.session.commit()


def _is_read(data_import: DataImport, options: ReadOptions) -> bool:
    """Whether the spool has what these answers make of its files."""
    if data_import.stage is not ImportStage.PREVIEW:
        return False
    kept = spool.read(data_import.id)
    return kept.version == spool.VERSION and kept.options == options


def _refuse_unusable(data_import: DataImport) -> None:
    """Raises UserError with the first reason if no uploaded file can be used."""
    usable = (FileKind.PHOTO, FileKind.MASK, FileKind.ANNOTATIONS)
    without_fault = select(ImportFile.id).where(
        ImportFile.import_id == data_import.id, ImportFile.kind.in_(usable), ImportFile.fault.is_(None)
    )
    if db.session.execute(without_fault.limit(1)).first():
        return
    files = import_files.files_of(data_import, *usable, FileKind.ZIP)
    if any(file.fault is None for file in files if file.kind is not FileKind.ZIP):
        return
    broken = next((file for file in files if file.fault is not None), None)
    if broken is None:
        raise UserError(
            _(
                "There are no labels and no photos in this: choose an annotation file, photos, or a zip of both."
            ),
            code="nothing_sent",
            field="annotations",
        )
    sentence = image_faults.sentence(broken.fault or {})
    raise UserError(f"{broken.path}: {sentence}", code="file_refused", field="annotations")


def is_small_to_read(data_import: DataImport) -> bool:
    """Whether it can be read within a request."""
    chosen = select(func.count(), func.coalesce(func.sum(ImportFile.size), 0)).where(
        ImportFile.import_id == data_import.id, ImportFile.sha256.is_(None), ImportFile.fault.is_(None)
    )
    files, size = db.session.execute(chosen).one()
    if files > READ_AT_ONCE_FILES or size > READ_AT_ONCE_BYTES:
        return False
    for file in import_files.files_of(data_import, FileKind.ZIP):
        if file.fault is not None:
            continue
        # Zips that are refused as a whole need no worker.
        with suppress(ArchiveRejected), open_archive(import_files.path_of(file)) as archive:
            files += len(archive.members)
            size += sum(member.size for member in archive.members) - file.size
    return files <= READ_AT_ONCE_FILES and size <= READ_AT_ONCE_BYTES and _is_small_model(data_import)


def _is_small_to_write(data_import: DataImport) -> bool:
    preview = data_import.preview or {}
    return (
        preview.get("shapes", 0) <= WRITE_AT_ONCE_SHAPES
        and preview.get("new", 0) <= WRITE_AT_ONCE_PHOTOS
        and preview.get("listed", 0) <= WRITE_AT_ONCE_PHOTOS
        and _is_small_model(data_import)
    )


def _is_small_model(data_import: DataImport) -> bool:
    counted = select(func.coalesce(func.sum(ImageCount.count), 0)).where(
        ImageCount.model_id == data_import.model_id
    )
    return (db.session.scalar(counted) or 0) <= MODEL_AT_ONCE_PHOTOS


WORK: dict[LibraryKind, library_runs.Work] = {
    LibraryKind.IMPORT_PREVIEW: carry_out_reading,
    LibraryKind.IMPORT: carry_out_import,
}
