"""Parses the form of a prediction: parameters, and photos of the model."""

from collections.abc import Mapping
from typing import Any

from flask import request

from webapp.images.browsing.queries import LONGEST_NAME_PART, ImageQuery
from webapp.models import Split
from webapp.web.filters.image_filter import YES_NO

EVERY_SPLIT = "all"
NUMBERS = ("score_threshold", "max_detections", "image_size", "tile_size")


def parameters_sent() -> dict[str, Any]:
    """Values for ``PredictionParameters``; an empty field gets its default.

    Text that is not a number is passed on, and refused there together with other errors.
    """
    sent: dict[str, Any] = {name: value for name in NUMBERS if (value := request.form.get(name, "").strip())}
    if device := request.form.get("device", ""):
        sent["device"] = device
    names, values = request.form.getlist("category"), request.form.getlist("category_threshold")
    own = {name: value.strip() for name, value in zip(names, values, strict=False) if value.strip()}
    return sent | ({"category_thresholds": own} if own else {})


def query_sent(sent: Mapping[str, str]) -> ImageQuery | None:
    """The chosen photos of the model; None if there are none."""
    split = sent.get("library_split", "")
    if split != EVERY_SPLIT and split not in list(Split):
        return None
    category = sent.get("library_category", "")
    return ImageQuery(
        split=None if split == EVERY_SPLIT else Split(split),
        category=int(category) if category.isascii() and category.isdigit() and len(category) < 10 else None,
        labelled=YES_NO.get(sent.get("library_labelled", "")),
        name=sent.get("library_name", "").replace("\x00", "").strip()[:LONGEST_NAME_PART],
    )
