"""Tells a lack of memory from other errors."""

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """Of the GPU, of Python, or of torch's allocator on the CPU (which raises a bare RuntimeError)."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
