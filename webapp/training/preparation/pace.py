"""How fast this machine trains a model, measured by its last runs: what a time budget comes to."""

from statistics import median

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.models import DetectionModel, RunLoss, TrainingRun
from webapp.training import readiness
from webapp.training.readiness import Split

MEASURED = 50
"""Newest iterations of a run; the first ones of a run are slower."""
RUNS = 5


def seconds_per_iteration(model: DetectionModel) -> float | None:
    """The median of its newest run that made iterations; None where there is none."""
    newest = (
        select(TrainingRun.id)
        .where(TrainingRun.model_id == model.id, TrainingRun.iteration > 1)
        .order_by(TrainingRun.id.desc())
        .limit(RUNS)
    )
    for run_id in db.session.scalars(newest):
        seconds = select(RunLoss.seconds).where(RunLoss.run_id == run_id, RunLoss.iteration > 1)
        found = list(db.session.scalars(seconds.order_by(RunLoss.iteration.desc()).limit(MEASURED)))
        if found:
            return float(median(found))
    return None


def of_minutes(model: DetectionModel, minutes: list[int], batch_size: int) -> dict[int, tuple[int, int]]:
    """Iterations, and how often each training photo is seen, by minutes; empty without a measurement."""
    seconds = seconds_per_iteration(model)
    photos = next(ready.labelled for ready in readiness.of_model(model) if ready.split == Split.TRAIN)
    if not seconds or not photos:
        return {}
    iterations = {each: max(1, round(60 * each / seconds)) for each in minutes}
    return {each: (count, max(1, round(count * batch_size / photos))) for each, count in iterations.items()}
