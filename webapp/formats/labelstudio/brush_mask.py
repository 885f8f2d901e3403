"""Masks drawn with the brush of Label Studio: run lengths of RGBA values, packed bit by bit.

The packing is that of @thi.ng/rle-pack (https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack): 32 bits
number of words, 5 bits word size less 1, four times 4 bits a length size less 1. Then chunks: 1 bit whether one word
is repeated, 2 bits which length size, the length less 1 in so many bits, and the word, or as many words as the length
says. A word is one channel of a pixel; what is opaque (the last channel is not 0) belongs to the mask.
"""

import numpy as np
from numpy.typing import NDArray

from webapp.formats.masks.rle import MAX_MASK_PIXELS, RleInvalid, encode_part
from webapp.formats.masks.segmentation import Rle

_WINDOW = (1 << 64) - 1
_HEADER_BITS = 53
RGBA = 4


def decode_brush(packed: object, width: int, height: int) -> Rle | None:
    """The mask on a canvas of `width` x `height` pixels; None where nothing is drawn.

    Raises RleInvalid where `packed` is no list of bytes, is cut off, or has another number of pixels.
    """
    if width < 1 or height < 1 or width * height > MAX_MASK_PIXELS:
        raise RleInvalid(f"size {height} x {width}")
    starts, ends = _opaque_runs(_bytes(packed), width * height)
    if not starts.size:
        return None
    part, x, y = _part(starts, ends, width)
    return encode_part(part, x, y, width, height)


def _bytes(packed: object) -> bytes:
    if not isinstance(packed, list):
        raise RleInvalid("not a list")
    try:
        return bytes(packed)
    except (TypeError, ValueError) as error:
        raise RleInvalid("not bytes") from error


def _opaque_runs(data: bytes, pixels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of opaque pixels begin and end, counted row by row, both in ascending order."""
    bits = 8 * len(data)
    if bits < _HEADER_BITS:
        raise RleInvalid("cut off")
    data += bytes(8)
    header = int.from_bytes(data[:8], "big")
    words, word_size = header >> 32, (header >> 27 & 31) + 1
    sizes = [(header >> shift & 15) + 1 for shift in (23, 19, 15, 11)]
    channels = words // pixels
    if channels not in {1, RGBA} or words != channels * pixels:
        raise RleInvalid("another number of pixels")
    starts: list[int] = []
    ends: list[int] = []
    at, position = 0, _HEADER_BITS
    while at < words:
        first = position >> 3
        window = int.from_bytes(data[first : first + 8], "big") << (position & 7) & _WINDOW
        size = sizes[window >> 61 & 3]
        end = min(at + (window >> (61 - size) & (1 << size) - 1) + 1, words)
        repeated = window >> 63
        position += 3 + size
        if repeated or end == at + 1:
            # Pixel p is opaque where its last word, channels * p + channels - 1, is not zero.
            if window >> (61 - size - word_size) & (1 << word_size) - 1 and end // channels > at // channels:
                starts.append(at // channels)
                ends.append(end // channels)
            position += word_size
        else:
            some = _words(data, position, end - at, word_size)[(channels - 1 - at) % channels :: channels]
            opaque = (np.flatnonzero(some) + at // channels).tolist()
            starts += opaque
            ends += [pixel + 1 for pixel in opaque]
            position += (end - at) * word_size
        at = end
        if position > bits:
            raise RleInvalid("cut off")
    return np.array(starts, np.int64), np.array(ends, np.int64)


def _words(data: bytes, position: int, count: int, word_size: int) -> NDArray[np.bool_]:
    """Whether each of `count` words from this bit on is other than zero."""
    first, last = position >> 3, (position + count * word_size + 7) >> 3
    bits = np.unpackbits(np.frombuffer(data[first:last], np.uint8))[position & 7 :][: count * word_size]
    if bits.size < count * word_size:
        raise RleInvalid("cut off")
    return np.asarray(bits.reshape(count, word_size).any(axis=1))


def _part(
    starts: NDArray[np.int64], ends: NDArray[np.int64], width: int
) -> tuple[NDArray[np.uint8], int, int]:
    """The mask within its bounding box, shape [height, width], 0 and 1, and the box's x and y."""
    top, bottom = int(starts[0]) // width, (int(ends[-1]) - 1) // width + 1
    left, right = 0, width
    if not ((ends - 1) // width != starts // width).any():
        left, right = int((starts % width).min()), int(((ends - 1) % width).max()) + 1
    across = right - left
    steps = np.zeros((bottom - top) * across + 1, np.int8)
    # No two runs begin or end at one pixel, so that no index comes twice.
    steps[(starts // width - top) * across + starts % width - left] += 1
    steps[((ends - 1) // width - top) * across + (ends - 1) % width - left + 1] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).view(np.uint8).reshape(-1, across), left, top
