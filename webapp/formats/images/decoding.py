"""Checks and decodes uploaded photos: format, size, the bytes to store, SHA-256 and perceptual hash."""

import hashlib
import io
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from webapp.formats.files.filenames import safe_filename
from webapp.formats.images.kinds import FORMATS, has_no_pixels, sniff
from webapp.formats.images.metadata import strip_metadata
from webapp.formats.images.pixels import PLAIN_MODES, orientation_of, to_8_bit, turn_of
from webapp.formats.images.reduced import draft, perceptual_hash

# Pillow's own limit comes with a fixed number and after some decoders have begun; read_image checks the
# header first.
Image.MAX_IMAGE_PIXELS = None
# Bytes that a text or profile in a PNG may unpack to. Microscopes write more than Pillow's limit of 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20

LARGE_PIXELS = 24_000_000
"""Photos of more pixels are decoded, and predicted, one after the other, to save memory."""
# However many threads bring photos, only so many are in memory at once: more decoders than cores gain nothing.
_log = logging.getLogger(__name__)
_decoders = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
_one_large_photo = threading.Lock()
_STORED_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


class ImageFault(StrEnum):
    """Why a file is refused; parameters of ImageRejected in brackets."""

    EMPTY = "empty"
    """The file has no bytes."""
    NOT_AN_IMAGE = "not_an_image"
    """The content is not a picture, whatever its name."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """A picture of an unsupported format [format]."""
    ZERO_SIZE = "zero_size"
    """A picture without pixels."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """Larger than allowed; found in the header, without decoding [width, height, limit]."""
    TRUNCATED = "truncated"
    """Truncated or damaged: it cannot be decoded to the end."""


class ImageRejected(Exception):
    """The file is refused as a photo."""

    def __init__(self, code: ImageFault, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else str(code))
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """A valid photo, decoded to its end."""

    filename: str
    width: int
    """Pixels, upright."""
    height: int
    sha256: str
    """Of the bytes that were uploaded, hexadecimal."""
    stored_suffix: str
    """.jpg, .png or .webp: the format of the stored bytes, which may differ from the file name's."""
    stored: bytes = field(repr=False)
    """Upright, one picture, 8 bits, without EXIF."""
    unchanged: bool
    """The stored bytes are the uploaded ones."""
    orientation: int
    """EXIF's, 1 to 8: how the uploaded pixels were turned; 1: not at all."""
    phash: int
    """Perceptual hash of the upright picture, 64 bits as a signed number."""
    seen: Image.Image = field(repr=False, compare=False)
    """The decoded picture, upright; a JPEG may be decoded only as large as hash and thumbnail need."""

    def write_to(self, path: Path) -> None:
        """Write the stored bytes. Raises OSError."""
        path.write_bytes(self.stored)


def read_image(source: BinaryIO | Path, filename: str, max_pixels: int) -> CheckedImage:
    """Check an uploaded file, `max_pixels` being the limit of width times height; raises ImageRejected.

    An upright JPEG, PNG or WebP keeps its picture bit by bit and loses its EXIF; everything else is encoded
    again.
    """
    with _decoders:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
        if not data:
            raise ImageRejected(ImageFault.EMPTY)
        with _refusing_what_fails(), _open(data) as image:
            pixels = _check_size(image, max_pixels)
            with _one_large_photo if pixels > LARGE_PIXELS else nullcontext():
                return _checked(data, image, safe_filename(filename))


def decode_image(data: bytes, max_pixels: int) -> Image.Image:
    """Only the pixels, upright, 8 bits, for callers that do not store the file; raises ImageRejected.

    They equal those that `read_image` would store.
    """
    if not data:
        raise ImageRejected(ImageFault.EMPTY)
    with _refusing_what_fails(), _open(data) as image:
        _check_size(image, max_pixels)
        _decode(image)
        turn = turn_of(image)
        return to_8_bit(image if turn is None else image.transpose(turn))


@contextmanager
def _refusing_what_fails() -> Iterator[None]:
    """What a photo raises after it was decoded (converting, turning, encoding, hashing) refuses it like the rest."""
    try:
        yield
    except (ImageRejected, MemoryError):
        raise
    except Exception as error:
        _log.warning("a photo is refused", exc_info=True)
        raise ImageRejected(ImageFault.TRUNCATED) from error


def _check_size(image: Image.Image, max_pixels: int) -> int:
    """Check the number of pixels in the header, and return it."""
    width, height = image.size
    if not width * height:
        raise ImageRejected(ImageFault.ZERO_SIZE)
    if width * height > max_pixels:
        raise ImageRejected(ImageFault.TOO_MANY_PIXELS, width=width, height=height, limit=max_pixels)
    return width * height


def _open(data: bytes) -> Image.Image:
    """Read the header alone."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        known = sniff(data)
        if known in FORMATS and has_no_pixels(data):
            raise ImageRejected(ImageFault.ZERO_SIZE) from error
        if known in FORMATS:
            raise ImageRejected(ImageFault.TRUNCATED) from error
        if known and isinstance(error, UnidentifiedImageError):
            raise ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format=known) from error
        raise ImageRejected(ImageFault.NOT_AN_IMAGE) from error


def _checked(data: bytes, image: Image.Image, filename: str) -> CheckedImage:
    """Decode to the end, once, and no larger than needed."""
    width, height = image.size
    image_format = "JPEG" if image.format == "MPO" else str(image.format)
    stored = _kept_bytes(data, image, image_format)
    if stored is not None:
        draft(image)
    _decode(image)
    # In a PNG, EXIF may follow the picture.
    orientation, turn = orientation_of(image), turn_of(image)
    if stored is not None and turn is None:
        seen, suffix = image, _STORED_SUFFIXES[image_format]
    else:
        seen = to_8_bit(image if turn is None else image.transpose(turn))
        width, height = seen.size
        profile = image.info.get("icc_profile") if image.mode in PLAIN_MODES else None  # CMYK's does not fit
        stored, suffix = _encoded(seen, image_format, profile)
        seen.info["icc_profile"] = profile
    return CheckedImage(
        filename=filename,
        width=width,
        height=height,
        sha256=hashlib.sha256(data).hexdigest(),
        stored_suffix=suffix,
        stored=stored,
        unchanged=stored is data,
        orientation=orientation,
        phash=perceptual_hash(seen),
        seen=seen,
    )


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise ImageRejected(ImageFault.TRUNCATED) from error


def _kept_bytes(data: bytes, image: Image.Image, image_format: str) -> bytes | None:
    """The bytes to store if the picture can be kept bit by bit; None if it must be encoded again."""
    readable = image.mode in ({"L", "RGB"} if image_format == "JPEG" else PLAIN_MODES)
    if image_format not in _STORED_SUFFIXES or not readable:
        return None
    if image_format != "PNG" and turn_of(image) is not None:
        return None
    try:
        return strip_metadata(data, image_format)
    except ValueError:
        return None  # unusual inside


def _encoded(image: Image.Image, image_format: str, profile: bytes | None) -> tuple[bytes, str]:
    """The bytes to store and their suffix, of a decoded picture."""
    transparency = image.info.get("transparency")
    image.info.clear()  # or EXIF and XMP are written again
    buffer = io.BytesIO()
    if image_format == "JPEG":
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", icc_profile=profile)
        return buffer.getvalue(), ".jpg"
    if transparency is not None:
        image.info["transparency"] = transparency
    image.save(buffer, "PNG", compress_level=3, icc_profile=profile)
    return buffer.getvalue(), ".png"
