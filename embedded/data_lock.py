"""Lock of the data folder (one start at a time), and cleanup of servers of an earlier start."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import StartError
from embedded.folders import Folders
from embedded.waiting import wait_until


@contextmanager
def sole_user(folders: Folders) -> Iterator[None]:
    """Lock the data folder while the body runs; raises StartError if another start has locked it."""
    with (folders.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"Already running with the data folder {folders.data}.") from None
        yield


def is_in_use(folders: Folders) -> bool:
    """Whether the data folder is locked."""
    try:
        with sole_user(folders):
            return False
    except StartError:
        return True


def end_leftover(pid_file: Path, stop_signal: signal.Signals) -> None:
    """Stop the server that this pid file of an earlier start names, and remove the file.

    After a power cut the number may belong to any process: only one that works in the file's folder is ours.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
        return
    if _works_in(pid, pid_file.parent):
        os.kill(pid, stop_signal)
        wait_until(
            lambda: not _works_in(pid, pid_file.parent), f"process {pid} of an earlier start ends", 180
        )
    pid_file.unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False
