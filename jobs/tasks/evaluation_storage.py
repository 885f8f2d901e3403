"""Stores the engine's evaluation of a run in the form that pages read."""

from typing import Any

from jobs.detection.evaluation.evaluator import Evaluation
from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.shape_outlines import outlines
from jobs.detection.job import TrainingJob
from webapp.contracts.score_thresholds import Thresholds, step_of
from webapp.training import conclusions, evaluations
from webapp.training.evaluations import (
    ComparableFigures,
    EvaluatedShape,
    EvaluatedShapes,
    NewEvaluatedImage,
)


def store(run_id: int, tested: Evaluation) -> None:
    """The counts and photos of the test. The caller commits."""
    comparable = ComparableFigures(tested.intervals.test_hash, tested.intervals.resamples)
    evaluations.store(run_id, tested.summary, map(new_evaluated_image, tested.photos), comparable)


def run_columns(
    tested: Evaluation | None, job: TrainingJob, iterations: int, thresholds: Thresholds
) -> dict[str, Any]:
    """``metrics``, ``intervals`` and ``conclusion`` of a run after ``iterations``; ``tested``: None without a test.

    ``thresholds`` are those at which its weights are used.
    """
    if tested is None:
        return {"metrics": None, "intervals": None, "conclusion": conclusions.NOT_TESTED}
    names = [category["name"] for category in tested.summary["categories"]]
    detections = tested.intervals.counts.at([step_of(thresholds.of(name)) for name in names])
    return {
        "metrics": tested.metrics,
        "intervals": tested.intervals.metrics | {"detections": detections},
        "conclusion": conclusions.of_test(
            tested.summary, thresholds, job.dataset, job.parameters, iterations
        ),
    }


def new_evaluated_image(photo: MatchedImage) -> NewEvaluatedImage:
    """Detections in a crowd are left out: they are neither right nor wrong."""
    objects = [
        # After the comparison the label's segmentation is run lengths, whatever it was drawn as.
        EvaluatedShape(each.category, each.found_score, True, outlines(each.annotation["segmentation"]))
        for each in photo.objects
    ]
    detections = [
        EvaluatedShape(each.category, each.found.score, each.right, outlines(each.found.segmentation))
        for each in photo.detections
        if not each.ignored
    ]
    image = photo.image
    return NewEvaluatedImage(
        image["file_name"],
        image["sha256"],
        image["width"],
        image["height"],
        EvaluatedShapes(objects, detections),
    )
