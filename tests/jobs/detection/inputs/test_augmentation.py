"""Labels follow what augmentation does to their photo."""

import io

import numpy as np
import pytest
from PIL import Image

from jobs.detection.inputs.augmentation import PREVIEW_VARIANTS, Augmentation, preview
from jobs.detection.inputs.dataset import TrainingMapper, records_of_split
from jobs.detection.network.architectures import build_config
from tests.jobs.detection.conftest import Dataset
from webapp.contracts.training_parameters import TrainingParameters

STRONG = [
    {"horizontal_flip": True, "vertical_flip": True},
    {"rotation": 180.0},
    {"crop": 50.0},
    {"crop": 30.0, "rotation": 45.0, "vertical_flip": True},
    {"scale_jitter": 40.0},
    {"window_size": 48, "image_size": 80, "scale_jitter": 40.0},
    {"window_size": 64, "image_size": 160, "rotation": 20.0, "vertical_flip": True},
]


@pytest.mark.parametrize("changes", STRONG)
def test_masks_and_boxes_lie_on_their_object(shapes: Dataset, changes: dict) -> None:
    """The disc is red, the square blue, the rest grey: the labels must cover the coloured pixels."""
    parameters = TrainingParameters(**({"image_size": 96, "horizontal_flip": False} | changes))
    mapper = TrainingMapper(build_config(parameters, 2), parameters)
    record = records_of_split(shapes.document, "train", shapes.path_of)[0]
    for seed in range(8):
        sample = mapper(record, np.random.default_rng(seed))
        pixels = sample["image"].numpy().astype(int)
        instances = sample["instances"]
        for number in range(len(instances)):
            label = instances.gt_classes[number].item()
            coloured = pixels[0] - pixels[2] > 60 if label == 0 else pixels[2] - pixels[0] > 60
            x1, y1, x2, y2 = instances.gt_boxes.tensor[number].tolist()
            inside = coloured[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2]
            assert inside.sum() == pytest.approx(coloured.sum(), abs=0.05 * coloured.sum() + 4)
            assert 0 <= x1 < x2 <= pixels.shape[2] and 0 <= y1 < y2 <= pixels.shape[1]


def test_most_windows_show_an_object(shapes: Dataset) -> None:
    parameters = TrainingParameters(image_size=192, window_size=64)
    mapper = TrainingMapper(build_config(parameters, 2), parameters)
    record = records_of_split(shapes.document, "train", shapes.path_of)[0]
    samples = [mapper(record, np.random.default_rng(seed)) for seed in range(40)]
    assert {tuple(sample["image"].shape) for sample in samples} == {(3, 64, 64)}
    assert sum(len(sample["instances"]) > 0 for sample in samples) > 30


def test_validation_sees_the_same_window_each_time(shapes: Dataset) -> None:
    parameters = TrainingParameters(image_size=192, window_size=64, scale_jitter=40, rotation=90)
    mapper = TrainingMapper(build_config(parameters, 2), parameters)
    record = records_of_split(shapes.document, "validation", shapes.path_of)[0]
    first, second = mapper(record), mapper(record)
    assert first["image"].shape == (3, 64, 64)
    assert first["image"].equal(second["image"])


def test_a_window_is_no_larger_than_the_photo(shapes: Dataset) -> None:
    parameters = TrainingParameters(image_size=96, window_size=512)
    mapper = TrainingMapper(build_config(parameters, 2), parameters)
    record = records_of_split(shapes.document, "train", shapes.path_of)[0]
    assert mapper(record, np.random.default_rng(1))["image"].shape == (3, 96, 128)


def test_light_and_blur_change_pixels_and_no_label() -> None:
    photo = np.random.default_rng(1).integers(0, 255, (80, 120, 3), dtype=np.uint8)
    parameters = TrainingParameters(horizontal_flip=False, brightness=50, contrast=50, blur=3)
    changed, transforms = Augmentation(parameters, 80, 133).draw(photo, np.random.default_rng(2))
    assert changed.shape == photo.shape and changed.dtype == np.uint8
    assert (changed != photo).any()
    assert transforms.apply_coords(np.array([[10.0, 20.0]])).tolist() == [[10, 20]]


def test_the_preview_shows_each_photo_and_its_variants() -> None:
    photos = [np.full((60, 80, 3), 120, np.uint8), np.full((80, 60, 3), 200, np.uint8)]
    parameters = TrainingParameters(rotation=20, brightness=50)
    first, second = preview(photos, parameters), preview(photos, parameters)
    assert first == second
    with Image.open(io.BytesIO(first)) as sheet:
        assert sheet.width > (PREVIEW_VARIANTS + 1) * 240
        assert sheet.height > 2 * 240
