"""Objects of one photo on another: pixels and labels go together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from detectron2.structures import BitMasks, Boxes, Instances

from jobs.detection.inputs.batches import TrainingBatches
from jobs.detection.inputs.copy_paste import CopyPaste, bitmaps
from jobs.detection.inputs.dataset import Record, TrainingMapper, records_of_split
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.network.architectures import build_config
from tests.jobs.detection.conftest import Dataset
from webapp.contracts.training_parameters import TrainingParameters

SQUARE = 1
"""The blue squares of ``shapes``; the labels of its discs are rectangles too."""


@pytest.fixture
def records(shapes: Dataset) -> list[Record]:
    return records_of_split(shapes.document, "train", shapes.path_of)


def mapper_of(**changes: Any) -> TrainingMapper:
    parameters = TrainingParameters(**({"image_size": 96, "horizontal_flip": False} | changes))
    return TrainingMapper(build_config(parameters, 2), parameters)


def pasting(records: list[Record], share: float = 1, **changes: Any) -> CopyPaste:
    return CopyPaste(mapper_of(**changes), records, share, LeftOutImages())


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(height: int, width: int, colour: int, *boxes: tuple[int, int, int, int]) -> dict[str, Any]:
    """An input of one colour with rectangles as labels (left, top, right, bottom), whose categories count up."""
    masks = torch.zeros((len(boxes), height, width), dtype=torch.bool)
    for number, (left, top, right, bottom) in enumerate(boxes):
        masks[number, top:bottom, left:right] = True
    instances = Instances((height, width))
    instances.gt_boxes = Boxes(torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4))
    instances.gt_classes = torch.arange(len(boxes))
    instances.gt_masks = BitMasks(masks)
    return {"image": torch.full((3, height, width), colour, dtype=torch.uint8), "instances": instances}


def onto(target: dict[str, Any], giver: dict[str, Any], seed: int) -> dict[str, Any]:
    samples = {"target": target, "giver": giver}
    record = {"name": "giver", "image_id": 1, "annotations": [{"iscrowd": 0}]}
    paste = CopyPaste(lambda wanted, _rng: samples[wanted["name"]], [record], 1, LeftOutImages())
    return paste({"name": "target"}, rng(seed))


@pytest.mark.parametrize(
    "changes", [{}, {"window_size": 64, "image_size": 128, "scale_jitter": 40}, {"rotation": 90}]
)
def test_labels_lie_on_their_objects(records: list[Record], changes: dict[str, Any]) -> None:
    most = 0
    for seed in range(12):
        sample = pasting(records, **changes)(records[seed % 3], rng(seed))
        red, _, blue = sample["image"].int()
        instances = sample["instances"]
        masks = bitmaps(instances)
        most = max(most, len(instances))
        for mask in masks[instances.gt_classes == SQUARE]:
            # The outline is a pixel wide.
            assert (mask & (blue - red <= 60)).sum() <= 0.1 * mask.sum() + 8
        assert masks.shape[1:] == red.shape == instances.image_size
    assert most > 2


def test_what_is_hidden_for_the_most_part_loses_its_label() -> None:
    target = drawn(40, 60, 10, (0, 0, 10, 10), (20, 0, 40, 20), (50, 30, 60, 40))
    sample = next(
        changed
        for seed in range(20)
        if len((changed := onto(target, drawn(40, 60, 200, (0, 0, 25, 25)), seed))["instances"]) == 3
    )
    instances = sample["instances"]
    assert instances.gt_classes.tolist() == [1, 2, 0]
    assert instances.gt_boxes.tensor.tolist() == [[25, 0, 40, 20], [50, 30, 60, 40], [0, 0, 25, 25]]
    assert (sample["image"][0, :25, :25] == 200).all()
    assert (sample["image"] == 200).sum() == 3 * 25 * 25


@pytest.mark.parametrize("height, width", [(20, 30), (80, 90), (20, 90)])
def test_a_photo_of_another_size_gives_what_there_is_room_for(height: int, width: int) -> None:
    target = drawn(40, 60, 10)
    given = drawn(height, width, 200, (2, 2, 12, 12), (width - 12, height - 12, width - 2, height - 2))
    counts = set()
    for seed in range(30):
        sample = onto(target, given, seed)
        masks = bitmaps(sample["instances"])
        counts.add(len(masks))
        assert (masks.any(0) == (sample["image"][0] == 200)).all()
    assert {0, 1} <= counts


def test_the_share_says_how_many_photos(records: list[Record]) -> None:
    none, half, plain = pasting(records, 0), pasting(records, 0.5), mapper_of()
    assert all(len(none(records[0], rng(seed))["instances"]) == 2 for seed in range(20))
    pairs = [[mapper(records[0], rng(seed)) for mapper in (half, plain)] for seed in range(40)]
    assert 8 < sum(not one["image"].equal(other["image"]) for one, other in pairs) < 32


def test_a_photo_without_objects_gets_some(records: list[Record]) -> None:
    empty = records[0] | {"annotations": []}
    assert max(len(pasting(records)(empty, rng(seed))["instances"]) for seed in range(12)) == 2


def test_a_batch_depends_on_its_number_alone(records: list[Record]) -> None:
    def first(threads: int) -> list[dict[str, Any]]:
        return next(iter(TrainingBatches(records, pasting(records), 3, seed=4, first=5, threads=threads)))

    for one, other in zip(first(0), first(3), strict=True):
        assert one["image"].equal(other["image"])
        assert one["instances"].gt_boxes.tensor.equal(other["instances"].gt_boxes.tensor)


def test_a_photo_that_cannot_be_read_gives_nothing_and_is_named(
    records: list[Record], tmp_path: Path
) -> None:
    broken = records[1] | {"path": tmp_path / "broken.png"}
    broken["path"].write_bytes(b"no photo")
    left_out = LeftOutImages()
    paste = CopyPaste(mapper_of(), [broken], 1, left_out)
    assert len(paste(records[0], rng(1))["instances"]) == 2
    assert [each.file_name for each in left_out.unreported()] == [records[1]["file_name"]]
    assert len(paste(records[0], rng(2))["instances"]) == 2
