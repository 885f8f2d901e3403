"""Reads a photo file as pixels: upright, RGB, 8 bits."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from jobs.detection.errors import ImageMissing, ImageUnreadable


def read_image(path: Path) -> np.ndarray:
    """Returns height x width x 3, uint8, RGB. Raises ``ImageMissing`` or ``ImageUnreadable``."""
    try:
        with Image.open(path) as photo:
            return np.array(to_rgb(ImageOps.exif_transpose(photo)))
    except FileNotFoundError as error:
        raise ImageMissing(file_name=path.name) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageUnreadable(file_name=path.name, reason=str(error)) from error


def to_rgb(photo: Image.Image) -> Image.Image:
    """Converts every mode that Pillow reads. Transparent areas become white."""
    if photo.mode.startswith("I;16") or photo.mode in ("I", "F"):
        return Image.fromarray(_to_8_bits(np.asarray(photo))).convert("RGB")
    if photo.has_transparency_data:
        above = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")
    return photo.convert("RGB")


def _to_8_bits(grey: np.ndarray) -> np.ndarray:
    """Greyscale of more than 8 bits, height x width, to uint8.

    Cameras write 12 bits into 16; keeping the upper 8 of 16 would make such a photo almost black. The steps
    are powers of two, not the photo's own maximum, so that brightness stays comparable between photos.
    """
    if grey.dtype.kind == "f":
        grey = grey * 255.0 if grey.size and grey.max() <= 1.0 else grey
        return np.clip(np.nan_to_num(grey), 0, 255).astype(np.uint8)
    highest = int(grey.max(initial=0))
    shift = 0 if highest < 256 else 4 if highest < 4096 else 8
    return np.clip(grey >> shift, 0, 255).astype(np.uint8)
