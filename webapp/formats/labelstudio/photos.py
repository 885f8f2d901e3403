"""Which photo a task of Label Studio is about, who labelled it, and when."""

import re
from datetime import UTC, datetime
from typing import Any

from webapp.formats.annotations.outlines import number
from webapp.formats.files.filenames import clean_text

_PHOTO = re.compile(
    r"\.(jpe?g|jpe|jfif|png|bmp|webp|tiff?|gif|heic|heif|avif|jp2|jxl|ppm|pgm|dng)$", re.IGNORECASE
)
_ADDRESS = re.compile(r"(/data/|\w[\w+.-]*://|data:image/)", re.IGNORECASE)
_USUAL = ("image", "img", "photo", "picture", "image_url", "url", "ocr")
"""Names of the field with the photo, the likelier first."""
EMBEDDED = "data:image/"
MAX_NAME = 100
"""Longest name of an annotator, characters."""

MAX_DEPTH, MAX_FIELDS = 4, 1000
"""Of the fields of a task that are looked through."""

Names = dict[str, str | list[str]]
"""The photos of a task by the field that names them; a list where one field has several."""


def photo_fields(data: object) -> Names:
    """The fields of a task that name photos, the likeliest first; of nested ones the path, ``pages.0.url``."""
    found: Names = {}
    _collect(data, "", found, MAX_DEPTH)
    if not found and isinstance(data, dict):
        # An address may say nothing of what is behind it.
        usual = [key for key in data if _rank(key) < len(_USUAL) and isinstance(data[key], str)]
        found = {key: data[key] for key in usual if data[key].strip()}
    return dict(sorted(found.items(), key=lambda field: _rank(field[0])))


def _collect(value: object, path: str, found: Names, depth: int) -> None:
    if path and is_photo(value):
        found[path] = str(value)
    elif path and isinstance(value, list) and value and all(map(is_photo, value)):
        found[path] = value
    elif depth and isinstance(value, (dict, list)) and len(found) < MAX_FIELDS:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            _collect(one, f"{path}.{key}" if path else str(key), found, depth - 1)


def is_photo(value: object) -> bool:
    """Whether a text is the name or the address of a photo."""
    if not isinstance(value, str):
        return False
    path = value.split("?d=")[-1].split("?")[0]
    return bool(_PHOTO.search(path.strip()) or _ADDRESS.match(value.strip()))


def _rank(key: str) -> int:
    return _USUAL.index(key.lower()) if key.lower() in _USUAL else len(_USUAL)


def annotator(value: object) -> str:
    """The name of who completed an annotation: an e-mail address, else a name or a number; empty where unknown."""
    if isinstance(value, dict):
        named = " ".join(str(value.get(key) or "") for key in ("first_name", "last_name")).strip()
        value = value.get("email") or value.get("username") or named or value.get("id")
    if isinstance(value, str):
        return clean_text(value[: 2 * MAX_NAME])[:MAX_NAME]
    return str(value) if isinstance(value, int) and number(value) is not None else ""


def submitted(fields: dict[str, Any]) -> float:
    """When an annotation was last submitted, seconds since 1970; -inf where it does not say so."""
    for key in ("updated_at", "created_at"):
        value = fields.get(key)
        if (seconds := number(value)) is not None:
            return seconds
        try:
            moment = datetime.fromisoformat(value if isinstance(value, str) else "")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return float("-inf")
