"""A test's outcome as the job stores it, without an engine."""

from typing import Any

from tests.builders import runs
from webapp.core.extensions import db
from webapp.models import RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.training import evaluations
from webapp.training import runs as training_runs
from webapp.training.cross_validation import out_of_fold
from webapp.training.evaluations import EvaluatedShape, EvaluatedShapes, NewEvaluatedImage

SQUARE = [[10, 10, 30, 10, 30, 30, 10, 30]]
INTERVALS: dict[str, Any] = {
    "bbox": {"AP": [38.0, 91.0]},
    "segm": {"AP": [41.2, 89.5], "AP50": [70.0, 100.0], "AP-fig": [30.1, 92.4], "AP-date": None},
    "detections": {"recall": [0.3, 0.9], "precision": [0.4, 1.0], "false_alarms": [0.0, 1.8]},
}
CONCLUSION: dict[str, Any] = {
    "code": "finds",
    "params": {
        "right": 2,
        "objects": 3,
        "false_alarms": 0,
        "photos": 2,
        "thresholds": {"fig": 0.5, "date": 0.5},
    },
}


def summary() -> dict[str, Any]:
    """Figs and dates: three objects. Up to 0.40 a fig is also seen where there is none."""
    counts = [[[1, int(step <= 40), 1], [int(step <= 60), 0, int(step > 60)]] for step in range(101)]
    categories = [
        {
            "name": name,
            "objects": objects,
            "bbox": {"AP": 70.0, "AP50": 90.0, "AP75": 80.0},
            "segm": {"AP": 71.0, "AP50": 91.0, "AP75": 81.0},
            "precision": [1.0] * 51 + [0.0] * 50,
            "best": {"threshold": 0.5, "f1": 0.8},
        }
        for name, objects in (("fig", 2), ("date", 1))
    ]
    return {
        "iou": 0.5,
        "photos": 2,
        "objects": 3,
        "categories": categories,
        "best": {"threshold": 0.5, "f1": 0.8},
        "counts": counts,
        "mistaken": [[[0, 1, 1]] if step <= 40 else [] for step in range(101)],
        "intervals": {
            "recall": [
                [[0.1, 0.9], [0.01, 0.99], [0.03, 1.0] if step <= 60 else None] for step in range(101)
            ],
            "precision": [[[0.2, 1.0], [0.03, 1.0], None] for _step in range(101)],
            "false_alarms": [[[0.0, 2.8], [0.0, 2.8], [0.0, 1.8]] for _step in range(101)],
        },
    }


def photos(sha256: str) -> list[NewEvaluatedImage]:
    """The second photo is worse: it misses a fig, and sees one at 0.40 where there is none."""
    good = EvaluatedShapes(
        [EvaluatedShape(0, 0.9, True, SQUARE), EvaluatedShape(1, 0.6, True, SQUARE)],
        [EvaluatedShape(0, 0.9, True, SQUARE), EvaluatedShape(1, 0.6, True, SQUARE)],
    )
    bad = EvaluatedShapes([EvaluatedShape(0, None, True, SQUARE)], [EvaluatedShape(0, 0.4, False, SQUARE)])
    return [NewEvaluatedImage("a.jpg", sha256, 80, 60, good), NewEvaluatedImage("b.jpg", sha256, 80, 60, bad)]


def store(run: TrainingRun, sha256: str = "0" * 64) -> None:
    """As the job does at the end of the test."""
    evaluations.store(run.id, summary(), photos(sha256))
    db.session.commit()


def judge(run: TrainingRun, fold: int, ap: float) -> None:
    """A fold of a cross-validation has ended with this AP."""
    metrics = {task: figures | {"AP": ap} for task, figures in runs.METRICS.items()}
    out_of_fold.store(run.id, fold, {}, metrics, objects=10)


def complete(run: TrainingRun) -> None:
    """A cross-validation whose folds are judged has ended."""
    run.metrics, run.intervals, run.conclusion = runs.METRICS, INTERVALS, CONCLUSION
    run.leaks = (run.leaks or {}) | {"complete": True}
    store(run)
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
