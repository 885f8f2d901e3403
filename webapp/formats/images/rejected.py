"""Why a file is refused as a photo, and what is remarked of one that is taken."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ImageFault(StrEnum):
    """Why a file is refused; parameters of ImageRejected in brackets."""

    EMPTY = "empty"
    """The file has no bytes."""
    NOT_AN_IMAGE = "not_an_image"
    """The content is not a picture, whatever its name."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """A picture or document of a format that is not read [format]."""
    CAMERA_RAW = "camera_raw"
    """The raw data of a camera's sensor, without a developed picture of that size [format]."""
    VIDEO = "video"
    """A video [format]."""
    TEXT = "text"
    """A text, such as a README."""
    WEB_PAGE = "web_page"
    """HTML, often what a server sent instead of the photo."""
    GIT_LFS_POINTER = "git_lfs_pointer"
    """The small text that Git LFS leaves in place of a file that was not fetched."""
    ZERO_SIZE = "zero_size"
    """A picture without pixels."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """Larger than allowed; found in the header, without decoding [width, height, limit]."""
    TRUNCATED = "truncated"
    """Truncated or damaged: it cannot be decoded to the end."""


class ImageRejected(Exception):
    """The file is refused as a photo."""

    def __init__(self, code: ImageFault, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else str(code))
        self.code = code
        self.params = params


class RemarkCode(StrEnum):
    """What is to be known of a photo that was taken; parameters of ImageRemark in brackets."""

    TRANSPARENCY_ON_WHITE = "transparency_on_white"
    """Partly transparent: laid over white."""
    TRANSPARENCY_ON_BLACK = "transparency_on_black"
    """Partly transparent and as white as the paper behind it: laid over black."""
    TRANSPARENCY_IGNORED = "transparency_ignored"
    """Its transparency says nothing, or would hide the picture: left out."""
    MORE_PICTURES = "more_pictures"
    """The file holds several pictures, the largest is taken [width, height, others: their sizes]."""
    ANIMATION = "animation"
    """The file holds an animation, its first picture is taken."""
    RAW_PREVIEW = "raw_preview"
    """Raw data of a camera, whose developed picture of the same size is taken [width, height]."""


@dataclass(frozen=True, slots=True)
class ImageRemark:
    """A remark, as stored and sent."""

    code: RemarkCode
    params: dict[str, Any] = field(default_factory=dict)
