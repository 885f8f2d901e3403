"""Lists in pages. A cursor holds the sort key of the last item seen, so a page is as quick as the first."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from flask_babel import gettext as _
from pydantic import BaseModel, Field

from webapp.core.errors import UserError
from webapp.rest.validation import LARGEST_INTEGER, Text

Row = TypeVar("Row")
MAX_LIMIT = 500


class Paging(BaseModel):
    """What every list takes."""

    limit: int = Field(default=100, ge=1, le=MAX_LIMIT, description="Items a page.")
    cursor: Text | None = Field(default=None, description="`next_cursor` of the page before.")


def encode(name: str, *key: int) -> str:
    """The cursor after the item with this sort key, for the list ``name``."""
    return base64.urlsafe_b64encode(json.dumps([name, *key]).encode()).decode().rstrip("=")


def decode(name: str, cursor: str | None, length: int = 1) -> tuple[int, ...] | None:
    """The sort key of a cursor; None without one. Raises UserError for a cursor of another list."""
    if cursor is None:
        return None
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if found[0] == name and len(found) == length + 1 and all(_is_key(part) for part in found[1:]):
            return tuple(found[1:])
    except (binascii.Error, ValueError, TypeError, KeyError, IndexError, RecursionError):
        pass
    raise foreign_cursor()


def foreign_cursor() -> UserError:
    """The error for a cursor of another list."""
    return UserError(
        _("This cursor is not of this list: leave it out to begin at the start."),
        code="cursor_invalid",
        field="cursor",
    )


def _is_key(part: object) -> bool:
    return type(part) is int and 0 <= part <= LARGEST_INTEGER


def cut(rows: Sequence[Row], limit: int) -> tuple[list[Row], Row | None]:
    """The page, and its last row if more follow. Query ``rows`` with ``limit + 1``."""
    page = list(rows[:limit])
    return page, page[-1] if len(rows) > limit else None
