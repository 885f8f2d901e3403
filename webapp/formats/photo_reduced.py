"""What is made of a photo's small picture: thumbnail and perceptual hash.

A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough: its data is read to the
end all the same, but most of the arithmetic and memory is saved.
"""

import importlib
import io
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

# imagehash imports it at its first hash, which would hold up the first photo of each process.
importlib.import_module("scipy.fftpack")
HASHED_SIDE = 64
"""The shorter side that a picture needs at least for its hash, pixels; the hash itself looks at 32 x 32."""
_MAX_THUMBNAIL_PROFILE = 16_384


def draft(image: Image.Image, width: int, height: int, mode: str | None = None) -> None:
    """Have an opened JPEG of three or one colours decoded smaller, though not below ``width`` x ``height``."""
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        image.draft(mode or image.mode, (max(1, width), max(1, height)))


def draft_for_hash(image: Image.Image) -> None:
    """As ``draft``, as small and grey as ``perceptual_hash`` allows."""
    share = HASHED_SIDE / min(image.size)
    draft(image, int(image.width * share), int(image.height * share), "L")


def perceptual_hash(image: Image.Image) -> int:
    """pHash of an upright picture of 8 bits, 64 bits as a signed number: alike pictures differ in few bits.

    The picture is averaged down before it is resampled, which is faster and makes the hash the same whether
    the picture was decoded whole or smaller.
    """
    grey = image.convert("L").resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=2.0)
    bits = np.packbits(imagehash.phash(grey).hash)
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def hash_of_file(path: Path) -> int:
    """The perceptual hash of a stored photo. Raises OSError where the file is damaged."""
    with Image.open(path) as image:
        draft_for_hash(image)
        return perceptual_hash(image)


def make_thumbnail(path: Path, side: int) -> bytes:
    """A WebP of a stored photo, its longer side at most `side` pixels. Raises OSError where the file is
    damaged."""
    with Image.open(path) as image:
        share = side / max(image.size)
        draft(image, int(image.width * share), int(image.height * share))
        image.load()  # or thumbnail() sets its own draft over this one
        if image.mode not in {"L", "RGB", "RGBA"}:
            thumbnail: Image.Image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        else:
            thumbnail = image
        thumbnail.thumbnail((side, side), Image.Resampling.HAMMING, reducing_gap=None)
        profile = image.info.get("icc_profile") or b""
        buffer = io.BytesIO()
        kept = profile if len(profile) <= _MAX_THUMBNAIL_PROFILE else b""
        thumbnail.save(buffer, "WEBP", quality=75, method=1, exif=b"", xmp=b"", icc_profile=kept)
        return buffer.getvalue()
