"""Masks as Label Studio's brush keeps them: the bytes of ``@thi.ng/rle-pack`` over red, green, blue and alpha.

Bits: 32 for the number of values, 5 for the size of a value less one, four times 4 for sizes of lengths less one.
Then runs: a bit 1, two bits for the size of the length, the length less one, the value; a bit 0 begins values that
are not repeated. Format: ``encode_rle`` in the source of label-studio-sdk.
"""

import numpy as np

from webapp.formats.masks.rle import decode_mask
from webapp.formats.masks.segmentation import Rle

CHANNELS = 4
WORD_BITS = 8
LENGTH_BITS = (3, 4, 8, 16)
LONGEST = 2**16


def brush_bytes(rle: Rle) -> list[int]:
    """The mask as bytes; its pixels are 255, the others 0, in each of the four channels."""
    flat = decode_mask(rle).ravel()
    starts = np.concatenate(([0], np.flatnonzero(np.diff(flat)) + 1))
    lengths = np.diff(starts, append=flat.size) * CHANNELS
    sizes = "".join(f"{bits - 1:04b}" for bits in LENGTH_BITS)
    pieces = [f"{flat.size * CHANNELS:032b}{WORD_BITS - 1:05b}{sizes}"]
    for length, is_inside in zip(lengths.tolist(), flat[starts].tolist(), strict=True):
        value = "11111111" if is_inside else "00000000"
        whole, rest = divmod(length, LONGEST)
        pieces += [_run(LONGEST, value)] * whole
        if rest:
            pieces.append(_run(rest, value))
    bits = "".join(pieces)
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def _run(length: int, value: str) -> str:
    place, bits = next((place, bits) for place, bits in enumerate(LENGTH_BITS) if length <= 1 << bits)
    return f"1{place:02b}{length - 1:0{bits}b}{value}"
