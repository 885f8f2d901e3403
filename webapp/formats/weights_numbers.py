"""Looks through the numbers of a weights file, without torch and without holding a tensor in memory."""

from pathlib import Path

import numpy as np

from webapp.formats.weights_file import DTYPE_BYTES, WeightsHeader

_EXPONENTS = {"F64": 0x7FF0 << 48, "F32": 0x7F80 << 16, "F16": 0x7C00, "BF16": 0x7F80}
"""The bits of the exponent of each type. All of them set: infinite, or not a number (IEEE 754)."""
_AT_ONCE = 4 * 2**20
"""Bytes."""


def not_finite(path: Path, header: WeightsHeader) -> str | None:
    """The first tensor that holds an infinite number or NaN; None if there is none. Raises OSError.

    A network with such a number finds nothing, or fails while it predicts.
    """
    with path.open("rb") as file:
        for name, tensor in header.tensors.items():
            exponent = _EXPONENTS.get(tensor.dtype)
            if exponent is None:
                continue
            file.seek(tensor.begin)
            left = tensor.end - tensor.begin
            while left:
                part = file.read(min(left, _AT_ONCE))
                numbers = np.frombuffer(part, f"<u{DTYPE_BYTES[tensor.dtype]}")
                mask = numbers.dtype.type(exponent)
                if bool(np.any((numbers & mask) == mask)):
                    return name
                left -= len(part)
    return None
