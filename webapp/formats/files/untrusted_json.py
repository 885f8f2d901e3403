"""Reads JSON that anybody may have written, small enough to be parsed as a whole (larger files: ``json_stream.py``)."""

import json
import math
from typing import Any

LARGEST_INTEGER = 2**63 - 1


def loads(content: str | bytes) -> Any:
    """As ``json.loads``, and raises ValueError too where the standard library would not.

    That is for lists in lists beyond Python's stack, NaN and Infinity (which JSON does not have), floats that
    overflow (``1e999``) and integers of more than 64 bits.
    """
    try:
        return json.loads(content, parse_constant=_refused, parse_float=_finite, parse_int=_integer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _integer(text: str) -> int:
    # Python refuses to read more than some thousand digits, and takes long before.
    if len(text) > 20 or abs(number := int(text)) > LARGEST_INTEGER:
        raise ValueError("an integer that is too large")
    return number
