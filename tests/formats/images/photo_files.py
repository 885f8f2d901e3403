"""Photo files made for tests."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image


def picture(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    """Red at the top left, blue at the bottom right, so that a turn shows."""
    pixels = np.full((height, width, 3), 200, dtype=np.uint8)
    pixels[: height // 2, : width // 2] = (250, 10, 10)
    pixels[height // 2 :, width // 2 :] = (10, 10, 250)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with an orientation and a place."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SECRETCAMERA"
    tags.get_ifd(0x8825).update({1: "N", 2: (25.0, 2.0, 1.0), 3: "E", 4: (121.0, 33.0, 1.0)})
    return tags


def huge_png(width: int, height: int) -> bytes:
    """A PNG of black pixels, one bit each, that is small as a file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    compressor = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
