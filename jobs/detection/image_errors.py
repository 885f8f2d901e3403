"""Tells errors of one photo, which must not end a run, from errors of the machine, which do."""

import errno
import logging

import torch

from jobs.detection.errors import (
    DetectionError,
    ImageFailed,
    ImageMissing,
    ImageOutOfMemory,
    ImageUnreadable,
)

_OF_THE_DISK = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE,
}  # fmt: skip
_OF_THE_GPU = ("CUDA", "cuDNN", "CUDNN", "CUBLAS", "NCCL")
"""What torch writes into a bare RuntimeError of a GPU, which is of no use to any photo after it."""
_SHOWN = 200
"""Characters of an error's text that a user sees."""
_log = logging.getLogger(__name__)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it is out of memory: of the GPU, of Python, or of torch's CPU allocator (a bare RuntimeError)."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def of_image(error: Exception, file_name: str) -> DetectionError:
    """The error as one of the photo of this name, for the caller to list before it goes on. Logs it.

    Whatever a photo raises is its own. Raises the error again where it is not: a full disk, a GPU that is lost or has
    no memory left, and what the engine refuses for the whole run.
    """
    known = isinstance(error, ImageMissing | ImageUnreadable)
    if _is_of_the_machine(error) or (isinstance(error, DetectionError) and not known):
        raise error
    _log.warning("photo %s is left out", file_name, exc_info=error)
    if isinstance(error, ImageMissing | ImageUnreadable):
        return type(error)(**error.params | {"file_name": file_name})
    if is_out_of_memory(error):
        return ImageOutOfMemory(file_name=file_name)
    text = " ".join(str(error).split())[:_SHOWN]
    return ImageFailed(file_name=file_name, error=f"{type(error).__name__}: {text}".removesuffix(": "))


def _is_of_the_machine(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _OF_THE_DISK
    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _OF_THE_GPU)
