"""Shapes drawn on the raw pixels of a photo that EXIF turns lie, once turned, where the same pixels lie upright."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.formats.coco.coco_files import annotation, coco
from tests.formats.images.photo_files import exif, saved
from tests.formats.via.via_files import labelme, labelme_shape, region, via_annotations, via_photo
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.drawn_on import Drawn, Orientations, decide, drawing_of
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedImage
from webapp.formats.images.decoding import read_image
from webapp.formats.masks.rle import decode_mask, encode_mask, polygons_to_rle

RAW = (100, 80)
"""Width and height of the raw photo; upright it is 80 x 100 by the orientations from 5 on."""
BOX = [20, 10, 30, 15]
CORNERS = [20, 10, 50, 10, 50, 25, 20, 25]
POINTS = [[20, 10], [50, 10], [50, 25], [20, 25]]


def raw_pixels() -> np.ndarray:
    """A photo of RAW that is red in BOX."""
    pixels = np.full((80, 100, 3), 255, dtype=np.uint8)
    pixels[10:25, 20:50] = (255, 0, 0)
    return pixels


def raw_mask() -> Any:
    return encode_mask(raw_pixels()[..., 1] == 0)


def upright_mask(orientation: int) -> np.ndarray:
    """Where the upright photo is red, as Pillow turns it."""
    photo = Image.fromarray(raw_pixels())
    photo.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(photo))[..., 1] == 0


def only_image(data: bytes, filename: str = "labels.json") -> ParsedImage:
    (image,) = parse_annotations(data, filename).images
    return image


def decided(*images: ParsedImage, orientation: int = 6, answer: Any = None) -> Orientations:
    """For photos of RAW; named in turn."""
    width, height = RAW[::-1] if orientation >= 5 else RAW
    photos = [(str(n), drawing_of(image), width, height, orientation) for n, image in enumerate(images)]
    return decide(photos, answer)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_upload_says_how_it_was_turned(orientation: int) -> None:
    photo = saved(Image.fromarray(raw_pixels()), "JPEG", exif=exif(orientation))
    checked = read_image(io.BytesIO(photo), "a.jpg", 10**6)
    assert checked.orientation == orientation
    assert (checked.width, checked.height) == (RAW if orientation < 5 else RAW[::-1])


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize(
    "shape",
    [
        {"segmentation": [CORNERS], "bbox": BOX, "area": 450},
        {"segmentation": [], "bbox": BOX, "area": 450},
        {"segmentation": raw_mask(), "bbox": BOX, "area": 450},
    ],
    ids=["polygon", "box", "mask"],
)
def test_raw_shapes_are_turned_with_the_photo(orientation: int, shape: dict[str, Any]) -> None:
    expected = upright_mask(orientation)
    height, width = expected.shape
    image = only_image(coco(annotation(**shape)))
    fitted = fit_to_image(image, width, height, orientation, Drawn.RAW)
    (turned,) = fitted.shapes
    segmentation = turned.segmentation
    rle = polygons_to_rle(segmentation, width, height) if isinstance(segmentation, list) else segmentation
    assert np.array_equal(decode_mask(rle).astype(bool), expected)
    assert turned.is_box is (shape["segmentation"] == [])
    assert Fault.TURNED in {finding.code for finding in fitted.fixed}


def test_raw_shapes_of_a_smaller_copy_are_turned_and_scaled() -> None:
    image = only_image(coco(annotation(segmentation=[], bbox=BOX)))
    assert fit_to_image(image, 160, 200, 6, Drawn.RAW).shapes[0].bbox == [110, 40, 30, 60]


def test_raw_shapes_from_0_to_1_are_turned_and_multiplied() -> None:
    image = only_image(coco(annotation(segmentation=[], bbox=[0.2, 0.125, 0.3, 0.1875])))
    assert fit_to_image(image, 80, 100, 6, Drawn.RAW).shapes[0].bbox == pytest.approx([55, 20, 15, 30])


def test_upright_shapes_stay_though_the_file_has_the_raw_size() -> None:
    image = only_image(coco(annotation(segmentation=[], bbox=[55, 20, 15, 30])))
    fitted = fit_to_image(image, 80, 100, 6)
    assert fitted.shapes[0].bbox == [55, 20, 15, 30]
    assert [finding.code for finding in fitted.fixed] == [Fault.SIZE_BEFORE_TURN]
    assert fit_to_image(image, 160, 200, 6).shapes[0].bbox == [110, 40, 30, 60]


def shape_in(bbox: list[float], **changes: Any) -> ParsedImage:
    return only_image(coco(annotation(segmentation=[], bbox=bbox), **changes))


LYING = [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}]
UPRIGHT = [{"id": 1, "file_name": "a.jpg", "width": 80, "height": 100}]
WITHOUT_SIZE = [{"id": 1, "file_name": "a.jpg"}]
FAR_RIGHT, FAR_DOWN = [70, 10, 28, 15], [10, 70, 15, 28]
VIA_RECT = {"name": "rect", "x": 70, "y": 10, "width": 28, "height": 15}


@pytest.mark.parametrize(
    ("image", "drawn"),
    [
        (shape_in(FAR_RIGHT, images=LYING), Drawn.RAW),
        (shape_in(FAR_DOWN, images=LYING), Drawn.UPRIGHT),
        (shape_in(BOX, images=UPRIGHT), Drawn.UPRIGHT),
        (shape_in(FAR_RIGHT, images=UPRIGHT), Drawn.RAW),
        (shape_in(FAR_RIGHT, images=WITHOUT_SIZE), Drawn.RAW),
        (shape_in(FAR_DOWN, images=WITHOUT_SIZE), Drawn.UPRIGHT),
        (only_image(via_annotations(via_photo(region(VIA_RECT, label="date")))), Drawn.RAW),
        (only_image(coco(annotation(segmentation=raw_mask()))), Drawn.RAW),
    ],
)
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("answer", [None, "raw", "upright"])
def test_sizes_and_points_tell_what_was_drawn_on(
    image: ParsedImage, drawn: Drawn, orientation: int, answer: str | None
) -> None:
    found = decided(image, orientation=orientation, answer=answer)
    assert (found.drawn("0"), found.question.count) == (drawn, 0)


@pytest.mark.parametrize(
    ("image", "orientation", "likely"),
    [
        (shape_in(BOX, images=LYING), 6, Drawn.UPRIGHT),
        (shape_in(BOX, images=WITHOUT_SIZE), 8, Drawn.UPRIGHT),
        (shape_in(BOX), 3, Drawn.UPRIGHT),
        (shape_in(BOX), 2, Drawn.UPRIGHT),
        (only_image(labelme(labelme_shape(points=POINTS))), 6, Drawn.RAW),
        (only_image(labelme(labelme_shape(points=POINTS))), 3, Drawn.UPRIGHT),
    ],
)
def test_where_both_are_possible_it_is_asked(image: ParsedImage, orientation: int, likely: Drawn) -> None:
    found = decided(image, orientation=orientation)
    assert (found.question.count, found.question.default) == (1, likely)
    assert found.drawn("0") is likely
    for answer in ("raw", "upright"):
        assert decided(image, orientation=orientation, answer=answer).drawn("0") == answer


def test_what_one_photo_leaves_open_another_of_the_file_tells() -> None:
    open_one, telling = shape_in(BOX, images=LYING), shape_in(FAR_RIGHT, images=LYING)
    assert decided(open_one, telling).raw == {"0", "1"}
    telling.source = "another.json"
    found = decided(open_one, telling)
    assert (found.raw, found.question.examples) == ({"1"}, ["0"])


def test_our_own_exports_are_upright() -> None:
    image = shape_in(BOX, images=LYING)
    image.split = "train"
    assert decided(image, answer="raw").raw == set()
