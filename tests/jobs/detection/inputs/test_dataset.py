"""Labels of every kind reach the network where they belong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from detectron2.structures import BitMasks, PolygonMasks
from PIL import Image
from pycocotools import mask as coco_mask

from jobs.detection.inputs.batches import TrainingBatches
from jobs.detection.inputs.dataset import (
    InferenceMapper,
    TrainingMapper,
    category_names,
    class_numbers,
    records_of_split,
)
from jobs.detection.network.architectures import build_config
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder, annotation_of
from webapp.contracts.training_parameters import TrainingParameters

WIDTH, HEIGHT = 120, 80


def mask_with_hole() -> np.ndarray:
    """A frame of 40 x 40 px with a hole of 20 x 20 px."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8, order="F")
    mask[20:60, 10:50] = 1
    mask[30:50, 20:40] = 0
    return mask


def compressed(mask: np.ndarray) -> dict[str, Any]:
    rle = coco_mask.encode(mask)
    return {"size": list(rle["size"]), "counts": rle["counts"].decode()}


def uncompressed(mask: np.ndarray) -> dict[str, Any]:
    """Run lengths column by column, the first one of zeros."""
    pixels = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(pixels)) + 1
    runs = np.diff([0, *edges, pixels.size]).tolist()
    return {"size": list(mask.shape), "counts": ([0] if pixels[0] else []) + runs}


