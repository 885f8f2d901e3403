"""Average precision, held against pycocotools called by hand."""

import contextlib
import copy
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from jobs.detection.errors import WeightsRejected
from jobs.detection.evaluation.evaluator import EvaluationStopped, evaluate_weights, judge
from jobs.detection.job import LeftOutImage
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder, TrainedRun, annotation_of
from webapp.formats.found_object import FoundObject

SIZE = 200


def found(category: str, score: float, box: tuple[int, int, int, int]) -> FoundObject:
    """A detection that fills its rectangle."""
    x, y, width, height = box
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8, order="F")
    mask[y : y + height, x : x + width] = 1
    rle = coco_mask.encode(mask)
    return FoundObject(
        category=category,
        score=score,
        bbox=list(box),
        area=float(mask.sum()),
        mask={"size": [SIZE, SIZE], "counts": rle["counts"].decode()},
    )


@pytest.fixture
def labelled() -> dict[str, Any]:
    """Two test photos with three categories (one without objects), a crowd, and a photo of another split."""
    images = [
        {"id": number, "file_name": f"{number}.png", "width": SIZE, "height": SIZE, "split": split}
        for number, split in enumerate(["test", "test", "train"], start=1)
    ]
    annotations = [
        annotation_of(1, 3, (10, 10, 20, 20)),
        annotation_of(1, 8, (60, 60, 50, 40)),
        annotation_of(2, 3, (20, 20, 100, 100)),
        {**annotation_of(2, 3, (150, 150, 40, 40)), "iscrowd": True},
        annotation_of(3, 3, (0, 0, 50, 50)),
    ]
    crowd = np.zeros((SIZE, SIZE), dtype=np.uint8, order="F")
    crowd[150:190, 150:190] = 1
    runs = coco_mask.encode(crowd)
    annotations[3]["segmentation"] = {"size": [SIZE, SIZE], "counts": runs["counts"].decode()}
    for number, annotation in enumerate(annotations):
        annotation["id"] = number + 1
    categories = [{"id": 3, "name": "刮痕"}, {"id": 8, "name": "dent"}, {"id": 9, "name": "none"}]
    return {"images": images, "annotations": annotations, "categories": categories}


DETECTIONS = {
    1: [
        found("刮痕", 0.9, (11, 10, 20, 20)),
        found("刮痕", 0.8, (100, 100, 30, 30)),
        found("dent", 0.7, (64, 60, 50, 40)),
    ],
    2: [
        found("刮痕", 0.95, (30, 25, 90, 100)),
        found("刮痕", 0.6, (155, 155, 20, 20)),
        found("none", 0.5, (0, 0, 9, 9)),
    ],
}


def by_hand(document: dict[str, Any], task: str) -> tuple[np.ndarray, np.ndarray]:
    """pycocotools' twelve numbers and its precision table."""
    truth = COCO()
    truth.dataset = {
        **copy.deepcopy(document),
        "info": {},
        "images": [image for image in document["images"] if image["split"] == "test"],
        "annotations": [
            {**annotation, "iscrowd": int(annotation["iscrowd"])}
            for annotation in copy.deepcopy(document["annotations"])
            if annotation["image_id"] in (1, 2)
        ],
    }
    ids = {category["name"]: category["id"] for category in document["categories"]}
    results = []
    for image_id, detections in DETECTIONS.items():
        for each in detections:
            result = {"image_id": image_id, "category_id": ids[each.category], "score": each.score}
            shape = {"bbox": list(each.bbox)} if task == "bbox" else {"segmentation": each.segmentation}
            results.append({**result, **copy.deepcopy(shape)})
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), task)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats, evaluation.eval["precision"]


