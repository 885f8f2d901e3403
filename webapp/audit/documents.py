"""``before`` and ``after`` of a row as JSON of limited length; and how texts of strangers are shown."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

LONGEST_TEXT = 500
MOST_ITEMS = 50
LONGEST_DOCUMENT = 8_000
"""Characters."""


def document(values: Mapping[str, Any] | None) -> str | None:
    """JSON; None for nothing. What is too long is cut, and ends with «…»."""
    if not values:
        return None
    text = _dumped({name: _plain(value) for name, value in values.items()})
    if len(text) > LONGEST_DOCUMENT:
        text = _dumped(
            {name: short(str(_plain(value)), 100) for name, value in list(values.items())[:MOST_ITEMS]}
        )
    return text


def short(text: str, longest: int) -> str:
    """The text without NUL and halves of characters, which PostgreSQL does not store, cut to this length."""
    clean = text.replace("\x00", "").encode("utf-8", "ignore").decode()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def visible(text: str) -> str:
    """The text with characters that are invisible, end a line or turn the text after them written as ``\\u202e``."""
    return "".join(
        f"\\u{ord(letter):04x}" if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter
        for letter in text
    )


def _dumped(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Mapping) and depth < 3:
        items = list(value.items())[:MOST_ITEMS]
        return {short(str(name), 100): _plain(item, depth + 1) for name, item in items}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and depth < 3:
        return [_plain(item, depth + 1) for item in value[:MOST_ITEMS]]
    return short(str(value), LONGEST_TEXT)
