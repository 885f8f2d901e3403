"""What one photo raises is listed; what the machine raises ends the run."""

import errno

import cv2
import numpy as np
import pytest
import torch

from jobs.detection.errors import DetectionError, ImageMissing, ImageUnreadable, LossDiverged
from jobs.detection.image_errors import of_image


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ImageMissing(file_name="0123abcd.png"), "photo_missing"),
        (ImageUnreadable(file_name="0123abcd.png", reason="cut off"), "photo_unreadable"),
        (ValueError("height and width must be > 0"), "photo_failed"),
        (ZeroDivisionError(), "photo_failed"),
        (cv2.error("(-215:Assertion failed)"), "photo_failed"),
        (RuntimeError("shape '[0, 4]' is invalid"), "photo_failed"),
        (OSError("broken data stream when writing image file"), "photo_failed"),
        (OSError(errno.EIO, "Input/output error"), "photo_failed"),
        (MemoryError(), "photo_out_of_memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:83] can't allocate memory"), "photo_out_of_memory"),
        (np.linalg.LinAlgError("singular"), "photo_failed"),
    ],
)
def test_what_a_photo_raises_is_its_own(error: Exception, code: str) -> None:
    found = of_image(error, "d1/IMG_1.png")
    assert isinstance(found, DetectionError)
    assert found.code == code
    # The user knows the photo by its name, not by the hash it is stored under.
    assert found.params["file_name"] == "d1/IMG_1.png"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EROFS, "Read-only file system"),
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("CUDA error: device-side assert triggered"),
        RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
        LossDiverged(iteration=3, learning_rate=1.0),
    ],
)
def test_what_the_machine_raises_ends_the_run(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        of_image(error, "a.png")
    assert caught.value is error
