"""Average precision of resampled photos, held against pycocotools on documents with these photos."""

import copy
from typing import Any

import numpy as np
import pytest

from jobs.detection.evaluation.coco_scores import compare, metrics_of
from jobs.detection.evaluation.resampled_ap import ranked
from tests.jobs.detection.evaluation.conftest import NAMES, Tested
from webapp.formats.found_object import FoundObject


def drawn(
    document: dict[str, Any], detections: dict[int, list[FoundObject]], weights: list[int]
) -> tuple[dict[str, Any], dict[int, list[FoundObject]]]:
    """The document with each photo as often as its weight says."""
    images, annotations = [], []
    drawn_detections = {}
    for image, weight in zip(document["images"], weights, strict=True):
        for copied in range(weight):
            number = image["id"] * 100 + copied
            images.append(image | {"id": number})
            drawn_detections[number] = detections[image["id"]]
            annotations += [
                copy.deepcopy(each) | {"image_id": number}
                for each in document["annotations"]
                if each["image_id"] == image["id"]
            ]
    return document | {"images": images, "annotations": annotations}, drawn_detections


@pytest.mark.parametrize("task", ["bbox", "segm"])
@pytest.mark.parametrize("weights", [[1] * 9, [0, 3, 1, 1, 2, 0, 0, 2, 0], [0, 0, 0, 0, 9, 0, 0, 0, 0]])
def test_the_figures_are_those_of_pycocotools_on_these_photos(
    tested: Tested, task: str, weights: list[int]
) -> None:
    document, detections = tested
    wanted_document, wanted_detections = drawn(document, detections, weights)
    wanted = metrics_of(document, compare(wanted_document, "test", wanted_detections))[task]
    order = [image["id"] for image in document["images"]]
    matches = ranked(compare(document, "test", detections)[task], NAMES, order)
    figures = {name: values[0] for name, values in matches.figures(np.array([weights], float)).items()}
    assert set(figures) == set(wanted)
    for name, value in wanted.items():
        expected = np.nan if value is None else value
        assert figures[name] == pytest.approx(expected, abs=1e-9, nan_ok=True), name


def test_objects_are_counted_on_each_photo(tested: Tested) -> None:
    document, detections = tested
    order = [image["id"] for image in document["images"]]
    objects = ranked(compare(document, "test", detections)["segm"], NAMES, order).objects()
    # The crowd and what is not of this category or size do not count.
    assert objects["AP"].sum() == len(document["annotations"]) - 1
    assert objects["AP"][4] == objects["AP-nothing"].sum() == 0
    assert (objects["AP-fig"] + objects["AP-date"]).tolist() == objects["AP50"].tolist()
    assert (objects["APs"] + objects["APm"] + objects["APl"]).tolist() == objects["AP"].tolist()
