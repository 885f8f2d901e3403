"""Checks and decodes uploaded photos: format, size, the bytes to store, SHA-256 and perceptual hash."""

import hashlib
import io
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from webapp.formats.files.filenames import safe_filename
from webapp.formats.images.metadata import strip_metadata
from webapp.formats.images.opening import OpenedPicture, open_picture
from webapp.formats.images.pixels import PLAIN_MODES, to_8_bit
from webapp.formats.images.reduced import draft, perceptual_hash
from webapp.formats.images.rejected import ImageFault, ImageRejected, ImageRemark
from webapp.formats.images.transparency import OpaquePicture, opaque

LARGE_PIXELS = 24_000_000
"""Photos of more pixels are decoded, and predicted, one after the other, to save memory."""
# However many threads bring photos, only so many are in memory at once: more decoders than cores gain nothing.
_log = logging.getLogger(__name__)
_decoders = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
_one_large_photo = threading.Lock()
_STORED_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


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
    """Upright, one picture, 8 bits, opaque, without EXIF."""
    unchanged: bool
    """The stored bytes are the uploaded ones."""
    orientation: int
    """EXIF's, 1 to 8: how the uploaded pixels were turned; 1: not at all."""
    phash: int
    """Perceptual hash of the upright picture, 64 bits as a signed number."""
    seen: Image.Image = field(repr=False, compare=False)
    """The decoded picture, upright; a JPEG may be decoded only as large as hash and thumbnail need."""
    remarks: tuple[ImageRemark, ...] = ()
    """What is to be known of it, such as transparency that was laid over white."""

    def write_to(self, path: Path) -> None:
        """Write the stored bytes. Raises OSError."""
        path.write_bytes(self.stored)


def read_image(source: BinaryIO | Path, filename: str, max_pixels: int) -> CheckedImage:
    """Check an uploaded file, `max_pixels` being the limit of width times height; raises ImageRejected.

    An upright, opaque JPEG, PNG or WebP keeps its picture bit by bit and loses its EXIF; everything else is encoded
    again.
    """
    with _decoders:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
        if not data:
            raise ImageRejected(ImageFault.EMPTY)
        with _refusing_what_fails(), open_picture(data) as opened:
            pixels = _check_size(opened.image, max_pixels)
            with _one_large_photo if pixels > LARGE_PIXELS else nullcontext():
                return _checked(data, opened, safe_filename(filename))


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Only the pixels, for callers that do not store the file."""

    picture: Image.Image
    """Upright, 8 bits, opaque."""
    remarks: tuple[ImageRemark, ...]
    """As those of a CheckedImage."""


def decode_image(data: bytes, max_pixels: int) -> DecodedImage:
    """The pixels of a file, equal to those of the photo stored by ``read_image``; raises ImageRejected."""
    if not data:
        raise ImageRejected(ImageFault.EMPTY)
    with _refusing_what_fails(), open_picture(data) as opened:
        _check_size(opened.image, max_pixels)
        _decode(opened.image)
        seen = _opaque(opened)
        return DecodedImage(_upright(opened, seen.image), _remarks(opened, seen))


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


def _checked(data: bytes, opened: OpenedPicture, filename: str) -> CheckedImage:
    """Decode to the end, once, and no larger than needed."""
    image = opened.image
    width, height = image.size
    image_format = "JPEG" if image.format == "MPO" else str(image.format)
    kept = _kept_bytes(opened, image_format)
    if kept is not None:
        draft(image)
    _decode(image)
    opaque_picture = _opaque(opened)
    # In a PNG, EXIF may follow the picture.
    orientation = opened.orientation()
    if kept is not None and orientation == 1 and opaque_picture.remark is None:
        seen, stored, suffix = image, kept, _STORED_SUFFIXES[image_format]
    else:
        seen = _upright(opened, opaque_picture.image)
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
        remarks=_remarks(opened, opaque_picture),
    )


def _opaque(opened: OpenedPicture) -> OpaquePicture:
    try:
        picture = opaque(opened.image, opened.says_extra)
        return OpaquePicture(to_8_bit(picture.image), picture.remark)
    except ValueError as error:  # Pillow has no way from these colours to RGB
        kind = f"{opened.image.format} ({opened.image.mode})"
        raise ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format=kind) from error


def _upright(opened: OpenedPicture, picture: Image.Image) -> Image.Image:
    turn = opened.turn()
    return picture if turn is None else picture.transpose(turn)


def _remarks(opened: OpenedPicture, seen: OpaquePicture) -> tuple[ImageRemark, ...]:
    return (*opened.remarks, *([seen.remark] if seen.remark else []))


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise ImageRejected(ImageFault.TRUNCATED) from error


def _kept_bytes(opened: OpenedPicture, image_format: str) -> bytes | None:
    """The bytes to store if the picture can be kept bit by bit; None if it must be encoded again."""
    image = opened.image
    readable = image.mode in ({"L", "RGB"} if image_format == "JPEG" else PLAIN_MODES)
    if image_format not in _STORED_SUFFIXES or not readable:
        return None
    if image_format != "PNG" and opened.turn() is not None:
        return None
    try:
        return strip_metadata(opened.data, image_format)
    except ValueError:
        return None  # unusual inside


def _encoded(image: Image.Image, image_format: str, profile: bytes | None) -> tuple[bytes, str]:
    """The bytes to store and their suffix, of a decoded picture."""
    image.info.clear()  # or EXIF and XMP are written again
    buffer = io.BytesIO()
    if image_format == "JPEG":
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", icc_profile=profile)
        return buffer.getvalue(), ".jpg"
    image.save(buffer, "PNG", compress_level=3, icc_profile=profile)
    return buffer.getvalue(), ".png"
