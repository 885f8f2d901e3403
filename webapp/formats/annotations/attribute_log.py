"""Collects values of a file that are not imported (attributes, flags, key points), for the report."""

from collections.abc import Set
from typing import Any

from webapp.formats.annotations.parsed import AnnotationFault, FindingLog
from webapp.formats.files.filenames import clean_text

MAX_NAMES = 1000
"""Most attributes named in a report; values of further ones are counted together."""
MAX_TEXT = 60
FURTHER = "…"
UNSET = {"", "undefined", "null", "none", "false"}
"""Texts that tools write for an unset value."""


class AttributeLog:
    """Counts values by the name of their attribute and keeps the first of each."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[int, str]] = {}

    def add(self, name: str, value: object, place: str) -> None:
        """Count a value of the shape, photo or category at ``place``, unless it is empty."""
        if not says_something(value):
            return
        if name not in self._met and len(self._met) >= MAX_NAMES:
            name = FURTHER
        count, first = self._met.get(name) or (0, f"{place}: {_text(value)}")
        self._met[name] = count + 1, first

    def add_others(
        self,
        entry: dict[str, Any],
        known: Set[str],
        place: str,
        filled_in: Set[tuple[str, str]] = frozenset(),
    ) -> None:
        """``add`` the fields of an entry that are not ``known``, the values of an object by their own names.

        Those that a tool has ``filled_in``, as (field, name), do not count.
        """
        for field in sorted(entry.keys() - known):
            value = entry[field]
            for name, one in value.items() if isinstance(value, dict) else [(field, value)]:
                if (field, name) not in filled_in:
                    self.add(name, one, place)

    def report(self, skipped: FindingLog) -> None:
        """Add the collected values to the findings.

        One example for each attribute: ``name × count (place: value)``.
        """
        for name, (count, first) in self._met.items():
            example = f"{short_text(name) or '?'} × {count} ({first})"
            skipped.add(AnnotationFault.ATTRIBUTE_NOT_KEPT, example, "attribute", count)


def says_something(value: object) -> bool:
    """Whether a value was set by a person: tools fill in empty texts, false and empty lists."""
    if isinstance(value, str):
        return value.strip().lower() not in UNSET
    if isinstance(value, dict):
        return any(map(says_something, value.values()))
    if isinstance(value, list):
        return any(map(says_something, value))
    return value is not None and value is not False


def _text(value: object) -> str:
    if isinstance(value, dict):
        # Ticked options: only their names.
        said = [
            short_text(key) if one is True else f"{short_text(key)}: {_text(one)}"
            for key, one in value.items()
            if says_something(one)
        ]
        return short_text(", ".join(said[:MAX_TEXT]))
    if isinstance(value, list):
        return short_text(", ".join(map(_text, value[:MAX_TEXT])))
    if isinstance(value, str):
        return short_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return short_text(str(value))
    except ValueError:  # more digits than Python writes
        return FURTHER


def short_text(text: str) -> str:
    """The beginning of a text of a file, cleaned for display."""
    return clean_text(text[:MAX_TEXT])
