"""Each format comes back through its own reader: identical, but for what the writer says that it holds otherwise."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.formats.coco.test_writer import HEIGHT, WIDTH, Labelled, image
from tests.formats.exports.written import READERS, photo_paths, shapes, write
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import AnnotationFault, ParsedAnnotations
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import decode_mask, polygons_to_rle

OF_THE_FORMAT = {
    AnnotationFault.SHAPES_GROUPED,
    AnnotationFault.CATEGORY_UNUSED,
    AnnotationFault.MASK_TAKEN,
    AnnotationFault.EMPTY_UNLABELLED,
}
"""Said of files that hold what they should."""
OTHER_FORM = {
    FormatLoss.BOXES,
    FormatLoss.OUTLINES,
    FormatLoss.MASKS,
    FormatLoss.HOLES,
    FormatLoss.SEVERAL_POLYGONS,
}
"""The same pixels, drawn otherwise."""

HIDDEN = {FormatLoss.COVERED, FormatLoss.NO_PIXEL}
"""Pixels of another label, or none at all."""


def as_drawn(shape: Any) -> Any:
    """A shape without what follows from it."""
    segmentation = shape.segmentation
    place = (
        shape.bbox
        if shape.is_box
        else segmentation
        if isinstance(segmentation, dict)
        else [*map(list, segmentation)]
    )
    return shape.category, place, shape.is_box


def missing_pixels(again: list[Any], drawn: list[Any], allowed: int) -> list[Any]:
    """The labels of which no other covers the same, but for so many pixels on the line between two."""
    masks = [(shape.category, pixels(shape)) for shape in again]
    return [
        shape
        for shape in drawn
        if not any(
            name == shape.category and (pixels(shape) != mask).sum() <= allowed for name, mask in masks
        )
    ]


def pixels(shape: Any) -> NDArray[np.uint8]:
    segmentation = shape.segmentation
    if not isinstance(segmentation, dict):
        segmentation = polygons_to_rle([list(flat) for flat in segmentation], WIDTH, HEIGHT)
    return decode_mask(segmentation)


def in_any_order(said: Callable[[Any], Any], shapes: Iterable[Any]) -> list[str]:
    """COCO's are sorted."""
    return sorted(repr(said(shape)) for shape in shapes)


def found_in(parsed: ParsedAnnotations) -> dict[str, list[Any]]:
    """The shapes by the name of their photo, as an import takes them; nothing was repaired or left out."""
    said = {finding.code for finding in [*parsed.fixed, *parsed.skipped]}
    assert said <= OF_THE_FORMAT
    found = {}
    for photo in parsed.images:
        fitted = fit_to_image(photo, WIDTH, HEIGHT)
        assert (fitted.fixed, fitted.skipped) == ([], [])
        found[photo.file_name.rpartition("/")[2]] = fitted.shapes
    return found


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=30, deadline=None)
@given(st.lists(shapes, max_size=4), st.lists(shapes, max_size=2))
def test_an_export_comes_back(
    format: LabelFormat, first: list[ExportShape], second: list[ExportShape]
) -> None:
    photos: list[Labelled] = [(image(0), first), (image(1, split="test"), second)]
    files, losses = write(format, photos)
    found = found_in(READERS[format](files, photo_paths(format, photos)))
    assert set(found) == {photo.file_name for photo, _shapes in photos}
    if losses.keys() & HIDDEN:
        return
    for photo, drawn in photos:
        again = found[photo.file_name]
        if not losses.keys() - {FormatLoss.CROWDS}:
            assert in_any_order(as_drawn, again) == in_any_order(as_drawn, drawn)
        if not losses.keys() - OTHER_FORM - {FormatLoss.CROWDS}:
            assert not missing_pixels(again, drawn, allowed=2 if FormatLoss.OUTLINES in losses else 0)
        if FormatLoss.CROWDS not in losses:
            assert sorted(one.iscrowd for one in again) == sorted(one.iscrowd for one in drawn)
        assert sorted(one.category for one in again) == sorted(one.category for one in drawn)


@pytest.mark.parametrize("format", READERS)
def test_splits_come_back(format: LabelFormat) -> None:
    photos: list[Labelled] = [
        (image(n, split=split), []) for n, split in enumerate(("train", "validation", "test"))
    ]
    parsed = READERS[format](write(format, photos)[0], photo_paths(format, photos))
    said = {
        photo.file_name.rpartition("/")[2]: photo.split or photo.file_name.split("/")[-2]
        for photo in parsed.images
    }
    assert said == {"0.jpg": "train", "1.jpg": "validation", "2.jpg": "test"}