@pytest.fixture
def mixed(tmp_path: Path) -> Dataset:
    """One photo: a polygon, a frame with a hole as RLE of both kinds, a box alone, a crowd."""
    Image.new("RGB", (WIDTH, HEIGHT), (120, 130, 140)).save(tmp_path / "a.png")
    hole = mask_with_hole()
    annotations = [
        annotation_of(7, 5, (70, 10, 30, 20)),
        {**annotation_of(7, 9, (10, 20, 40, 40)), "segmentation": compressed(hole), "area": 1200},
        {**annotation_of(7, 9, (10, 20, 40, 40)), "segmentation": uncompressed(hole), "area": 1200},
        {**annotation_of(7, 5, (60, 40, 20, 20)), "segmentation": []},
        {**annotation_of(7, 5, (0, 0, 10, 10)), "iscrowd": 1},
    ]
    for number, annotation in enumerate(annotations):
        annotation["id"] = number + 1
    image = {"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}
    images = [{**image, "split": "train"}]
    categories = [{"id": 9, "name": "frame"}, {"id": 5, "name": "box"}]
    return Dataset({"images": images, "annotations": annotations, "categories": categories}, tmp_path)


def training_input(dataset: Dataset, seed: int = 1, **parameters: Any) -> dict[str, Any]:
    (record,) = records_of_split(dataset.document, "train", dataset.path_of)
    return mapper_of(image_size=80, **parameters)(record, np.random.default_rng(seed))


def mapper_of(**parameters: Any) -> TrainingMapper:
    wanted = TrainingParameters(**parameters)
    return TrainingMapper(build_config(wanted, 2), wanted)


def test_category_ids_become_class_numbers_in_their_order(mixed: Dataset) -> None:
    assert category_names(mixed.document) == ["box", "frame"]
    assert class_numbers(mixed.document) == {5: 0, 9: 1}


def test_polygons_and_rle_in_one_photo(mixed: Dataset) -> None:
    instances = training_input(mixed, horizontal_flip=False)["instances"]
    assert instances.gt_classes.tolist() == [0, 1, 1, 0]
    assert isinstance(instances.gt_masks, BitMasks)
    polygon, first, second, rectangle = instances.gt_masks.tensor.numpy()
    assert (first == mask_with_hole()).all()
    assert (second == mask_with_hole()).all()
    assert polygon.sum() == pytest.approx(600, rel=0.1)
    assert rectangle.sum() == pytest.approx(400, rel=0.1)


def test_a_photo_with_polygons_alone_stays_polygons(mixed: Dataset) -> None:
    mixed.document["annotations"] = mixed.document["annotations"][:1]
    assert isinstance(training_input(mixed)["instances"].gt_masks, PolygonMasks)


def test_about_half_of_the_photos_are_mirrored_with_their_masks_and_boxes(mixed: Dataset) -> None:
    hole = mask_with_hole()
    lefts = []
    for seed in range(20):
        instances = training_input(mixed, seed)["instances"]
        left, *rest = instances.gt_boxes.tensor[1].tolist()
        lefts.append(left)
        mask = instances.gt_masks.tensor[1].numpy()
        assert (left, rest) in ((10, [20, 50, 60]), (WIDTH - 50, [20, WIDTH - 10, 60]))
        assert (mask == (hole if left == 10 else hole[:, ::-1])).all()
    assert 4 <= lefts.count(10) <= 16


def test_it_trains_on_mixed_masks(mixed: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    train(mixed.job(tmp_path / "out", iterations=2, **SMALL), recorder)
    assert all(record.loss_parts["loss_mask"] > 0 for record in recorder.records)


def test_channels_are_in_the_order_of_the_network(tmp_path: Path) -> None:
    photo = np.zeros((80, 120, 3), dtype=np.uint8)
    photo[:, :, 0] = 200
    small = InferenceMapper(build_config(TrainingParameters(image_size=80), 1))(photo)["image"]
    r50 = TrainingParameters(image_size=80, architecture="r50_fpn")
    large = InferenceMapper(build_config(r50, 1))(photo)["image"]
    assert small[:, 0, 0].tolist() == [200, 0, 0]
    assert large[:, 0, 0].tolist() == [0, 0, 200]


def test_every_photo_comes_once_before_any_comes_again(shapes: Dataset) -> None:
    records = records_of_split(shapes.document, "train", shapes.path_of)
    mapper = mapper_of(image_size=64)
    batches = TrainingBatches(records, mapper, batch_size=2, seed=1)
    seen = [index for number in range(6) for index in batches.indices(number)]
    assert [sorted(seen[start : start + 3]) for start in range(0, 12, 3)] == [[0, 1, 2]] * 4
    assert seen != seen[:3] * 4


def test_a_batch_depends_on_its_number_alone(shapes: Dataset) -> None:
    records = records_of_split(shapes.document, "train", shapes.path_of)
    mapper = mapper_of(image_size=64)
    from_start = iter(TrainingBatches(records, mapper, 1, seed=1))
    ids = [next(from_start)[0]["image_id"] for _ in range(5)]
    later = iter(TrainingBatches(records, mapper, 1, seed=1, first=3))
    assert [next(later)[0]["image_id"] for _ in range(2)] == ids[3:]


@pytest.mark.parametrize("threads", [0, 2])
def test_threads_change_no_photo(shapes: Dataset, threads: int) -> None:
    records = records_of_split(shapes.document, "train", shapes.path_of)
    mapper = mapper_of(image_size=64, rotation=30, crop=20, brightness=20, contrast=20, blur=1)
    plain = iter(TrainingBatches(records, mapper, 2, seed=1))
    threaded = iter(TrainingBatches(records, mapper, 2, seed=1, threads=threads))
    for _ in range(3):
        for one, other in zip(next(plain), next(threaded), strict=True):
            assert (one["image"] == other["image"]).all()
            assert one["instances"].gt_boxes.tensor.equal(other["instances"].gt_boxes.tensor)


def test_several_processes_share_the_batch_of_one(shapes: Dataset) -> None:
    records = records_of_split(shapes.document, "train", shapes.path_of)
    mapper = mapper_of(image_size=64, rotation=30)
    whole = next(iter(TrainingBatches(records, mapper, 2, seed=1)))
    parts = [next(iter(TrainingBatches(records, mapper, 2, seed=1, part=slice(n, n + 1)))) for n in range(2)]
    assert [photo["image_id"] for photo in whole] == [part[0]["image_id"] for part in parts]
    assert (whole[1]["image"] == parts[1][0]["image"]).all()
