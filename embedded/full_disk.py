"""Whether a start failed because the disk of DATA_DIR is full, whatever program met it first."""

import errno
import os
import shutil
from pathlib import Path

CODES = (errno.ENOSPC, errno.EDQUOT)
SENTENCE = "The disk of DATA_DIR is full: make room, then start again."
LEAST_FREE = 2**20
"""Bytes. With less PostgreSQL cannot write the files that it needs before it says a word."""


def is_reason(error: Exception, data: Path) -> bool:
    """Whether this error of a start comes from a full disk: by its number, by what a log of it says, or by the room."""
    if isinstance(error, OSError):
        return error.errno in CODES
    said = str(error)
    return any(os.strerror(code) in said for code in CODES) or shutil.disk_usage(data).free < LEAST_FREE
