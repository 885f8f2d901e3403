"""Large photos are decoded one at a time: by all threads of a process, and by all processes of an installation."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGE_PIXELS = 24_000_000
"""Photos of more pixels are decoded, and predicted, one after the other, to save memory."""
_in_this_process = threading.Lock()
_shared: Path | None = None


def share_turns(path: Path) -> None:
    """Processes that name the same file take turns. It is made, and stays; a process that dies gives its turn back."""
    global _shared
    _shared = path


@contextmanager
def turn_of(pixels: int) -> Iterator[None]:
    """Waits where so many pixels are many. Not to be entered twice by one thread."""
    if pixels <= LARGE_PIXELS:
        yield
        return
    with _in_this_process:
        if _shared is None:
            yield
            return
        _shared.parent.mkdir(parents=True, exist_ok=True)
        with _shared.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
