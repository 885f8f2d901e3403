"""Finds and reads labels that several files of an import make up: YOLO sets, masks, the lists of Pascal VOC."""

from collections.abc import Iterable

from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.png_masks.pixels import MAX_PIXELS
from webapp.formats.png_masks.reader import read_masks
from webapp.formats.sets.files import SetFile, SetReading
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.voc_lists import is_voc_list, read_voc_lists
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
    texts = list(texts)
    return with_texts(read_masks(texts, pictures, photos, options, max_pixels), texts, photos, options)


def with_texts(
    masks: SetReading, texts: Iterable[SetFile], photos: PhotoIndex, options: ReadOptions
) -> SetReading:
    """The masks, and all sets of texts beside them. Raises FormatRejected where one is too large."""
    texts = sorted(texts, key=lambda file: file.path)
    reading = read_yolo(texts, photos, options)
    reading.add(masks)
    lists = [file for file in texts if is_voc_list(file) and file.path not in reading.taken]
    if lists:
        reading.add(read_voc_lists(lists, photos))
    return reading
