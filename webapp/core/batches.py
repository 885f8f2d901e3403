"""Long lists in parts, as one statement takes no more than so many values."""

from collections.abc import Iterator
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    """The items in order, ``size`` at a time; the last part may have fewer."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
