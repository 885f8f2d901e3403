"""Checks and decodes uploaded photos: format, size, the bytes to store, SHA-256 and perceptual hash."""

import hashlib
import io
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from webapp.formats.files.filenames import safe_filename
from webapp.formats.images.deep import pixels as deep_pixels
from webapp.formats.images.deep.pixels import DeepPixels, bytes_of_pixel, is_deep, read_deep
from webapp.formats.images.large import LARGE_PIXELS, turn_of
from webapp.formats.images.metadata import strip_metadata
from webapp.formats.images.opening import OpenedPicture, open_picture
from webapp.formats.images.pixels import PLAIN_MODES, to_8_bit
from webapp.formats.images.reduced import ImageDamaged, draft, perceptual_hash, thumbnail_of
from webapp.formats.images.rejected import ImageFault, ImageRejected, ImageRemark
from webapp.formats.images.transparency import OpaquePicture, opaque
from webapp.formats.images.value_range import MeasuredValues, ValueRange

# However many threads bring photos, only so many are in memory at once: more decoders than cores gain nothing.
_log = logging.getLogger(__name__)
_decoders = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
DEEP_BYTES = 8
"""Most bytes of a pixel (16 bits in four colours) with which a photo may have all the pixels that are allowed; with
more, such as colours of floating point numbers, it may have fewer pixels."""
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
    """.jpg, .png, .webp or one of ``deep.pixels.SUFFIXES``: the format of the stored bytes, which may differ from the
    file name's."""
    stored: bytes = field(repr=False)
    """Upright, one picture, 8 bits, opaque, without EXIF; with more than 8 bits (``measured``) as it came, to be opened
    by ``open_deep``."""
    unchanged: bool
    """The stored bytes are the uploaded ones."""
    orientation: int
    """EXIF's, 1 to 8: how the uploaded pixels were turned; 1: not at all."""
    phash: int
    """Perceptual hash of the upright picture, 64 bits as a signed number."""
    seen: Image.Image = field(repr=False, compare=False)
    """The decoded picture, upright, 8 bits; a JPEG may be decoded only as large as hash and thumbnail need, a large
    photo is reduced to the thumbnail, and more than 8 bits are scaled by the photo's own range."""
    remarks: tuple[ImageRemark, ...] = ()
    """What is to be known of it, such as transparency that was laid over white."""
    measured: MeasuredValues | None = None
    """None where the file has 8 bits a sample or fewer."""

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
            with turn_of(pixels):
                photo = _checked(data, opened, safe_filename(filename))
                if pixels > LARGE_PIXELS:
                    # It is kept until the photo is stored, while the next one is decoded.
                    photo = replace(photo, seen=thumbnail_of(photo.seen))
                return photo


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Only the pixels, for callers that do not store the file."""

    picture: Image.Image
    """Upright, 8 bits, opaque."""
    remarks: tuple[ImageRemark, ...]
    """As those of a CheckedImage."""
    measured: MeasuredValues | None
    """None where the file has 8 bits a sample or fewer."""


def decode_image(data: bytes, max_pixels: int, setting: ValueRange | None = None) -> DecodedImage:
    """The pixels of a file, equal to those of the photo stored by ``read_image``; raises ImageRejected.

    ``setting`` is the model's range of values, which counts where the file does not say its own.
    """
    if not data:
        raise ImageRejected(ImageFault.EMPTY)
    with _refusing_what_fails(), open_picture(data) as opened:
        _check_size(opened.image, max_pixels)
        if is_deep(opened.image):
            deep = _read_deep(opened)
            seen = _scaled(deep, deep.measured.range_with(setting), opened)
            return DecodedImage(seen.image, _remarks(opened, seen), deep.measured)
        _decode(opened.image)
        seen = _opaque(opened)
        return DecodedImage(_upright(opened, seen.image), _remarks(opened, seen), None)


def open_deep(path: Path, shown: ValueRange) -> Image.Image:
    """The picture of 8 bits of a stored file that has more: L or RGB, upright.

    Raises FileNotFoundError, ``ImageDamaged``.
    """
    with _decoders:
        data = path.read_bytes()
        try:
            with (
                _refusing_what_fails(),
                open_picture(data) as opened,
                turn_of(opened.image.width * opened.image.height),
            ):
                return _scaled(_read_deep(opened), shown, opened).image
        except ImageRejected as error:
            raise ImageDamaged(f"{path.name}: {error}") from error


def _scaled(deep: DeepPixels, shown: ValueRange, opened: OpenedPicture) -> OpaquePicture:
    """8 bits, upright, opaque, with the file's profile of colours."""
    seen = opaque(deep.picture(shown), opened.says_extra)
    picture = _upright(opened, seen.image)
    if profile := opened.image.info.get("icc_profile"):
        picture.info["icc_profile"] = profile
    return OpaquePicture(picture, seen.remark)


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
    limit = max_pixels
    if is_deep(image):
        limit = min(limit, max_pixels * DEEP_BYTES // bytes_of_pixel(image))
    if width * height > limit:
        raise ImageRejected(ImageFault.TOO_MANY_PIXELS, width=width, height=height, limit=limit)
    return width * height


def _checked(data: bytes, opened: OpenedPicture, filename: str) -> CheckedImage:
    """Decode to the end, once, and no larger than needed."""
    image = opened.image
    if is_deep(image):
        return _checked_deep(data, opened, filename)
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


def _checked_deep(data: bytes, opened: OpenedPicture, filename: str) -> CheckedImage:
    """More than 8 bits: the file itself is stored, since the range in which it is seen may change."""
    # Pillow turns some TIFF as it decodes them. To ask a PNG decodes it, and hides where it is broken.
    orientation = opened.orientation() if opened.image.format == "TIFF" else 1
    deep = _read_deep(opened)
    seen = _scaled(deep, deep.measured.own_range, opened)
    stored = data
    if opened.image.format == "PNG" and opened.turn() is None:
        with suppress(ValueError):  # unusual inside
            stored = strip_metadata(data, "PNG")
    return CheckedImage(
        filename=filename,
        width=seen.image.width,
        height=seen.image.height,
        sha256=hashlib.sha256(data).hexdigest(),
        stored_suffix=deep_pixels.SUFFIXES[str(opened.image.format)],
        stored=stored,
        unchanged=stored is data,
        orientation=max(orientation, opened.orientation()),
        phash=perceptual_hash(seen.image),
        seen=seen.image,
        remarks=_remarks(opened, seen),
        measured=deep.measured,
    )


def _read_deep(opened: OpenedPicture) -> DeepPixels:
    try:
        return read_deep(opened.data, opened.image)
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise ImageRejected(ImageFault.TRUNCATED) from error


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
