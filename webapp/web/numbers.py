"""Numbers in the address of a page."""

from webapp.models.columns import LARGEST_ID


def whole_number(text: str) -> int | None:
    """From 0, cut to what the database takes as an id; None where it is none."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_ID)):
        return None
    return min(int(text), LARGEST_ID)
