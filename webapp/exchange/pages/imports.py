"""Imports: upload of files, preview with choices, report."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.annotations import categories
from webapp.core.disk_space import needs_room
from webapp.core.downloads import attachment
from webapp.core.errors import UserError
from webapp.exchange.imports import data_imports
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports import findings as import_findings
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import ImportChoices
from webapp.exchange.pages import import_form
from webapp.formats.files.handed_out_names import legal_name
from webapp.images import faults as image_faults
from webapp.models import DataImport, DetectionModel, FileKind, ImportStage, Role, Split
from webapp.projects import detection_models
from webapp.web.filters import image_filter
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page
from webapp.web.sent_files import uploads

blueprint = Blueprint("imports", __name__)
MAX_KEY = 64


@blueprint.get("/models/<int:model_id>/imports")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """Unfinished imports, and reports of finished ones."""
    model = detection_models.open_model(model_id)
    found = data_imports.newest(model)
    return render_template(
        "exchange/imports/index.html",
        waiting=[one for one in found if one.stage is not ImportStage.COMPLETED],
        past=[one for one in found if one.stage is ImportStage.COMPLETED],
        status_of=import_runs.status_of,
        numbers=data_imports.report_numbers(model),
        **model_page(model, active="images"),
    )


@blueprint.post("/models/<int:model_id>/imports/files")
@requires(Role.ANNOTATOR)
@needs_room
def receive(model_id: int) -> ResponseReturnValue:
    """Store files for the import of the page's key; the result of each as JSON for the drop zone.

    Without scripts the form sends everything at once and is redirected to the preview.
    """
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    try:
        data_import = _addressed(detection_models.open_model(model_id))
        arrived = _receive(data_import)
        return jsonify(arrived) if wants_json else _read(data_import)
    except UserError as error:
        if not wants_json:
            raise
        return jsonify(detail=error.message, code=error.code), error.status


@blueprint.post("/models/<int:model_id>/imports")
@requires(Role.ANNOTATOR)
@needs_room
def create(model_id: int) -> ResponseReturnValue:
    """Read the files of the page's key, or of this form, and redirect to the preview."""
    model = detection_models.open_model(model_id)
    key = request.form.get("key", "")[:MAX_KEY]
    data_import = data_imports.find_by_key(model, key) if key else None
    if data_import is None or uploads("files") or uploads("annotations"):
        data_import = _addressed(model)
        _receive(data_import)
    return _read(data_import)


@blueprint.get("/models/<int:model_id>/imports/<int:import_id>")
@requires(Role.VIEWER)
def show(model_id: int, import_id: int) -> str:
    """The import in any state: files, running work, preview or report."""
    return _page(data_imports.open_import(import_id, detection_models.open_model(model_id)))


@blueprint.post("/models/<int:model_id>/imports/<int:import_id>/preview")
@requires(Role.ANNOTATOR)
@needs_room
def read(model_id: int, import_id: int) -> ResponseReturnValue:
    """Make the preview of the files, including those added later, by the answers of the form below it."""
    data_import = data_imports.open_import(import_id, detection_models.open_model(model_id))
    try:
        choices = import_form.choices(data_import) if "asked" in request.form else None
    except UserError as error:
        return _page(data_import, error), error.status
    return _read(data_import, choices)


@blueprint.post("/models/<int:model_id>/imports/<int:import_id>")
@requires(Role.ANNOTATOR)
@needs_room
def carry_out(model_id: int, import_id: int) -> ResponseReturnValue:
    """Carry out the import with the choices of the form."""
    data_import = data_imports.open_import(import_id, detection_models.open_model(model_id))
    try:
        if data_import.stage is not ImportStage.PREVIEW:
            # Files were added in the meantime, or this is a second submit.
            data_imports.check_idle(data_import)
            return _read(data_import)
        choices = import_form.choices(data_import)
        import_runs.start_import(data_import, choices, current_user)
    except UserError as error:
        if error.code in ("import_over", "under_way"):
            return _to(data_import)
        return _page(data_imports.open_import(import_id), error), error.status
    return _to(data_import)


