"""Size of the memory, and the allocator's settings."""

import ctypes
import os
import subprocess
import sys

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_LARGEST_MMAP_THRESHOLD = 32 * 2**20
_KEPT_BYTES = 2**30


def keep_freed_memory() -> None:
    """Let this process and its forks keep up to 1 GiB of freed memory for the next tensor (``mallopt``).

    glibc returns a large block to the kernel at once, which zeroes it for the next: with hundreds of tensors
    for each photo that took a tenth of the time. Does nothing without glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def memory_for_training() -> int | None:
    """Bytes of the first GPU this process sees, else of the machine's RAM; None if unknown.

    The GPU is queried in a child process: this one will fork and must not initialise CUDA.
    """
    if not torch.cuda.is_available():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    question = "import torch; print(torch.cuda.mem_get_info()[0])"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    return int(answer.stdout) if answer.returncode == 0 else None
