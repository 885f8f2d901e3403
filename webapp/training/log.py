"""The log of a training run: a file of its own, for the curious."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.core import storage

MOST_BYTES = 256 * 1024
"""How much of the end is read at most."""


def path(run_id: int) -> Path:
    """Where the log lies; it is there once a worker has taken the run."""
    return storage.run_dir(run_id) / "training.log"


def tail(run_id: int, lines: int = 200) -> list[str]:
    """The last lines, the newest last; empty while no worker has taken the run."""
    try:
        with path(run_id).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            found = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    # The first line of the part that was read may be cut.
    return (found[1:] if size > MOST_BYTES else found)[-lines:]


@contextmanager
def writing(run_id: int) -> Iterator[None]:
    """What this process logs goes into the run's log too, after what is there. A full disk costs lines, no run."""
    file = path(run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = _QuietHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


class _QuietHandler(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """The lines go to standard error anyway."""
