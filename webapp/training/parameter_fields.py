"""Describes the training parameters as form fields, for the page and the REST API."""

from typing import Any

from flask_babel import gettext as _

from webapp.contracts.training_parameters import TrainingParameters
from webapp.training.parameter_words import CHOICES, GROUPS, HELP, LABELS, UNITS


def describe(parameters: TrainingParameters) -> list[dict[str, Any]]:
    """One entry a parameter, in the order of the form, for the form and the API.

    ``name``, ``label``, ``help``, ``unit``, ``type``, ``default``, ``minimum``, ``maximum``, ``choices``,
    ``choice_labels`` (same order as ``choices``), ``group`` (a key of ``parameter_words.GROUP_LABELS``).
    """
    described = []
    schema = TrainingParameters.model_json_schema()
    for name in TrainingParameters.model_fields:
        prop = schema["properties"][name]
        if "$ref" in prop:
            prop = {**prop, **schema["$defs"][prop["$ref"].rpartition("/")[2]]}
        choices = prop.get("enum")
        described.append(
            {
                "name": name,
                "label": str(LABELS[name]),
                "help": str(HELP[name]),
                "unit": str(UNITS[name]) if name in UNITS else None,
                "type": prop["type"],
                "default": getattr(parameters, name),
                "minimum": prop.get("minimum", prop.get("exclusiveMinimum")),
                "maximum": prop.get("maximum", prop.get("exclusiveMaximum")),
                "choices": choices,
                "choice_labels": [str(CHOICES[name][choice]) for choice in choices] if choices else None,
                "group": GROUPS[name],
            }
        )
    return described


def allowed(field: dict[str, Any]) -> str:
    """The allowed values of an entry of ``describe``, as a sentence."""
    if field["choices"]:
        return _("Choose one of the list.")
    if field["type"] == "integer":
        return _(
            "Enter a whole number from %(low)s to %(high)s.", low=field["minimum"], high=field["maximum"]
        )
    return _("Enter a number between %(low)s and %(high)s.", low=field["minimum"], high=field["maximum"])
