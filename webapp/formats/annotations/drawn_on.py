"""Tells whether shapes were drawn on a photo as it is seen, or on its raw pixels: by sizes and points, or asked once.

Some tools label the photo as EXIF turns it (**upright**), others the pixels of the file (**raw**).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from webapp.formats.annotations.options import Question, QuestionName
from webapp.formats.annotations.orientation import Size, swaps
from webapp.formats.annotations.parsed import ParsedImage
from webapp.formats.masks.polygons import same_proportions


class Drawn(StrEnum):
    """What shapes were drawn on; the values are those of the option ``orientation``."""

    UPRIGHT = "upright"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class DrawnShapes:
    """What an annotation file says about a photo that tells how it was drawn on."""

    source: str
    """What was drawn with one tool: the annotation file or, of a tool with a file for each photo, its folder."""
    size: tuple[int, int] | None
    shown_size: bool
    """The size is that of the picture that the tool showed."""
    extent: Size
    """The largest x and y of its polygons."""
    canvas: tuple[int, int] | None
    """Width and height of its masks."""
    is_own: bool


@dataclass
class Orientations:
    """What the shapes of the photos were drawn on."""

    raw: set[str] = field(default_factory=set)
    """Names of the photos with raw shapes; the shapes of all others are upright."""
    question: Question = field(default_factory=lambda: Question(QuestionName.ORIENTATION))
    """Counts the photos whose shapes may be both."""

    def drawn(self, file_name: str) -> Drawn:
        """What the shapes of this photo were drawn on."""
        return Drawn.RAW if file_name in self.raw else Drawn.UPRIGHT


def drawing_of(image: ParsedImage) -> DrawnShapes:
    """What is needed of a photo and its shapes."""
    right = bottom = 0.0
    canvas = None
    for shape in image.shapes:
        if isinstance(shape.segmentation, dict):
            height, width = shape.segmentation["size"]
            canvas = canvas or (width, height)
        elif not shape.normalised:
            x, y, width_of_box, height_of_box = shape.bbox
            right, bottom = max(right, x + width_of_box), max(bottom, y + height_of_box)
    size = (image.width, image.height) if image.width and image.height else None
    return DrawnShapes(image.source, size, image.shown_size, (right, bottom), canvas, image.is_own)


def decide(
    photos: Iterable[tuple[str, DrawnShapes, int, int, int]], answer: Literal["upright", "raw"] | None = None
) -> Orientations:
    """What the shapes of each photo were drawn on; of photos as (name, drawing, width, height, orientation).

    Width and height are those of the upright photo. What its own size and points leave open is taken from the
    photos of the same source, else from the answer.
    """
    photos = list(photos)
    certain = {
        name: _certain(drawing, width, height, orientation)
        for name, drawing, width, height, orientation in photos
    }
    by_source: dict[str, set[Drawn]] = {}
    for name, drawing, *_ in photos:
        if (drawn := certain[name]) and not drawing.is_own:
            by_source.setdefault(drawing.source, set()).add(drawn)
    found = Orientations()
    likely_of_unsure = set()
    for name, drawing, width, height, _orientation in photos:
        of_source = by_source.get(drawing.source, set())
        raw_was_shown = (
            drawing.shown_size and drawing.size and not same_proportions(*drawing.size, width, height)
        )
        likely = Drawn.RAW if raw_was_shown else Drawn.UPRIGHT
        drawn = certain[name]
        if drawn is None and (
            of_source == {Drawn.RAW} or (of_source == {Drawn.UPRIGHT} and not raw_was_shown)
        ):
            (drawn,) = of_source
        if drawn is None:
            found.question.add(name)
            likely_of_unsure.add(likely)
            drawn = Drawn(answer or likely)
        if drawn is Drawn.RAW:
            found.raw.add(name)
    if len(likely_of_unsure) == 1:
        (found.question.default,) = likely_of_unsure
    return found


def _certain(drawing: DrawnShapes, width: int, height: int, orientation: int) -> Drawn | None:
    """What follows from sizes and points of the photo alone."""
    if drawing.is_own:
        return Drawn.UPRIGHT
    raw: Size = (height, width) if swaps(orientation) else (width, height)
    if same_proportions(*raw, width, height):
        return None
    if drawing.canvas:
        if same_proportions(*drawing.canvas, width, height):
            return Drawn.UPRIGHT
        return Drawn.RAW if same_proportions(*drawing.canvas, *raw) else None
    says_upright = drawing.size is not None and same_proportions(*drawing.size, width, height)
    if drawing.size is None:
        upright: Size = (width, height)
    elif says_upright:
        upright = drawing.size
    elif same_proportions(*drawing.size, *raw):
        upright = drawing.size[::-1]
    else:
        return Drawn.UPRIGHT  # of another cut of the photo
    fits_upright, fits_raw = _fits(drawing.extent, upright), _fits(drawing.extent, upright[::-1])
    if fits_upright != fits_raw:
        return Drawn.UPRIGHT if fits_upright else Drawn.RAW
    return Drawn.UPRIGHT if says_upright else None


def _fits(extent: Size, size: Size) -> bool:
    """With a hundredth and a pixel, by which shapes at the edge reach out of a photo."""
    return extent[0] <= 1.01 * size[0] + 1 and extent[1] <= 1.01 * size[1] + 1
