"""Objects of another training photo are put onto a training photo, with their labels.

The "simple copy-paste" of Ghiasi et al. (2021, arXiv:2012.07177): both photos are augmented apart, some of the objects
of the one take the place of the pixels under them in the other, and what they hide is taken off the labels there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from detectron2.structures import BitMasks, Instances, PolygonMasks

from jobs.detection.inputs.dataset import Record
from jobs.detection.inputs.left_out import LeftOutImages

Mapper = Callable[[Record, np.random.Generator], dict[str, Any]]
"""Turns a record into an input with ground truth, as ``TrainingMapper`` does."""
TAKEN = 0.5
"""Share of the other photo's objects that are put onto this one."""
LEAST_SEEN = 0.25
"""Share of an object's area that must stay in sight for its label to stay."""


class CopyPaste:
    """A mapper that does so with ``share`` (0 to 1) of the photos of ``mapper``. Safe for several threads."""

    def __init__(self, mapper: Mapper, records: list[Record], share: float, left_out: LeftOutImages) -> None:
        self._mapper = mapper
        self._share = share
        self._left_out = left_out
        self._givers = [
            record for record in records if any(not each["iscrowd"] for each in record["annotations"])
        ]

    def __call__(self, record: Record, rng: np.random.Generator) -> dict[str, Any]:
        """Which photo gives, and what of it, depends on ``rng`` alone. A giver that cannot be read is left out."""
        sample = self._mapper(record, rng)
        if not self._givers or rng.random() >= self._share:
            return sample
        giver = self._givers[rng.integers(len(self._givers))]
        if giver in self._left_out:
            return sample
        try:
            given = self._mapper(giver, rng)
        except Exception as error:
            self._left_out.add(giver, error)
            return sample
        return _pasted(sample, given, rng)


def with_copy_paste(mapper: Mapper, records: list[Record], share: float, left_out: LeftOutImages) -> Mapper:
    """``mapper`` itself where no photo is to be changed."""
    return CopyPaste(mapper, records, share, left_out) if share else mapper


def _pasted(sample: dict[str, Any], given: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    image, instances = sample["image"], sample["instances"]
    shape = (image.shape[1], image.shape[2])
    masks = bitmaps(given["instances"])
    taken = torch.from_numpy(rng.random(len(masks)) < TAKEN)
    over, there = _place(given["image"].shape[1:], shape, rng)
    above = torch.zeros((len(masks), *shape), dtype=torch.bool)
    above[:, *over] = masks[:, *there]
    taken &= _areas(above) > LEAST_SEEN * _areas(masks)
    if not taken.any():
        return sample
    above = above[taken]
    covered = above.any(0)
    pixels = torch.zeros_like(image)
    pixels[:, *over] = given["image"][:, *there]

    whole = bitmaps(instances)
    below = whole & ~covered
    kept = _areas(below) > LEAST_SEEN * _areas(whole)
    joined = Instances(shape)
    joined.gt_masks = BitMasks(torch.cat([below[kept], above]))
    joined.gt_boxes = joined.gt_masks.get_bounding_boxes()
    joined.gt_classes = torch.cat([instances.gt_classes[kept], given["instances"].gt_classes[taken]])
    return sample | {"image": torch.where(covered, pixels, image), "instances": joined}


def _place(
    given: tuple[int, int], shape: tuple[int, int], rng: np.random.Generator
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Puts a picture at a random place on another: which part of the other it covers, with which part of its own."""
    over, there = [], []
    for own, other in zip(given, shape, strict=True):
        room = other - own
        start = int(rng.integers(min(0, room), max(0, room) + 1))
        first, last = max(0, start), min(other, start + own)
        over.append(slice(first, last))
        there.append(slice(first - start, last - start))
    return (over[0], over[1]), (there[0], there[1])


def bitmaps(instances: Instances) -> torch.Tensor:
    """N x H x W, bool."""
    height, width = instances.image_size
    if not len(instances):
        return torch.zeros((0, height, width), dtype=torch.bool)
    masks = instances.gt_masks
    if isinstance(masks, PolygonMasks):
        masks = BitMasks.from_polygon_masks(masks.polygons, height, width)
    return masks.tensor


def _areas(masks: torch.Tensor) -> torch.Tensor:
    return masks.sum(dim=(1, 2))
