"""Sets of files as tools write them, in memory: texts, masks and the sizes of photos."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.annotations.parsed import ParsedAnnotations
from webapp.formats.png_masks.class_names import voc_colour
from webapp.formats.png_masks.layout import may_be_mask
from webapp.formats.sets.files import SetFile, SetPhoto, SetReading
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.reading import read_sets

WIDTH, HEIGHT = 100, 50
Array = NDArray[Any]


def photos(*paths: str, width: int = WIDTH, height: int = HEIGHT) -> list[SetPhoto]:
    """Photos of one size."""
    return [SetPhoto(path, width, height, sha256=path) for path in paths]


def read(
    files: Mapping[str, bytes | str],
    sent: Iterable[SetPhoto],
    in_model: Iterable[SetPhoto] = (),
    options: ReadOptions = DEFAULT_OPTIONS,
) -> SetReading:
    """What the sets among these texts and pictures hold. Every annotation must be accounted for."""
    every = [
        SetFile(path, content.encode() if isinstance(content, str) else content)
        for path, content in files.items()
    ]
    pictures = [file for file in every if may_be_mask(file.path)]
    texts = [file for file in every if file not in pictures]
    reading = read_sets(texts, pictures, PhotoIndex(sent, lambda: in_model), options)
    for one in reading.sets:
        parsed = one.parsed
        assert parsed.annotations_taken + parsed.annotations_skipped == parsed.annotations_in_file
    return reading


def only(reading: SetReading) -> ParsedAnnotations:
    """The labels of its only set."""
    assert len(reading.sets) == 1, reading.sets
    return reading.sets[0].parsed


def boxes(parsed: ParsedAnnotations) -> dict[str, list[tuple[str, list[float]]]]:
    """Category and box in pixels of the shapes of each photo."""
    found = {}
    for image in parsed.images:
        fitted = fit_to_image(image, image.width or WIDTH, image.height or HEIGHT)
        found[image.file_name] = [(shape.category, shape.bbox) for shape in fitted.shapes]
    return found


def codes(parsed: ParsedAnnotations, kind: str) -> dict[str, int]:
    """How often each finding, ``fixed`` or ``skipped``."""
    return {str(finding.code): finding.count for finding in getattr(parsed, kind)}


def canvas(*areas: tuple[int, int, int, int, int], width: int = WIDTH, height: int = HEIGHT) -> Array:
    """A mask with rectangles (number, x, y, width, height) on 0."""
    mask = np.zeros((height, width), dtype=np.uint8)
    for number, x, y, w, h in areas:
        mask[y : y + h, x : x + w] = number
    return mask


def png(mask: Array, image_format: str = "PNG", **options: Any) -> bytes:
    """A picture of these numbers: grey for [height, width], colours for [height, width, 3]."""
    return _saved(Image.fromarray(mask), image_format, **options)


def voc_png(mask: Array) -> bytes:
    """A picture with the palette of Pascal VOC."""
    image = Image.fromarray(mask).convert("L")
    colours = [voc_colour(index) for index in range(256)]
    image.putpalette([part for colour in colours for part in (colour >> 16, colour >> 8 & 255, colour & 255)])
    return _saved(image, "PNG")


def _saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
