"""The audit as CSV."""

from collections.abc import Iterable, Iterator

from webapp.audit.documents import visible
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.models import AuditEntry

COLUMNS = (
    *("id", "at", "action", "actor_id", "actor", "door", "address", "token_id", "object_kind", "object_id"),
    *("object_name", "model_id", "number", "object_ids", "before", "after", "hash"),
)


def lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Header and rows; times in UTC, names of actions and fields as the API has them."""
    yield BOM + csv_line(COLUMNS)
    for entry in entries:
        yield csv_line([_cell(getattr(entry, name)) for name in COLUMNS])


def _cell(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return visible(value.isoformat() if hasattr(value, "isoformat") else str(value))
