"""Where the web processes count their requests, each in files of its own; prometheus-client maps them into memory."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def make() -> Path:
    """An empty folder, the same for each start of one installation; named in the environment for prometheus-client.

    In memory where the system has such a folder: a process that writes into a mapped file of a full disk is killed.
    """
    parent = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    whose = f"{Path(os.environ.get('DATA_DIR') or 'data').absolute()}:{os.environ.get('PORT')}:{os.geteuid()}"
    folder = parent / f"image-recognition-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
    # What an earlier start has left would be summed up too.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:  # somebody else's
        folder = Path(tempfile.mkdtemp(prefix="image-recognition-", dir=parent))
    os.environ[VARIABLE] = str(folder)
    return folder
