"""Boxes and masks that are more exact than Detectron2's, from the same weights."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from detectron2.structures import Boxes, Instances

from jobs.detection.inputs.images import read_image
from jobs.detection.prediction import refinement
from jobs.detection.prediction.predictor import Predictor
from tests.jobs.detection.conftest import TrainedRun
from webapp.formats.weights_file import copy_with_metadata, read_weights_header


def voted(boxes: list[list[float]], scores: list[list[float]], category: int = 0) -> list[float]:
    """The box of one detection, the first of ``boxes``; scores of each region end with the background."""
    found = Instances((100, 100))
    found.pred_boxes = Boxes(torch.tensor(boxes[:1]))
    found.pred_classes = torch.tensor([category])
    table = torch.tensor(scores)
    own = torch.tensor(boxes)[:, None].expand(-1, table.shape[1] - 1, 4)
    return refinement._voted(found, own, table)[0].tolist()


def test_a_box_is_the_mean_of_those_around_it_by_their_scores() -> None:
    boxes = [[10.0, 10.0, 50.0, 50.0], [14.0, 10.0, 50.0, 50.0], [60.0, 60.0, 90.0, 90.0]]
    assert voted(boxes, [[0.9, 0.1], [0.3, 0.7], [0.9, 0.1]]) == pytest.approx([11.0, 10.0, 50.0, 50.0])


def test_other_categories_do_not_vote() -> None:
    boxes = [[10.0, 10.0, 50.0, 50.0], [14.0, 10.0, 50.0, 50.0]]
    scores = [[0.9, 0.0, 0.1], [0.0, 0.9, 0.1]]
    assert voted(boxes, scores) == pytest.approx(boxes[0])
    assert voted(boxes, [[0.0, 0.0, 1.0]] * 2) == boxes[0]


def test_boxes_beyond_the_photo_vote_with_what_is_inside() -> None:
    boxes = [[60.0, 60.0, 100.0, 100.0], [60.0, 60.0, 108.0, 100.0]]
    assert voted(boxes, [[0.5, 0.5]] * 2) == pytest.approx(boxes[0])


def test_scores_and_categories_stay_and_masks_may_be_wider_than_boxes(
    learnt_by_heart: TrainedRun, tmp_path: Path
) -> None:
    weights, other = learnt_by_heart.outcome.weights, tmp_path / "plain.safetensors"
    metadata = read_weights_header(weights).metadata
    assert metadata is not None and metadata.refined
    copy_with_metadata(weights, other, dataclasses.replace(metadata, refined=False))
    photo = read_image(learnt_by_heart.dataset.path_of(learnt_by_heart.dataset.document["images"][0]))
    refined, plain = (
        Predictor(file, score_threshold=0.3, device="cpu").predict(photo, None) for file in (weights, other)
    )
    assert refined
    assert [(one.category, one.score) for one in refined] == [(one.category, one.score) for one in plain]
    assert [one.bbox for one in refined] != [one.bbox for one in plain]
    near = [np.abs(np.subtract(a.bbox, b.bbox)).max() < 40 for a, b in zip(refined, plain, strict=True)]
    assert all(near)
