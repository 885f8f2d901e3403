"""Reads a photo file as pixels: upright, RGB, 8 bits."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from jobs.detection.errors import ImageMissing, ImageUnreadable
from webapp.formats.images.pixels import to_rgb


def read_image(path: Path) -> np.ndarray:
    """Returns height x width x 3, uint8, RGB. Raises ``ImageMissing``, ``ImageUnreadable``, MemoryError."""
    try:
        with Image.open(path) as photo:
            return np.array(to_rgb(ImageOps.exif_transpose(photo)))
    except FileNotFoundError as error:
        raise ImageMissing(file_name=path.name) from error
    except MemoryError:
        raise
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise ImageUnreadable(file_name=path.name, reason=str(error)) from error
