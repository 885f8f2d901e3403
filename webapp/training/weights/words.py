"""How weights are called on pages: «Run 2 · best · AP 59.6»."""

from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from webapp.models import Weights, WeightsChangeReason, WeightsInUseChange
from webapp.training.parameter_words import ARCHITECTURE_NAMES
from webapp.training.weights.files import BEST, LAST

STAR = "★"
"""Marks the weights in use, in every list."""
CATEGORIES_SHOWN = 3


def name_of(document: dict[str, Any] | None) -> str:
    """The name of weights by their ``Weights.document``; empty for None."""
    if document is None:
        return ""
    parts = [document["filename"]]
    if document["run_number"] is not None:
        parts = [_("Run %(n)s", n=document["run_number"])]
        if document["kind"] is not None:
            parts.append({LAST: _("last"), BEST: _("best")}[document["kind"]])
    if document["ap"] is not None:
        parts.append(f"AP {document['ap']:.1f}")
    return " · ".join(parts)


def label_of(weights: Weights, in_use: bool) -> str:
    """One line of a list to choose from; those of no run with the categories that they find."""
    parts = [name_of(weights.document)]
    if weights.run is None:
        more = "…" if len(weights.categories) > CATEGORIES_SHOWN else ""
        parts[0] += f" ({', '.join(weights.categories[:CATEGORIES_SHOWN])}{more})"
    parts += [
        format_date(weights.created_at),
        str(ARCHITECTURE_NAMES.get(weights.architecture, weights.architecture)),
    ]
    return (f"{STAR} " if in_use else "") + " · ".join(parts)


def reason_of(change: WeightsInUseChange) -> str:
    """Why other weights are in use, or who chose them."""
    who = change.user.display_name if change.user else _("somebody")
    return {
        WeightsChangeReason.FIRST: _("by itself: none were in use"),
        WeightsChangeReason.CHOSEN: _("chosen by %(who)s", who=who),
        WeightsChangeReason.DELETED: _("their run was deleted by %(who)s", who=who),
        WeightsChangeReason.UPDATE: _("by an update: the newest, which were used until then"),
    }[change.reason]
