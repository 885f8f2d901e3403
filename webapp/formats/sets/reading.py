"""Finds and reads the labels of an import that several files make up: YOLO sets and mask pictures."""

from collections.abc import Iterable

from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.png_masks.pixels import MAX_PIXELS
from webapp.formats.png_masks.reader import read_masks
from webapp.formats.sets.files import SetFile, SetReading
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.yolo.reader import read_yolo


def read_sets(
    texts: Iterable[SetFile],
    pictures: Iterable[SetFile],
    photos: PhotoIndex,
    options: ReadOptions = DEFAULT_OPTIONS,
    max_pixels: int = MAX_PIXELS,
) -> SetReading:
    """All sets among the files that were sent; see SetReading. Raises FormatRejected where one is too large.

    ``pictures`` are those that by their path may be masks (``may_be_mask``), ``photos`` the others. A mask
    of more than ``max_pixels`` is not decoded.
    """
    texts = sorted(texts, key=lambda file: file.path)
    reading = SetReading()
    reading.add(read_yolo(texts, photos, options))
    reading.add(read_masks(texts, pictures, photos, options, max_pixels))
    return reading
