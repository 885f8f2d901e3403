"""Makes thumbnails and perceptual hashes from reduced pictures.

A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough: its data is read to the
end all the same, but most of the arithmetic and memory is saved.
"""

import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from webapp.formats.images.large import turn_of

# imagehash imports it at its first hash, which would delay the first photo of each process.
importlib.import_module("scipy.fftpack")
HASHED_SIDE = 64
"""The shorter side that a picture needs at least for its hash, pixels; the hash itself looks at 32 x 32."""
THUMBNAIL_SIDE = 320
"""The longer side of a thumbnail, pixels: twice the gallery's square on the screen, for sharp displays."""
_MAX_THUMBNAIL_PROFILE = 16_384


class ImageDamaged(Exception):
    """A stored photo that cannot be decoded."""


def draft(image: Image.Image, side: int = THUMBNAIL_SIDE) -> None:
    """Let Pillow decode an opened JPEG (RGB or grey) as small as its hash and a picture of ``side`` allow."""
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        share = max(HASHED_SIDE / min(image.size), side / max(image.size))
        image.draft(image.mode, (max(1, int(image.width * share)), max(1, int(image.height * share))))


def perceptual_hash(image: Image.Image) -> int:
    """pHash of an upright picture of 8 bits, 64 bits as a signed number: alike pictures differ in few bits.

    The picture is averaged down before it is resampled, which is faster and makes the hash the same whether
    the picture was decoded whole or smaller.
    """
    grey = image.convert("L").resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=2.0)
    bits = np.packbits(imagehash.phash(grey).hash)
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def hash_of_file(path: Path) -> int:
    """The perceptual hash of a stored photo. Raises FileNotFoundError, ``ImageDamaged``."""
    with opened_photo(path) as image:
        draft(image)
        with turn_of(image.width * image.height):
            return perceptual_hash(image)


def make_thumbnail(path: Path, side: int = THUMBNAIL_SIDE) -> bytes:
    """A WebP of a stored photo, its longer side at most ``side`` pixels.

    Raises FileNotFoundError, ``ImageDamaged``.
    """
    with opened_photo(path) as image:
        draft(image, side)
        with turn_of(image.width * image.height):
            small = thumbnail_of(image, side)
        return encode_thumbnail(small)


@contextmanager
def opened_photo(path: Path) -> Iterator[Image.Image]:
    """A stored photo, not decoded yet.

    Whatever decoders raise on damaged files, arbitrary exceptions, becomes ``ImageDamaged``.
    """
    try:
        with Image.open(path) as image:
            yield image
    except (FileNotFoundError, MemoryError):
        raise
    except Exception as error:
        raise ImageDamaged(f"{path.name}: {error}") from error


def thumbnail_of(image: Image.Image, side: int = THUMBNAIL_SIDE) -> Image.Image:
    """An upright picture with its profile of colours, its longer side at most ``side`` pixels.

    The given picture is shrunk in place, since a copy would double the memory. Raises OSError if it cannot be
    decoded.
    """
    image.load()  # or thumbnail() sets its own draft over the one that was asked for
    if image.mode not in {"L", "RGB", "RGBA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((side, side), Image.Resampling.HAMMING, reducing_gap=None)
    return image.copy()  # lets go of the file


def encode_thumbnail(small: Image.Image) -> bytes:
    """As WebP, without metadata."""
    profile = small.info.get("icc_profile") or b""
    kept = profile if len(profile) <= _MAX_THUMBNAIL_PROFILE else b""
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=75, method=1, exif=b"", xmp=b"", icc_profile=kept)
    return buffer.getvalue()
