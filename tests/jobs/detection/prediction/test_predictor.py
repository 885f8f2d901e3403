"""A trained model finds the objects of a photo, in px of the photo."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from jobs.detection.inputs.images import read_image
from jobs.detection.prediction.predictor import Predictor
from tests.jobs.detection.conftest import TrainedRun
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rendering import drawn_jpeg
from webapp.formats.masks.rle import rle_bbox
from webapp.formats.weights_file import copy_with_metadata, read_weights_header


@pytest.fixture(scope="module")
def predictor(learnt_by_heart: TrainedRun) -> Predictor:
    return Predictor(learnt_by_heart.outcome.weights, score_threshold=0.3, device="cpu")


@pytest.fixture(scope="module")
def everything(learnt_by_heart: TrainedRun) -> Predictor:
    """Finds something anywhere."""
    return Predictor(learnt_by_heart.outcome.weights, score_threshold=0.0, device="cpu", max_detections=3)


@pytest.fixture(scope="module")
def photo(learnt_by_heart: TrainedRun) -> np.ndarray:
    return read_image(learnt_by_heart.dataset.path_of(learnt_by_heart.dataset.document["images"][0]))


@pytest.fixture(scope="module")
def results(predictor: Predictor, photo: np.ndarray) -> list[FoundObject]:
    return predictor.predict(photo, None)


def test_it_finds_labelled_objects(
    learnt_by_heart: TrainedRun, photo: np.ndarray, results: list[FoundObject]
) -> None:
    document = learnt_by_heart.dataset.document
    names = {category["id"]: category["name"] for category in document["categories"]}
    labelled = [each for each in document["annotations"] if each["image_id"] == document["images"][0]["id"]]
    height, width = photo.shape[:2]
    good = 0
    for annotation, result in itertools.product(labelled, results):
        truth = coco_mask.merge(coco_mask.frPyObjects(annotation["segmentation"], height, width))
        overlap = coco_mask.iou([result.segmentation], [truth], [0])[0][0]
        good += overlap > 0.5 and result.category == names[annotation["category_id"]]
    assert good >= 2


def test_numbers_are_plain_and_inside_the_photo(
    predictor: Predictor, photo: np.ndarray, results: list[FoundObject]
) -> None:
    height, width = photo.shape[:2]
    assert results
    assert [result.score for result in results] == sorted((r.score for r in results), reverse=True)
    for result in results:
        assert 0.3 <= result.score <= 1
        assert result.category in predictor.categories
        x, y, w, h = result.bbox
        assert 0 <= x < x + w <= width and 0 <= y < y + h <= height
        assert result.segmentation["size"] == [height, width]
        assert isinstance(result.segmentation["counts"], str)
        assert result.area == coco_mask.decode(result.segmentation).sum()
        assert {type(value) for value in (*result.bbox, result.score, result.area)} == {float}


def test_a_higher_threshold_leaves_detections_out(
    learnt_by_heart: TrainedRun, photo: np.ndarray, results: list[FoundObject]
) -> None:
    weights = learnt_by_heart.outcome.weights
    strict = Predictor(weights, score_threshold=1.0, device="cpu")
    assert strict.predict(photo, None) == []
    assert Predictor(weights, device="cpu").score_threshold == 0.5  # that of the training
    assert results


def test_the_same_photo_gives_the_same_results(
    predictor: Predictor, photo: np.ndarray, results: list[FoundObject]
) -> None:
    assert predictor.predict(photo, None) == results


def test_the_file_decides_which_box_is_taken(
    learnt_by_heart: TrainedRun, photo: np.ndarray, results: list[FoundObject], tmp_path: Path
) -> None:
    source, other = learnt_by_heart.outcome.weights, tmp_path / "other.safetensors"
    metadata = read_weights_header(source).metadata
    assert metadata is not None
    plain = dataclasses.replace(metadata, mask_share=1.0, soft_edges=False)
    copy_with_metadata(source, other, plain)
    around_masks = Predictor(other, score_threshold=0.3, device="cpu").predict(photo, None)
    assert [one.bbox for one in around_masks] == [rle_bbox(one.segmentation) for one in results if one.area]
    assert [one.segmentation for one in around_masks] == [one.segmentation for one in results]
    assert all(one.bbox != rle_bbox(one.segmentation) for one in results)
    copy_with_metadata(source, other, dataclasses.replace(plain, soft_edges=True))
    around_soft_edges = Predictor(other, score_threshold=0.3, device="cpu").predict(photo, None)
    assert [one.segmentation for one in around_soft_edges] == [one.segmentation for one in results]
    # The edge lies outside of the pixels of the mask, in the photo, and less than a cell away from them.
    for soft, hard in zip(around_soft_edges, around_masks, strict=True):
        (x, y, width, height), (left, top, wide, tall) = soft.bbox, hard.bbox
        assert 0 <= x <= left + 1 and 0 <= y <= top + 1
        assert left + wide - 1 <= x + width <= photo.shape[1]
        assert top + tall - 1 <= y + height <= photo.shape[0]
        assert width * height > wide * tall


def test_second_detections_take_no_place_from_other_objects(
    learnt_by_heart: TrainedRun, photo: np.ndarray
) -> None:
    weights = learnt_by_heart.outcome.weights
    everything = Predictor(weights, score_threshold=0.05, device="cpu").predict(photo, Suppression())
    fewest = Predictor(weights, score_threshold=0.05, device="cpu", max_detections=3)
    assert len(everything) > 3
    assert fewest.predict(photo, Suppression()) == everything[:3]


@pytest.mark.parametrize(
    ("height", "width"),
    [(1, 1), (20, 700), (900, 33), (3, 4000), (4000, 3), (1, 4000), (4000, 1), (2, 70_000)],
)
def test_any_size_of_photo_is_predicted_and_drawn(everything: Predictor, height: int, width: int) -> None:
    """A strip would be scaled to a side of 0 pixels."""
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    in_tiles = everything.predict(photo[:1500, :1500], Suppression(), tile_size=1024)
    for found in (everything.predict(photo, Suppression()), in_tiles):
        assert all(one.length > 0 for one in found if one.area)
        assert drawn_jpeg(photo, found, everything.categories).startswith(b"\xff\xd8")