@pytest.mark.parametrize("task", ["bbox", "segm"])
def test_the_numbers_are_those_of_pycocotools(
    labelled: dict[str, Any], task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stats, precision = by_hand(labelled, task)
    metrics = judge(labelled, "test", DETECTIONS).metrics[task]
    for place, name in enumerate(["AP", "AP50", "AP75", "APs", "APm", "APl"]):
        assert metrics[name] == pytest.approx(100 * stats[place], abs=1e-9)
    for place, name in enumerate(["刮痕", "dent"]):
        assert metrics[f"AP-{name}"] == pytest.approx(100 * precision[:, :, place, 0, -1].mean(), abs=1e-9)
    assert 0 < stats[0] < 1
    assert metrics["AP-none"] is None
    assert capsys.readouterr().out == ""


def test_the_document_is_left_as_it_was(labelled: dict[str, Any]) -> None:
    before = copy.deepcopy(labelled)
    judge(labelled, "test", DETECTIONS)
    assert labelled == before


def test_nothing_found_counts_zero_where_something_was_to_be_found(labelled: dict[str, Any]) -> None:
    metrics = judge(labelled, "test", {1: [], 2: []}).metrics["segm"]
    assert metrics["AP"] == metrics["AP50"] == metrics["AP-刮痕"] == 0
    assert metrics["AP-none"] is None
    assert (metrics["APs"], metrics["APm"], metrics["APl"]) == (0, 0, 0)


def test_the_only_category_has_its_own_bar(labelled: dict[str, Any]) -> None:
    labelled["categories"] = labelled["categories"][:1]
    labelled["annotations"] = [each for each in labelled["annotations"] if each["category_id"] == 3]
    detections = {1: DETECTIONS[1][:1], 2: DETECTIONS[2][:1]}
    metrics = judge(labelled, "test", detections).metrics["bbox"]
    assert metrics["AP-刮痕"] == metrics["AP"]


def test_weights_that_learnt_photos_by_heart_score_well_on_them(learnt_by_heart: TrainedRun) -> None:
    heard = []
    dataset = learnt_by_heart.dataset
    evaluation = evaluate_weights(
        learnt_by_heart.outcome.weights,
        dataset.document,
        "train",
        dataset.path_of,
        suppression=None,
        device="cpu",
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard == [(0, 2), (1, 2), (2, 2)]
    assert evaluation is not None
    assert (evaluation.metrics["segm"]["AP50"] or 0) > 20


def test_an_empty_split_gives_nothing(learnt_by_heart: TrainedRun) -> None:
    dataset = learnt_by_heart.dataset
    weights = learnt_by_heart.outcome.weights
    assert evaluate_weights(weights, dataset.document, "test", dataset.path_of, suppression=None) is None


def test_it_stops_when_asked(shapes: Dataset, tmp_path: Path) -> None:
    outcome = train(shapes.job(tmp_path, iterations=1, **SMALL), Recorder())
    answers = iter([False, True])

    def evaluate(should_stop: Callable[[], bool]) -> None:
        evaluate_weights(
            outcome.weights,
            shapes.document,
            "train",
            shapes.path_of,
            suppression=None,
            device="cpu",
            should_stop=should_stop,
        )

    with pytest.raises(EvaluationStopped):
        evaluate(lambda: next(answers))


def test_a_photo_that_cannot_be_used_is_named_and_the_others_are_tested(
    shapes: Dataset, tmp_path: Path
) -> None:
    outcome = train(shapes.job(tmp_path, iterations=1, **SMALL), Recorder())
    (tmp_path / "0.png").write_bytes(shapes.path_of({"file_name": "0.png"}).read_bytes()[:200])
    (tmp_path / "1.png").write_bytes(shapes.path_of({"file_name": "1.png"}).read_bytes())
    elsewhere = dataclasses.replace(shapes, folder=tmp_path)
    without: list[LeftOutImage] = []
    evaluation = evaluate_weights(
        outcome.weights,
        shapes.document,
        "train",
        elsewhere.path_of,
        suppression=None,
        device="cpu",
        left_out=without.append,
    )
    assert evaluation is not None
    assert [photo.image["file_name"] for photo in evaluation.photos] == ["1.png"]
    assert evaluation.summary["photos"] == 1
    assert [(image.file_name, image.split, image.error.code) for image in without] == [
        ("0.png", "train", "photo_unreadable"),
        ("2.png", "train", "photo_missing"),
    ]


def test_other_categories_are_refused(shapes: Dataset, tmp_path: Path) -> None:
    outcome = train(shapes.job(tmp_path, iterations=1, **SMALL), Recorder())
    renamed = {**shapes.document, "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
    with pytest.raises(WeightsRejected) as caught:
        evaluate_weights(outcome.weights, renamed, "test", shapes.path_of, suppression=None)
    assert caught.value.code == "weights_other_categories"
