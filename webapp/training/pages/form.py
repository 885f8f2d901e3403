"""Parses the training form, and turns its errors into sentences."""

from collections.abc import Mapping
from typing import Any

from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.errors import UserError
from webapp.training.parameter_fields import allowed, describe
from webapp.training.parameter_words import GROUPS, PRESETS

OWN = tuple(name for name in ("time_budget_minutes", "iterations", "epochs") if name in GROUPS)
"""Parameters for a length of one's own, beside the times that are offered; all others are under *Advanced*."""
ELSEWHERE = ("weights_id", "architecture", "batch_size", "image_size", "folds")
"""Fields that may be refused although their value is in range, because it does not fit the machine."""

COUNT, TIME = "iterations", "time_budget_minutes"

Field = dict[str, Any]


def fields_of(defaults: TrainingParameters, form: Mapping[str, str] | None = None) -> list[Field]:
    """``parameter_fields.describe`` with the value of each field: as sent, else the default."""
    fields = describe(defaults)
    for field in fields:
        field["value"] = field["default"]
        if form is not None:
            field["value"] = _sent(field, form)
        if field["name"] == COUNT and COUNT not in (form or {}) and _is_timed(defaults, form or {}):
            field["value"] = ""
    return fields


def preset_of(fields: list[Field]) -> str:
    """The preset that is chosen in ``fields``: its minutes; empty for a time or number of one's own."""
    values = {field["name"]: field["value"] for field in fields}
    try:
        minutes = f"{float(values[TIME]):g}"
    except ValueError:
        return ""
    return minutes if minutes in PRESETS and values[COUNT] == "" else ""


def as_form(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Stored parameters as form data: unticked checkboxes are missing, and the iterations of a run with a time."""
    left_out = {COUNT} if parameters.get(TIME) else set()
    return {
        name: str(value) for name, value in parameters.items() if value is not False and name not in left_out
    }


def read_changes(defaults: TrainingParameters, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that differ from the defaults, not validated yet.

    Iterations that are left empty follow from the time; with a number the time does not count.
    """
    changes = {
        field["name"]: value
        for field in describe(defaults)
        if str(value := _sent(field, form)) != str(field["default"])
    }
    if _is_timed(defaults, form):
        changes.pop(COUNT, None)
        if count := form.get(COUNT, "").strip():
            # Also where it is the default's number.
            changes[COUNT] = count
    return changes


def _is_timed(defaults: TrainingParameters, form: Mapping[str, str]) -> bool:
    """Whether the form asks for a time: its own, a preset, or the default where it sends neither time nor number."""
    missing = "0" if COUNT in form else str(defaults.time_budget_minutes)
    if form.get("preset") in PRESETS:
        return True
    try:
        return float(form.get(TIME, missing)) > 0
    except ValueError:  # a time all the same, which is refused
        return True


def _sent(field: Field, form: Mapping[str, str]) -> Any:
    if field["type"] == "boolean":
        return field["name"] in form
    if field["name"] == TIME and form.get("preset") in PRESETS:
        return form["preset"]
    return form.get(field["name"], str(field["default"])).strip()


def faults_by_field(error: UserError, defaults: TrainingParameters) -> dict[str, str]:
    """A sentence for each wrong field; empty if the error concerns something else."""
    if error.code != "parameter_invalid":
        return {error.field: error.message} if error.field in ELSEWHERE else {}
    fields = {field["name"]: field for field in describe(defaults)}
    wrong = [fault["parameter"] for fault in error.details.get("faults", [])]
    return {name: allowed(fields[name]) for name in wrong if name in fields}
