"""The values of photos with more than 8 bits: which one is black and which one is white.

A camera of 12 bits writes 0 to 4095 into 16 bits of a file, a thermal camera numbers with a fraction. What such values
mean says the file itself (``MeasuredValues.stated``) or, for most files, only a setting.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BIT_DEPTHS = (8, 10, 12, 14, 16)
"""Usual depths of cameras, bits."""
_SMALL = 16.0
"""Fractions below this are measures of their own, such as 0 to 1.02, not 8 bits."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """``low`` is black, ``high`` is white; ``low < high``, both finite."""

    low: float
    high: float

    @classmethod
    def of_depth(cls, bits: int) -> "ValueRange":
        """0 to 2^bits - 1."""
        return cls(0.0, 2.0**bits - 1)

    @classmethod
    def of(cls, numbers: Sequence[float] | None) -> "ValueRange | None":
        """From ``[low, high]``, as tables and requests have it."""
        return None if numbers is None else cls(float(numbers[0]), float(numbers[1]))

    @property
    def numbers(self) -> list[float]:
        """``[low, high]``."""
        return [self.low, self.high]

    @property
    def depth(self) -> int | None:
        """The usual bit depth with this range; None for any other range."""
        return next((bits for bits in BIT_DEPTHS if self == ValueRange.of_depth(bits)), None)

    @property
    def key(self) -> str:
        """For names of files and addresses: equal for equal ranges, no characters that these forbid."""
        return f"{_exact(self.low)}_{_exact(self.high)}"

    @classmethod
    def of_key(cls, key: str) -> "ValueRange | None":
        """The range of a ``key``; None for any other text."""
        low, _mark, high = key.partition("_")
        try:
            read = cls(float(low), float(high))
        except ValueError:
            return None
        is_range = math.isfinite(read.low) and math.isfinite(read.high) and read.low < read.high
        return read if is_range and read.key == key else None


@dataclass(frozen=True, slots=True)
class MeasuredValues:
    """What is known of the values of one photo with more than 8 bits."""

    lowest: float
    """The lowest finite value, of all colours."""
    highest: float
    stated: ValueRange | None = None
    """The range that the file says it has."""

    @property
    def own_range(self) -> ValueRange:
        """The range by this photo alone."""
        return self.stated or smallest_range(self.lowest, self.highest)

    def range_with(self, setting: ValueRange | None) -> ValueRange:
        """The range in which the photo is to be seen: what the file says, else the setting, else its own."""
        return self.stated or setting or self.own_range

    def is_beyond(self, setting: ValueRange | None) -> bool:
        """Whether values lie outside of ``range_with(setting)``, so that they are cut off."""
        shown = self.range_with(setting)
        return self.lowest < shown.low or self.highest > shown.high


def smallest_range(lowest: float, highest: float) -> ValueRange:
    """The smallest usual range that holds these values.

    0 to 1 (common for floating point), else the smallest of BIT_DEPTHS, else all bits that whole numbers need.
    Negative values, and small ones with a fraction, are not of a camera's bits: there it is the values themselves.
    """
    if lowest < 0:
        return ValueRange(lowest, max(highest, lowest + 1))
    if highest <= 1:
        return ValueRange(0.0, 1.0)
    if highest < _SMALL and not (lowest.is_integer() and highest.is_integer()):
        return ValueRange(0.0, highest)
    for bits in BIT_DEPTHS:
        if highest <= ValueRange.of_depth(bits).high:
            return ValueRange.of_depth(bits)
    return ValueRange.of_depth(int(highest).bit_length()) if highest < 2**64 else ValueRange(0.0, highest)


def widened(range_: ValueRange | None, seen: MeasuredValues) -> ValueRange:
    """The smallest usual range that holds the values of this photo and all of ``range_``."""
    if range_ is None:
        return smallest_range(seen.lowest, seen.highest)
    if range_.low <= seen.lowest and seen.highest <= range_.high:
        return range_
    return smallest_range(min(range_.low, seen.lowest), max(range_.high, seen.highest))


def _exact(number: float) -> str:
    return str(int(number)) if abs(number) < 2**53 and number == int(number) else repr(float(number))
