"""The command line that ``ps`` shows of a forked process."""

import ctypes
from pathlib import Path

# Places of arg_start and arg_end in /proc/self/stat, counted from the field behind the name; see proc_pid_stat(5).
_ARG_START, _ARG_END = 45, 46


def set_title(command: list[str]) -> None:
    """Written over the command line of the parent, which the kernel reads from this process's memory.

    A longer one is cut off.
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
    if start == 0:
        return  # the kernel does not tell
    line = b"\0".join(part.encode() for part in command)[: end - start - 1]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, line, len(line))
