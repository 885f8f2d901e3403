"""The category that a number stands for in a set of masks, and the numbers that stand for none."""

import re
from collections.abc import Collection

from webapp.formats.png_masks.class_names import VOID, VOID_COLOUR, ClassNames
from webapp.formats.png_masks.pixels import MaskFacts

LARGEST_BESIDE_VOID = 64
"""Classes are counted from 1: 255 beside smaller numbers than this is void, beside larger ones a grey like them."""
BACKGROUND = 0
UNNAMED = re.compile(r"class (\d+|#[0-9a-f]{6})")
"""A category that was called after its number or colour."""


class Meaning:
    """What the numbers of one set mean; ``numbers`` are all of its masks of classes but 0."""

    def __init__(
        self, names: ClassNames, numbers: Collection[int], *, is_voc: bool, has_palette: bool
    ) -> None:
        self.names = names
        self.unnamed: dict[int, str] = {}
        """Names that were made for numbers without one."""
        self._is_binary = len(numbers) <= 1
        others = [number for number in numbers if number != VOID]
        # Black and white masks are also put into folders of Pascal VOC.
        self._voc_void = is_voc and (bool(others) or has_palette)
        self._grey_void = bool(others) and max(others) < LARGEST_BESIDE_VOID and VOID not in names.by_number

    def void_of(self, mask: MaskFacts) -> int:
        """The number of the border that belongs to no object; background where the set has none."""
        if mask.is_coloured:
            return VOID_COLOUR if self._voc_void else BACKGROUND
        return VOID if self._voc_void or self._grey_void else BACKGROUND

    def left_out(self, mask: MaskFacts) -> set[int]:
        """Numbers of the mask that stand for no object."""
        named = {number for number in mask.distinct if self.names.name_of(number, mask) == ""}
        return {BACKGROUND, self.void_of(mask)} | named

    def category(self, number: int, mask: MaskFacts, said: str = "") -> str:
        """The category of a number; ``said`` is what the path of the mask says. Empty where nothing says any."""
        name = self.names.name_of(number, mask)
        if name:
            return name
        if said:
            return said
        if self._is_binary and not mask.colours:
            return ""
        text = f"class #{number:06x}" if mask.is_coloured else f"class {number}"
        return self.unnamed.setdefault(number, text)
