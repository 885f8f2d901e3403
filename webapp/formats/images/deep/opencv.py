"""OpenCV as a decoder of samples that Pillow would shorten to 8 bits."""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def decode(data: bytes, page: int = 0) -> NDArray[Any]:
    """Samples as they are: height x width, or height x width x 3 or 4 in the order RGB(A).

    Raises ValueError where it cannot be read.
    """
    # Loaded with the first such photo: it takes 30 MB, which a process with ordinary photos does not need.
    cv2: Any = importlib.import_module("cv2")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    encoded = np.frombuffer(data, dtype=np.uint8)
    try:
        if page:
            _read, pages = cv2.imdecodemulti(encoded, cv2.IMREAD_UNCHANGED, None, (page, page + 1))
            samples = pages[0] if pages else None
        else:
            samples = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(str(error)) from error
    if samples is None:
        raise ValueError("OpenCV cannot read it")
    return samples if samples.ndim == 2 else samples[..., [2, 1, 0, 3][: samples.shape[2]]]
