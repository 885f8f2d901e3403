"""Folds of the labelled photos: a preview with counts, and a table to download."""

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from webapp.core import downloads
from webapp.core.errors import UserError
from webapp.formats.files.handed_out_names import legal_name
from webapp.images.splits import folds
from webapp.images.splits import parts as part_of_photos
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.numbers import whole_number
from webapp.web.page_context import model_page

blueprint = Blueprint("folds", __name__)


@blueprint.get("/models/<int:model_id>/folds")
@requires(Role.VIEWER)
def show(model_id: int) -> str | tuple[str, int]:
    """The form; with its answers in the address also the preview."""
    model = detection_models.open_model(model_id)
    found, error = None, None
    if "folds" in request.args:
        try:
            found = _build(model)
        except UserError as refused:
            error = refused
    page = render_template(
        "images/folds.html",
        found=found,
        values=request.args,
        parts_shown=part_of_photos.summary(model),
        errors={error.field: error.message} if error else {},
        **model_page(model, active="images"),
    )
    return (page, error.status) if error else page


@blueprint.get("/models/<int:model_id>/folds.csv")
@requires(Role.VIEWER)
def table(model_id: int) -> Response:
    """File name, fold and part of each photo."""
    model = detection_models.open_model(model_id)
    data = folds.table(model, _build(model)).encode()
    name = f"{legal_name(model.name, 'model')} {_('Folds')}.csv"
    return downloads.stream([data], "text/csv; charset=utf-8", name, len(data))


def _build(model: DetectionModel) -> folds.Folds:
    """Invalid numbers become -1, which is refused beside the field."""
    count, seed = (whole_number(request.args.get(name, "")) for name in ("folds", "seed"))
    return folds.build(
        model,
        -1 if count is None else count,
        -1 if seed is None else seed,
        together=bool(request.args.get("together")),
        by_part=bool(request.args.get("by_part")),
    )
