"""The log file of a training run."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.core import storage

MOST_BYTES = 256 * 1024
"""Most bytes read from the end of the file."""


def path(run_id: int) -> Path:
    """Path of the log; it exists once a worker has claimed the run."""
    return storage.run_dir(run_id) / "training.log"


def tail(run_id: int, lines: int = 200) -> list[str]:
    """The last lines, the newest last; empty until a worker has claimed the run."""
    try:
        with path(run_id).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            found = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    # The first line that was read may be incomplete.
    return (found[1:] if size > MOST_BYTES else found)[-lines:]


@contextmanager
def writing(run_id: int) -> Iterator[None]:
    """Append this process's log to the run's log, too. A full disk loses lines but does not fail the run."""
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
        """Ignore: the lines go to standard error, too."""