@blueprint.post("/models/<int:model_id>/imports/<int:import_id>/discard")
@requires(Role.ANNOTATOR)
def discard(model_id: int, import_id: int) -> ResponseReturnValue:
    """Discard an import that was not carried out."""
    data_import = data_imports.open_import(import_id, detection_models.open_model(model_id))
    try:
        data_imports.discard(data_import)
    except UserError as error:
        flash(error.message, "error")
        return _to(data_import)
    flash(_("The import was discarded. Nothing has changed."), "success")
    return redirect(url_for("images.index", model_id=model_id), HTTPStatus.SEE_OTHER)


@blueprint.get("/models/<int:model_id>/imports/<int:import_id>/report.csv")
@requires(Role.VIEWER)
def report_csv(model_id: int, import_id: int) -> Response:
    """The report of an import as CSV, with every finding."""
    model = detection_models.open_model(model_id)
    data_import = data_imports.open_import(import_id, model)
    lines = data_imports.findings_of(data_import)
    number = data_imports.report_numbers(model).get(import_id, import_id)
    response = Response("".join(import_findings.csv_of(data_import.report or {}, lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = attachment(
        f"{legal_name(model.name, 'model')}-import-{number}.csv"
    )
    return response


def _addressed(model: DetectionModel) -> DataImport:
    """The import of the uploaded files. Raises UserError."""
    import_id = request.form.get("import_id", type=int)
    if import_id is not None:
        return data_imports.open_import(import_id, model)
    split = image_filter.posted_split()
    key = request.form.get("key", "")[:MAX_KEY]
    if key:
        return data_imports.opened_by_key(model, key, split, current_user)
    return data_imports.create(model, split, current_user)


def _receive(data_import: DataImport) -> dict[str, list[dict[str, object]]]:
    created: list[dict[str, object]] = []
    rejected: list[dict[str, object]] = []
    for upload in uploads("files") + uploads("annotations"):
        file = data_imports.receive(data_import, upload)
        if file.fault is not None:
            rejected.append({"filename": upload.filename, "reason": image_faults.sentence(file.fault)})
        else:
            created.append({"id": file.id, "filename": upload.filename})
    return {"created": created, "duplicates": [], "rejected": rejected}


def _read(data_import: DataImport, choices: ImportChoices | None = None) -> ResponseReturnValue:
    import_id = data_import.id
    try:
        import_runs.start_reading(data_import, current_user, choices=choices)
    except UserError as error:
        if error.code in ("import_over", "under_way"):
            return _to(data_import)
        return _page(data_imports.open_import(import_id), error), error.status
    return _to(data_import)


def _to(data_import: DataImport) -> ResponseReturnValue:
    address = url_for("imports.show", model_id=data_import.model_id, import_id=data_import.id)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _page(data_import: DataImport, error: UserError | None = None) -> str:
    model = data_import.model
    run = data_import.run
    is_open = data_import.stage is not ImportStage.COMPLETED
    preview = data_import.preview if data_import.stage is ImportStage.PREVIEW else None
    there = categories.list_categories(model) if preview else []
    files = import_files.files_of(data_import) if data_import.stage is ImportStage.RECEIVING else []
    return render_template(
        "exchange/imports/show.html",
        data_import=data_import,
        number=data_imports.report_numbers(model).get(data_import.id),
        run=run if is_open and run is not None and not run.status.is_over else None,
        failure=import_runs.error_of(data_import),
        stopped=import_runs.status_of(data_import) == "stopped",
        error=error,
        files=[file for file in files if file.kind is not FileKind.LITTER and not file.derived],
        fault_sentence=image_faults.sentence,
        preview=import_findings.in_words(preview) if preview else None,
        questions=preview.get("questions", []) if preview else [],
        rows=import_form.rows(preview, there) if preview else [],
        existing=there,
        split_counts=preview and import_form.split_counts(preview, data_import.split),
        values=request.form,
        splits=list(Split),
        lines=import_findings.in_words(data_import.report) if data_import.report else None,
        may_change=may(Role.ANNOTATOR),
        **model_page(model, active="images"),
    )
