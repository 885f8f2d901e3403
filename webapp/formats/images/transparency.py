"""Pictures with transparency as opaque ones, so that each reader sees the same pixels.

Transparency never makes a picture disappear. 32-bit frame buffers are often saved with a fourth channel of zeros, and a
cut-out white part is invisible on white.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.formats.images.rejected import ImageRemark, RemarkCode

_OPAQUE = 255
_VISIBLE_SHARE = 0.01
"""Of the pixels must be half opaque; fewer are stray values of a channel that is not in use."""
_CONTRAST = 8
"""Levels between dark and bright from which something is seen on a picture."""
_STRAY_SHARE = 0.001
"""Of the pixels do not count as dark or bright."""


@dataclass(frozen=True, slots=True)
class OpaquePicture:
    """A picture without transparency."""

    image: Image.Image
    """L or RGB where it had transparency, else unchanged."""
    remark: ImageRemark | None
    """None where every pixel was opaque."""


def has_transparency(image: Image.Image) -> bool:
    """Whether the file has a place for transparency; needs only the header. More than 8 bits of grey have none."""
    return image.has_transparency_data and not image.mode.startswith(("I", "F"))


def opaque(image: Image.Image, is_declared: bool = True) -> OpaquePicture:
    """A decoded picture of 8 bits without its transparency, laid over white where that shows it.

    ``is_declared`` is false where the file has a further channel and does not say that it is transparency (TIFF
    without ExtraSamples): such a channel is left out. The same alpha everywhere means nothing either.
    """
    if not has_transparency(image):
        return OpaquePicture(image, None)
    above = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    alpha = np.asarray(above.getchannel("A"))
    mode = "L" if image.mode in {"L", "LA", "La", "1"} else "RGB"
    colours = above.convert("RGB").convert(mode)
    lowest = int(alpha.min())
    if lowest == _OPAQUE:
        return OpaquePicture(colours, None)
    if not is_declared or lowest == int(alpha.max()):
        return OpaquePicture(colours, ImageRemark(RemarkCode.TRANSPARENCY_IGNORED))
    return _laid_over_paper(above, colours, alpha)


def _laid_over_paper(above: Image.Image, colours: Image.Image, alpha: NDArray[np.uint8]) -> OpaquePicture:
    """Over white, else without alpha, else over black: the first on which the picture is seen."""
    on_white = _over(above, "white").convert(colours.mode)
    is_hidden = bool((alpha >= 128).mean() < _VISIBLE_SHARE) and _contrast(colours) >= _CONTRAST
    if not is_hidden and _contrast(on_white) >= _CONTRAST:
        return OpaquePicture(on_white, ImageRemark(RemarkCode.TRANSPARENCY_ON_WHITE))
    if _contrast(colours) >= _CONTRAST:
        return OpaquePicture(colours, ImageRemark(RemarkCode.TRANSPARENCY_IGNORED))
    on_black = _over(above, "black").convert(colours.mode)
    if _contrast(on_black) >= _CONTRAST:
        return OpaquePicture(on_black, ImageRemark(RemarkCode.TRANSPARENCY_ON_BLACK))
    return OpaquePicture(on_white, ImageRemark(RemarkCode.TRANSPARENCY_ON_WHITE))


def _over(above: Image.Image, paper: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", above.size, paper), above).convert("RGB")


def _contrast(image: Image.Image) -> int:
    """Levels between dark and bright in the channel where they differ most."""
    counts = np.asarray(image.histogram()).reshape(-1, 256)
    shares = counts.cumsum(axis=1) / (image.width * image.height)
    dark = (shares <= _STRAY_SHARE).sum(axis=1)
    bright = (shares < 1 - _STRAY_SHARE).sum(axis=1)
    return int((bright - dark).max())
