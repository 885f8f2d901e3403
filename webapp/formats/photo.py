"""Photos on their way in: is it one, how large, and which bytes are stored. Thumbnails of those that are
stored."""

import hashlib
import io
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from webapp.formats.filenames import safe_filename
from webapp.formats.photo_metadata import strip_metadata

# Pillow's own limit comes with a fixed number and after some decoders have begun; read_photo checks the
# header first.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_BMP_HEADER_SIZES = {12, 16, 40, 52, 56, 64, 108, 124}
_UNSUPPORTED_MAGIC = {
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cjP": "JPEG 2000",
}
_UNSUPPORTED_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (1: upright) and what brings the picture upright."""
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
_MAX_THUMBNAIL_PROFILE = 16_384


class PhotoFault(StrEnum):
    """Why a file is no photo for us; the parameters of PhotoRejected in brackets."""

    EMPTY = "empty"
    """The file has no bytes."""
    NOT_AN_IMAGE = "not_an_image"
    """Nothing in it says that it is a picture, whatever its name."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """A picture of a kind that is not taken [format]."""
    ZERO_SIZE = "zero_size"
    """A picture without pixels."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """Larger than allowed; found in the header, without decoding [width, height, limit]."""
    TRUNCATED = "truncated"
    """It ends early or is damaged, so it cannot be decoded to the end."""


class PhotoRejected(Exception):
    """The file is not taken as a photo."""

    def __init__(self, code: PhotoFault, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else str(code))
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class CheckedPhoto:
    """A photo that was decoded to its end."""

    filename: str
    width: int
    """Pixels, upright."""
    height: int
    sha256: str
    """Of the bytes that were uploaded, hexadecimal."""
    stored_suffix: str
    """.jpg, .png or .webp; says what the stored bytes are, the file name may say something else."""
    stored: bytes = field(repr=False)
    """Upright, one picture, 8 bits, without EXIF."""
    unchanged: bool
    """The stored bytes are the uploaded ones."""

    def write_to(self, path: Path) -> None:
        """Write the stored bytes. Raises OSError."""
        path.write_bytes(self.stored)


def read_photo(source: BinaryIO | Path, filename: str, max_pixels: int) -> CheckedPhoto:
    """Check an uploaded file, `max_pixels` being the limit of width times height; raises PhotoRejected.

    An upright JPEG, PNG or WebP keeps its picture bit by bit and loses its EXIF; everything else is encoded
    again.
    """
    data = source.read_bytes() if isinstance(source, Path) else source.read()
    if not data:
        raise PhotoRejected(PhotoFault.EMPTY)
    with _open(data) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise PhotoRejected(PhotoFault.TOO_MANY_PIXELS, width=width, height=height, limit=max_pixels)
        try:
            image.load()
        except Exception as error:  # decoders raise whatever their C code or a broken tag leads to
            raise PhotoRejected(PhotoFault.TRUNCATED) from error
        turn = _TURNS.get(_orientation(image))
        upright = image if turn is None else image.transpose(turn)
        image_format = "JPEG" if image.format == "MPO" else str(image.format)
        stored, suffix = _stored_bytes(data, upright, image_format, turned=turn is not None)
        return CheckedPhoto(
            filename=safe_filename(filename),
            width=upright.width,
            height=upright.height,
            sha256=hashlib.sha256(data).hexdigest(),
            stored_suffix=suffix,
            stored=stored,
            unchanged=stored is data,
        )


def make_thumbnail(path: Path, side: int) -> bytes:
    """A WebP of a stored photo, its longer side at most `side` pixels. Raises OSError where the file is
    damaged."""
    with Image.open(path) as image:
        if image.mode not in {"L", "RGB", "RGBA"}:
            thumbnail: Image.Image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        else:
            thumbnail = image
        thumbnail.thumbnail((side, side))
        profile = image.info.get("icc_profile") or b""
        buffer = io.BytesIO()
        kept = profile if len(profile) <= _MAX_THUMBNAIL_PROFILE else b""
        thumbnail.save(buffer, "WEBP", quality=80, method=2, exif=b"", xmp=b"", icc_profile=kept)
        return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    """Read the header alone."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # decoders raise whatever their C code or a broken tag leads to
        known = _sniff(data)
        if known in FORMATS and _has_no_pixels(data):
            raise PhotoRejected(PhotoFault.ZERO_SIZE) from error
        if known in FORMATS:
            raise PhotoRejected(PhotoFault.TRUNCATED) from error
        if known and isinstance(error, UnidentifiedImageError):
            raise PhotoRejected(PhotoFault.UNSUPPORTED_FORMAT, format=known) from error
        raise PhotoRejected(PhotoFault.NOT_AN_IMAGE) from error


def _sniff(data: bytes) -> str | None:
    """What the first bytes say the file is."""
    for magic, name in (_MAGIC | _UNSUPPORTED_MAGIC).items():
        if data.startswith(magic):
            return name
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _UNSUPPORTED_BRANDS.get(data[8:12])
    return None


def _has_no_pixels(data: bytes) -> bool:
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        return 0 in struct.unpack_from(">II", data, 16)
    return data.startswith(b"BM") and len(data) >= 26 and 0 in struct.unpack_from("<ii", data, 18)


def _orientation(image: Image.Image) -> object:
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken EXIF is no reason to refuse the picture; it goes anyway
        return None


def _stored_bytes(data: bytes, image: Image.Image, image_format: str, *, turned: bool) -> tuple[bytes, str]:
    """The bytes to store and their suffix; `image` is decoded and upright."""
    suffix = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}.get(image_format)
    readable = image.mode in ({"L", "RGB"} if image_format == "JPEG" else _PNG_MODES)
    if suffix and readable and not turned:
        try:
            return strip_metadata(data, image_format), suffix
        except ValueError:
            pass  # unusual inside: encode what was decoded
    profile = image.info.get("icc_profile") if readable else None  # a CMYK profile does not fit RGB
    image = _to_8_bit(image)
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


def _to_8_bit(image: Image.Image) -> Image.Image:
    """A mode that every reader turns into RGB without loss.

    16 bits are shifted to 8, the same for every photo, so that brightness stays comparable. Cameras of 12
    bits fill the lower ones only: where no value needs more, 12 bits are taken as the range.
    """
    if image.mode in _PNG_MODES:
        return image
    if not image.mode.startswith(("I", "F")):
        return image.convert("RGB")
    values = np.asarray(image)
    low, high = np.nanmin(values), np.nanmax(values)
    if values.dtype.kind in "iu" and low >= 0 and high <= 0xFFFF:
        return Image.fromarray((values >> (4 if high <= 0xFFF else 8)).astype(np.uint8))
    # 32 bits and floating point have no agreed range: stretch what there is.
    span = float(high) - float(low)
    scaled = (values.astype(np.float32) - low) * (255 / span if span > 0 and np.isfinite(span) else 0)
    return Image.fromarray(np.nan_to_num(scaled, posinf=255, neginf=0).clip(0, 255).astype(np.uint8))
