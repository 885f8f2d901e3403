"""Which part, line or day the photos show: from names, folders or a table."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.core.errors import UserError
from webapp.formats.annotations.parsed import FormatRejected
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.text_source import TextSource
from webapp.images.splits import parts
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("photo_parts", __name__)


@blueprint.get("/models/<int:model_id>/parts")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The parts as they are, and where they may come from."""
    return _page(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/parts")
@requires(Role.ANNOTATOR)
def change(model_id: int) -> ResponseReturnValue:
    """Take the parts from ``source``: names (``pattern``), folders, table, or forget them (none)."""
    model = detection_models.open_model(model_id)
    try:
        sentence = _changed(model, request.form.get("source", ""))
    except UserError as error:
        return _page(detection_models.open_model(model_id), error), error.status
    flash(sentence, "success")
    return redirect(url_for("photo_parts.index", model_id=model.id))


def _changed(model: DetectionModel, source: str) -> str:
    unknown = 0
    if source == "names":
        count = parts.from_names(model, clean_text(request.form.get("pattern", "")))
    elif source == "folders":
        count = parts.from_folders(model)
    elif source == "table":
        count, unknown = parts.from_table(model, _table())
    else:
        count = parts.clear(model)
    sentence = ngettext("%(num)s photo changed.", "%(num)s photos changed.", count)
    if unknown:
        sentence += " " + ngettext(
            "%(num)s line names no photo of this model.",
            "%(num)s lines name no photo of this model.",
            unknown,
        )
    return sentence


def _table() -> list[str]:
    file = request.files.get("table")
    data = file.read(parts.MAX_TABLE + 1) if file is not None else b""
    try:
        return list(TextSource(data, parts.MAX_TABLE).lines())
    except FormatRejected as error:
        raise UserError(
            _("Choose a CSV file of at most 20 MB."), code="table_missing", field="table", status=422
        ) from error


def _page(model: DetectionModel, error: UserError | None = None) -> str:
    context: dict[str, Any] = {"errors": {error.field: error.message} if error and error.field else {}}
    return render_template(
        "images/photo_parts.html",
        parts_shown=parts.summary(model),
        pattern=clean_text(request.form.get("pattern", "")),
        **context,
        **model_page(model, active="images"),
    )
