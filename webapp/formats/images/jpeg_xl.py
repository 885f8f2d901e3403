"""JPEG XL for Pillow, decoded by libjxl in imagecodecs: the only one under a licence that a company can use.

The header is read here, since libjxl's wrapper decodes at once and the number of pixels has to be known before.
ISO/IEC 18181-1, annex D; the boxes of 18181-2.
"""

import importlib
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageFile

CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


@dataclass(frozen=True, slots=True)
class JpegXlHeader:
    """What stands before the picture."""

    width: int
    """Pixels, upright."""
    height: int
    bits: int
    """Of a sample; 0 for floating point."""
    is_animated: bool


class JpegXlFile(ImageFile.ImageFile):
    """Pillow's picture of a JPEG XL: L, LA, RGB or RGBA of 8 bits, upright; the first picture of an animation.

    Samples of more bits are shifted by what the file says.
    """

    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        if self.fp is None:
            raise SyntaxError("no file")
        self._encoded = self.fp.read()
        try:
            self._header = read_header(self._encoded)
        except (struct.error, IndexError, ValueError) as error:
            raise SyntaxError(str(error)) from error
        self._size = self._header.width, self._header.height
        self._mode = "RGB"
        self.is_animated = self._header.is_animated
        self.tile = []

    def load(self) -> Any:
        """Decode. Raises ValueError or RuntimeError where the file is damaged."""
        if self._encoded:
            picture = _decoded(self._encoded, self._header)
            if picture.size != self._size:
                raise ValueError("the picture has another size than its header says")
            self._mode, self.im, self._encoded = picture.mode, picture.im, b""
        return super().load()


def register() -> None:
    """Make it known to Pillow."""
    Image.register_open(JpegXlFile.format, JpegXlFile, _is_jpeg_xl)


def _is_jpeg_xl(start: bytes) -> bool:
    return start.startswith((CODESTREAM, CONTAINER))


def _decoded(data: bytes, header: JpegXlHeader) -> Image.Image:
    # Loaded with the first such photo: most processes never meet one.
    imagecodecs: Any = importlib.import_module("imagecodecs")
    samples: np.ndarray = imagecodecs.jpegxl_decode(data, index=0, numthreads=1)
    if samples.dtype.kind == "f":
        samples = np.nan_to_num(samples.astype(np.float32) * 255, posinf=255, neginf=0).clip(0, 255).round()
    elif samples.dtype != np.uint8:
        samples = samples >> max(0, header.bits - 8)
    return Image.fromarray(samples.astype(np.uint8))


def read_header(data: bytes) -> JpegXlHeader:
    """Raises ValueError, IndexError or struct.error where there is none."""
    bits = _Bits(_codestream(data))
    if bits.take(16) != int.from_bytes(CODESTREAM, "little"):
        raise ValueError("no JPEG XL")
    width, height = _size(bits)
    if bits.take(1):  # all values are the default ones
        return JpegXlHeader(width, height, 8, False)
    orientation, is_animated = 1, False
    if bits.take(1):
        orientation = 1 + bits.take(3)
        if bits.take(1):
            _size(bits)
        if bits.take(1):
            _preview_size(bits)
        is_animated = bool(bits.take(1))
        if is_animated:
            for choices in (((0, 100), (0, 1000), (10, 1), (30, 1)), ((0, 1), (0, 1001), (8, 1), (10, 1))):
                bits.chosen(choices)
            bits.chosen(((0, 0), (3, 0), (16, 0), (32, 0)))
            bits.take(1)
    if orientation > 4:
        width, height = height, width
    return JpegXlHeader(width, height, _sample_bits(bits), is_animated)


def _sample_bits(bits: "_Bits") -> int:
    if bits.take(1):
        return 0
    return bits.chosen(((0, 8), (0, 10), (0, 12), (6, 1)))


def _size(bits: "_Bits") -> tuple[int, int]:
    sizes = ((9, 1), (13, 1), (18, 1), (30, 1))
    is_small = bits.take(1)
    height = 8 * (1 + bits.take(5)) if is_small else bits.chosen(sizes)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = _RATIOS[ratio]
        return height * numerator // denominator, height
    return (8 * (1 + bits.take(5)) if is_small else bits.chosen(sizes)), height


def _preview_size(bits: "_Bits") -> None:
    is_of_8 = bits.take(1)
    sizes = ((0, 16), (0, 32), (5, 1), (9, 33)) if is_of_8 else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.chosen(sizes)
    if not bits.take(3):
        bits.chosen(sizes)


def _codestream(data: bytes) -> bytes:
    """The first bytes of the picture, from the boxes of a container."""
    if data.startswith(CODESTREAM):
        return data[:64]
    position = 0
    while True:
        length, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start)
            start += 8
        if kind == b"jxlc":
            return data[start : start + 64]
        if kind == b"jxlp":
            return data[start + 4 : start + 68]
        if length < 8:
            raise ValueError("no picture in the container")
        position += length


class _Bits:
    """Bits of a header, the lowest of each byte first. Raises ValueError at the end."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        if count > self._left:
            raise ValueError("the header is cut off")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value

    def chosen(self, choices: tuple[tuple[int, int], ...]) -> int:
        """A number of one of four widths: (bits, what is added)."""
        width, base = choices[self.take(2)]
        return base + self.take(width)
