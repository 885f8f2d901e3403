"""A good file of every kind of photo that is read."""

import importlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from bench.fuzz_photos import heic_files
from bench.fuzz_photos.tiff_files import TiffPage, tiff


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red at the top left, blue at the bottom right."""
    pixels = np.full((height, width, 3), 200, dtype=np.uint8)
    pixels[: height // 2, : width // 2] = (250, 10, 10)
    pixels[height // 2 :, width // 2 :] = (10, 10, 250)
    return Image.fromarray(pixels).convert(mode)


def transparent(mode: str = "RGBA") -> Image.Image:
    """The same, its upper right quarter transparent."""
    image = picture(mode="RGBA")
    image.paste(0, (32, 0, 64, 24), Image.new("L", (32, 24), 255))
    return image.convert(mode)


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def jpeg_xl(pixels: Any, **options: Any) -> bytes:
    """Of height x width, or height x width x channels."""
    imagecodecs: Any = importlib.import_module("imagecodecs")
    return bytes(imagecodecs.jpegxl_encode(np.ascontiguousarray(pixels), **options))


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "camera"
    return exif


def _deep() -> Image.Image:
    return Image.fromarray(np.linspace(0, 4095, 64 * 48).astype(np.uint16).reshape(48, 64))


def _frames() -> dict[str, Any]:
    return {"save_all": True, "append_images": [Image.new("RGB", (64, 48), "green")]}


def _pages(**options: Any) -> bytes:
    small = TiffPage(np.asarray(picture(16, 12)), kind=1)
    return tiff(small, TiffPage(np.asarray(picture())), **options)


def _below() -> bytes:
    large = TiffPage(np.asarray(picture()))
    return tiff(TiffPage(np.asarray(picture(16, 12)), kind=1, orientation=6, below=(large,), is_dng=True))


KINDS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(picture(), "JPEG"),
    "jpeg_turned": lambda: saved(picture(), "JPEG", exif=_turned()),
    "jpeg_progressive": lambda: saved(picture(), "JPEG", progressive=True),
    "jpeg_cmyk": lambda: saved(picture(mode="CMYK"), "JPEG"),
    "mpo": lambda: saved(picture(16, 12), "MPO", save_all=True, append_images=[picture()]),
    "png": lambda: saved(picture(), "PNG"),
    "png_palette": lambda: saved(picture(mode="P"), "PNG", transparency=0),
    "png_transparent": lambda: saved(transparent(), "PNG"),
    "png_grey_transparent": lambda: saved(transparent("LA"), "PNG"),
    "png_16": lambda: saved(_deep(), "PNG"),
    "png_animated": lambda: saved(picture(), "PNG", **_frames()),
    "bmp": lambda: saved(picture(), "BMP"),
    "bmp_32": lambda: saved(transparent(), "BMP"),
    "webp": lambda: saved(picture(), "WEBP"),
    "webp_transparent": lambda: saved(transparent(), "WEBP", lossless=True),
    "webp_animated": lambda: saved(picture(), "WEBP", **_frames()),
    "tiff": lambda: saved(picture(), "TIFF"),
    "tiff_lzw": lambda: saved(picture(), "TIFF", compression="tiff_lzw"),
    "tiff_jpeg": lambda: saved(picture(), "TIFF", compression="jpeg"),
    "tiff_16": lambda: saved(_deep(), "TIFF"),
    "tiff_float": lambda: saved(_deep().convert("F"), "TIFF"),
    "tiff_pages": _pages,
    "tiff_64": lambda: _pages(is_big=True),
    "tiff_below": _below,
    "gif": lambda: saved(picture(mode="P"), "GIF"),
    "gif_animated": lambda: saved(picture(mode="P"), "GIF", **_frames()),
    "pbm": lambda: saved(picture(mode="1"), "PPM"),
    "pgm": lambda: saved(picture(mode="L"), "PPM"),
    "pgm_plain": lambda: b"P2 # plain\n4 3\n1023\n" + b" ".join(b"%d" % (85 * n) for n in range(12)),
    "pgm_16": lambda: saved(_deep(), "PPM"),
    "ppm": lambda: saved(picture(), "PPM"),
    "jpeg_2000": lambda: saved(picture(), "JPEG2000"),
    "jpeg_2000_stream": lambda: saved(picture(), "JPEG2000", no_jp2=True),
    "avif": lambda: saved(picture(), "AVIF"),
    "avif_transparent": lambda: saved(transparent(), "AVIF"),
    "heic": lambda: heic_files.HEIC,
    "heic_transparent": lambda: heic_files.HEIC_TRANSPARENT,
    "heic_of_two": lambda: heic_files.HEIC_OF_TWO,
    "jpeg_xl": lambda: jpeg_xl(picture()),
    "jpeg_xl_lossless": lambda: jpeg_xl(transparent(), lossless=True, usecontainer=True),
}
"""Good files, by what they are."""
