"""Real files: nothing in them may get lost."""

import pytest

from tests.formats.shared_data import SHARED_DATA
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedAnnotations
from webapp.formats.coco.reader import parse_coco


def parsed(name: str) -> ParsedAnnotations:
    return parse_coco((SHARED_DATA / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "images", "annotations", "categories"),
    [
        ("fruits_nuts/data/trainval.json", 18, 165, ["date", "fig", "hazelnut"]),
        ("fruits_nuts/train13.json", 13, 121, ["date", "fig", "hazelnut"]),
        ("fruits_nuts/heldback5.json", 5, 44, ["date", "fig", "hazelnut"]),
        ("bsdata/train/annotations_coco.json", 120, 149, ["Pitting"]),
        ("bsdata/val/annotations_coco.json", 40, 51, ["Pitting"]),
    ],
)
def test_good_files_are_taken_whole_and_unrepaired(
    name: str, images: int, annotations: int, categories: list[str]
) -> None:
    result = parsed(name)
    assert len(result.images) == images
    assert (result.annotations_taken, result.annotations_in_file) == (annotations, annotations)
    assert result.categories == categories
    assert (result.fixed, result.skipped) == ([], [])


def test_roboflow() -> None:
    result = parsed("messy/roboflow_coco.json")
    assert (len(result.images), result.annotations_taken, result.annotations_in_file) == (275, 1048, 1048)
    assert result.categories == ["gunny_bag", "wire"]
    assert [(finding.code, finding.examples) for finding in result.skipped] == [
        (Fault.CATEGORY_UNUSED, ["objects-MgBn"])
    ]


def test_cvat() -> None:
    result = parsed("messy/cvat_coco.json")
    assert (len(result.images), result.annotations_taken, result.annotations_in_file) == (6, 29, 29)
    fixed = {finding.code: finding.count for finding in result.fixed}
    assert fixed[Fault.BBOX_RECOMPUTED] == 29


@pytest.mark.parametrize(
    "name", ["messy/roboflow_coco.json", "messy/cvat_coco.json", "fruits_nuts/train13.json"]
)
def test_every_shape_of_a_real_file_lies_in_its_photo(name: str) -> None:
    for image in parsed(name).images:
        assert image.width and image.height
        fitted = fit_to_image(image, image.width, image.height)
        assert fitted.shapes == image.shapes
        assert fitted.skipped == []
