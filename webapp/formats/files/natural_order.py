"""The order in which people expect file names."""

import re


def natural(filename: str) -> list[tuple[int, int, str]]:
    """A key that sorts file names as people do: 2 before 10, without case."""
    parts = re.findall(r"\d+|\D+", filename)
    return [
        (0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part.casefold()) for part in parts
    ]
