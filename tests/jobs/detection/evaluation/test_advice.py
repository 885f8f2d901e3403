"""What the validation photos advise for finished weights."""

from pathlib import Path

import msgspec
import pytest

from jobs.detection.evaluation.advice import (
    Advice,
    advise,
    best_mask_share,
)
from tests.jobs.detection.conftest import Dataset, TrainedRun, annotation_of
from tests.jobs.detection.evaluation.test_evaluator import found
from webapp.contracts.suppression import Suppression
from webapp.formats.weights_file import read_weights_header
from webapp.formats.weights_metadata import BoxRule


@pytest.fixture
def with_validation(learnt_by_heart: TrainedRun) -> Dataset:
    """The photos that the weights know by heart, as if they were for validation."""
    dataset = learnt_by_heart.dataset
    images = [image | {"split": "validation"} for image in dataset.document["images"]]
    return Dataset(dataset.document | {"images": images}, dataset.folder)


@pytest.fixture
def weights(learnt_by_heart: TrainedRun, tmp_path: Path) -> Path:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(learnt_by_heart.outcome.weights.read_bytes())
    return file


def test_the_file_says_what_is_advised(
    learnt_by_heart: TrainedRun, with_validation: Dataset, weights: Path
) -> None:
    advice = advise(
        weights, with_validation.document, with_validation.path_of, suppression=Suppression(), device="cpu"
    )
    before = read_weights_header(learnt_by_heart.outcome.weights).metadata
    after = read_weights_header(weights).metadata
    assert before is not None and after is not None
    assert (before.thresholds, before.boxes) == (None, BoxRule(refined=True, soft_edges=True))
    assert (after.thresholds, after.mask_share) == (advice.thresholds, advice.mask_share)
    share = advice.mask_share or 0.0
    assert after.boxes == BoxRule(refined=True, mask_share=share, soft_edges=share > 0)
    assert set(advice.thresholds or {}) == set(after.categories)
    assert after.parameters == before.parameters
    assert all(0.05 <= threshold <= 1 for threshold in (advice.thresholds or {}).values())


@pytest.mark.parametrize(
    ("mask", "box", "share"),
    [
        ((20, 20, 40, 40), (15, 15, 50, 50), 1.0),
        ((15, 15, 50, 50), (20, 20, 40, 40), 0.0),
        ((16, 16, 48, 48), (24, 24, 32, 32), 0.75),
        ((20, 20, 40, 40), (20, 20, 40, 40), 0.75),
        # Both overlap by more than 0.95: what is better here is chance.
        ((20, 20, 40, 40), (20, 20, 40, 41), 0.75),
    ],
)
def test_the_better_box_is_taken(
    mask: tuple[int, int, int, int], box: tuple[int, int, int, int], share: float
) -> None:
    """The object is a square of 40 px."""
    document = {
        "images": [{"id": 1, "file_name": "1.png", "width": 200, "height": 200, "split": "validation"}],
        "annotations": [annotation_of(1, 1, (20, 20, 40, 40))],
        "categories": [{"id": 1, "name": "dent"}],
    }
    detections = {1: [msgspec.structs.replace(found("dent", 0.9, mask), bbox=[float(side) for side in box])]}
    assert best_mask_share(document, detections) == share
    assert best_mask_share(document | {"annotations": []}, detections) is None


def test_without_validation_photos_nothing_is_advised(learnt_by_heart: TrainedRun, weights: Path) -> None:
    dataset, before = learnt_by_heart.dataset, weights.read_bytes()
    assert advise(weights, dataset.document, dataset.path_of, suppression=None, device="cpu") == Advice()
    assert weights.read_bytes() == before
