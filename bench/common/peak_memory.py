"""The one way in which benches read the most memory that a process has had."""

from pathlib import Path


def peak_bytes() -> int:
    """Of this process since its program began, resident, bytes.

    Not ``ru_maxrss`` of getrusage: that begins with what the process had which started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
