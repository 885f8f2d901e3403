"""How much memory there is, and a lack of it told from other errors."""

import os
import subprocess
import sys

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Of the GPU, of Python, or of torch's allocator on the CPU (which raises a bare RuntimeError)."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def memory_for_training() -> int | None:
    """Bytes of the first GPU this process sees, else of the machine's RAM; None where it cannot be told.

    The GPU is asked by a process of its own: this one will fork and must not initialise CUDA.
    """
    if not torch.cuda.is_available():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    question = "import torch; print(torch.cuda.mem_get_info()[0])"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    return int(answer.stdout) if answer.returncode == 0 else None
