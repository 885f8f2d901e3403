"""The range of values of a model's photos with more than 8 bits, with a preview."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.images.value_range import BIT_DEPTHS, ValueRange
from webapp.images.values import ranges, remarks
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page
from webapp.web.photo_urls import thumbnail_in

blueprint = Blueprint("value_range", __name__)
AUTOMATIC, NUMBERS = "auto", "numbers"


@blueprint.get("/models/<int:model_id>/value-range")
@requires(Role.VIEWER)
def show(model_id: int) -> str:
    """The setting, and some photos as they are seen."""
    model = detection_models.open_model(model_id)
    return _page(model, _values_of(model), model.range_in_use)


@blueprint.get("/models/<int:model_id>/value-range/preview")
@requires(Role.VIEWER)
def preview(model_id: int) -> ResponseReturnValue:
    """The photos as they are seen, beside those in the range that is chosen in the form."""
    model = detection_models.open_model(model_id)
    try:
        chosen, refused = _range_chosen(model), None
    except UserError as error:
        chosen, refused = model.range_in_use, error.message
    return render_template("projects/_range_preview.html", model=model, **_pictures(model, chosen, refused))


@blueprint.post("/models/<int:model_id>/value-range")
@requires(Role.ENGINEER)
def save(model_id: int) -> ResponseReturnValue:
    """Set the range."""
    model = detection_models.open_model(model_id)
    try:
        ranges.set_range(model, *_choice())
    except UserError as error:
        db.session.rollback()
        return _page(model, request.form, model.range_in_use, error.message), error.status
    flash(_("The value range is saved: photos are shown in it from now on."), "success")
    return redirect(url_for("value_range.show", model_id=model.id))


def words_of(range_: ValueRange | None) -> str:
    """«0 – 4095 (12 bits)»."""
    if range_ is None:
        return "–"
    numbers = f"{remarks.number(range_.low)} – {remarks.number(range_.high)}"
    return _("%(numbers)s (%(depth)s bits)", numbers=numbers, depth=range_.depth) if range_.depth else numbers


def _choice() -> tuple[int | None, list[float] | None]:
    """Bit depth and numbers of the form. Raises UserError (422) for what is no number."""
    choice = request.values.get("choice", "")
    if choice == AUTOMATIC:
        return None, None
    if choice == NUMBERS:
        try:
            return None, [float(request.values.get(name, "")) for name in ("low", "high")]
        except ValueError:
            return None, []
    return (int(choice) if choice.isdecimal() and len(choice) < 3 else 0), None


def _range_chosen(model: DetectionModel) -> ValueRange | None:
    depth, numbers = _choice()
    ranges.check_range(depth, numbers)
    if depth is not None:
        return ValueRange.of_depth(depth)
    return ValueRange.of(numbers or model.proposed_range)


def _values_of(model: DetectionModel) -> dict[str, Any]:
    chosen = model.chosen_range or model.range_in_use
    shown = [remarks.number(limit) for limit in chosen.numbers] if chosen else ["", ""]
    choice = str(model.bit_depth) if model.bit_depth else NUMBERS if model.value_range else AUTOMATIC
    return {"choice": choice, "low": shown[0], "high": shown[1]}


def _pictures(model: DetectionModel, chosen: ValueRange | None, refused: str | None) -> dict[str, Any]:
    now = model.range_in_use
    rows = []
    for image in ranges.deep_images(model):
        measured = image.file.measured
        if measured is None:
            continue
        rows.append(
            {
                "image": image,
                "lowest": remarks.number(measured.lowest),
                "highest": remarks.number(measured.highest),
                "before": thumbnail_in(image.file, measured.range_with(now)),
                "after": thumbnail_in(image.file, measured.range_with(chosen)),
                "is_beyond": measured.is_beyond(chosen),
            }
        )
    return {
        "rows": rows,
        "now": words_of(now),
        "chosen": words_of(chosen),
        "is_changed": chosen != now,
        "refused": refused,
    }


def _page(model: DetectionModel, values: Any, chosen: ValueRange | None, error: str = "") -> str:
    trained = ranges.trained_with(model)
    proposed = ValueRange.of(model.proposed_range)
    depths = [(str(bits), _("%(n)s bits: 0 – %(high)s", n=bits, high=2**bits - 1)) for bits in BIT_DEPTHS]
    return render_template(
        "projects/value_range.html",
        values=values,
        choices=[
            (
                AUTOMATIC,
                _("From the photos: %(range)s", range=words_of(proposed))
                if proposed
                else _("From the photos"),
            ),
            *depths,
            (NUMBERS, _("Two numbers")),
        ],
        is_set=model.chosen_range is not None,
        trained_with=words_of(trained) if trained and trained != model.range_in_use else None,
        may_change=may(Role.ENGINEER),
        error=error,
        **_pictures(model, chosen, None),
        **model_page(model, active="images"),
    )
