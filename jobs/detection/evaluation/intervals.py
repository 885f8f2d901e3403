"""How sure the figures of a test are: 95 % intervals over its photos, and what later differences need."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.cocoeval import COCOeval

from jobs.detection.evaluation.counts_by_photo import CountsByPhoto, ThresholdIntervals
from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.resampled_ap import TaskMatches, ranked
from jobs.detection.inputs.dataset import category_names
from jobs.detection.job import CocoDocument
from webapp.contracts import intervals
from webapp.contracts.intervals import Interval, ResampledFigure
from webapp.formats.coco.document import canonical_json

COMPARED = ("AP", "AP50")
"""The figures of each task of which differences between runs are told."""


@dataclass(frozen=True)
class EvaluationIntervals:
    """Of one test."""

    metrics: dict[str, dict[str, Interval | None]]
    """Of each figure of ``coco_scores.Metrics``; None where the photos cannot tell."""
    by_threshold: ThresholdIntervals
    counts: CountsByPhoto
    """For the intervals at thresholds by category."""
    test_hash: str
    """Equal for tests of the same photos with the same labels."""
    resamples: bytes
    """``webapp.contracts.intervals.pack`` of COMPARED of each task, named ``segm AP`` and so on."""


def intervals_of(
    document: CocoDocument, compared: dict[str, COCOeval], photos: list[MatchedImage]
) -> EvaluationIntervals:
    """``compared`` and ``photos``: by ``coco_scores.compare`` and ``matching.match`` of this document's test."""
    names = category_names(document)
    # By content, so that another run on the same photos has them in the same order.
    images = sorted((photo.image for photo in photos), key=_content)
    order = [image["id"] for image in images]
    resampled = {
        task: resampled_figures(ranked(comparison, names, order)) for task, comparison in compared.items()
    }
    counts = CountsByPhoto.of(photos, len(names))
    return EvaluationIntervals(
        {
            task: {name: intervals.interval(figure) for name, figure in figures.items()}
            for task, figures in resampled.items()
        },
        counts.by_threshold(),
        counts,
        hash_of_test(document, images),
        intervals.pack({f"{task} {name}": resampled[task][name] for task in resampled for name in COMPARED}),
    )


def resampled_figures(matches: TaskMatches) -> dict[str, ResampledFigure]:
    """Of each figure of ``coco_scores.Metrics``."""
    objects = matches.objects()
    weights = intervals.photo_weights(objects["AP"].size)
    exact, rest = matches.figures(weights[:1]), matches.figures(weights[1:].astype(np.float32))
    return {
        name: intervals.figure_of(
            np.concatenate([exact[name], rest[name]]), int((of_photo > 0).sum()), int(of_photo.sum())
        )
        for name, of_photo in objects.items()
    }


def hash_of_test(document: CocoDocument, images: list[dict[str, Any]]) -> str:
    """SHA-256 of the content of these photos with their labels, whatever their order, names and ids are."""
    categories = {category["id"]: category["name"] for category in document["categories"]}
    content = {image["id"]: _content(image) for image in images}
    labels = sorted(
        canonical_json(
            [
                content[annotation["image_id"]],
                categories[annotation["category_id"]],
                annotation["bbox"],
                annotation.get("segmentation"),
                int(bool(annotation.get("iscrowd", 0))),
            ]
        )
        for annotation in document["annotations"]
        if annotation["image_id"] in content
    )
    return hashlib.sha256(canonical_json([sorted(content.values()), labels]).encode()).hexdigest()


def _content(image: dict[str, Any]) -> str:
    """Documents from elsewhere name their photos only."""
    return str(image.get("sha256") or image["file_name"])
