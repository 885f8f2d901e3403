"""Writes the progress of a training run. Each function commits, then signals the open pages."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from webapp.core import signals
from webapp.core.extensions import db
from webapp.models import RunLoss, TrainingRun
from webapp.runs import states as run_states
from webapp.training import samples


@dataclass(frozen=True)
class Losses:
    """One iteration's figures; ``seconds`` is its wall time, None stands for a value that is not finite."""

    iteration: int
    training_loss: float | None
    validation_loss: float | None
    learning_rate: float
    seconds: float
    seconds_left: float | None
    parts: dict[str, float] = field(default_factory=dict)
    full_validation_loss: float | None = None
    validation_ap: float | None = None
    device_memory: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """A photo that could not be used; ``reason`` is a document of ``webapp.images.faults``."""

    filename: str
    split: str
    reason: dict[str, Any]

    def as_document(self) -> dict[str, Any]:
        """As in ``TrainingRun.left_out_images``."""
        return asdict(self)


def claim(run_id: int) -> TrainingRun | None:
    """Claim a queued run; None if another worker or a stop was faster."""
    return run_states.claim(TrainingRun, run_id)


def set_device(run_id: int, device: str, attempt: int | None = None) -> None:
    """Store the device of the run. Raises RunTakenAway, as every function with ``attempt`` does."""
    run_states.touch(TrainingRun, run_id, attempt, device=device)


def fix_iterations(run_id: int, iterations: int, attempt: int | None = None) -> None:
    """Store the number of iterations that the run's time budget allows."""
    run_states.touch(TrainingRun, run_id, attempt, iterations=iterations)


def record(run_id: int, losses: Losses, attempt: int | None = None) -> None:
    """Store an iteration; after a resume it replaces an earlier row."""
    row = {
        "training_loss": losses.training_loss,
        "validation_loss": losses.validation_loss,
        "full_validation_loss": losses.full_validation_loss,
        "validation_ap": losses.validation_ap,
        "learning_rate": losses.learning_rate,
        "seconds": losses.seconds,
        "device_memory": losses.device_memory,
        "parts": losses.parts,
    }
    db.session.execute(
        insert(RunLoss)
        .values(run_id=run_id, iteration=losses.iteration, **row)
        .on_conflict_do_update(index_elements=["run_id", "iteration"], set_=row)
    )
    run_states.touch(
        TrainingRun, run_id, attempt, iteration=losses.iteration, eta_seconds=losses.seconds_left
    )
    signals.publish(signals.training_topic(run_id), iteration=losses.iteration)


def record_test(run_id: int, done: int, total: int, attempt: int | None = None) -> None:
    """Store the progress of the test."""
    run_states.touch(TrainingRun, run_id, attempt, test_done=done, test_total=total)
    signals.publish(signals.training_topic(run_id))


def set_checkpoints(
    run_id: int, checkpoints: list[dict[str, Any]], best_iteration: int | None, attempt: int | None = None
) -> None:
    """Store the list of checkpoints on disk (``TrainingRun.checkpoints``) and the best iteration so far.

    A later last checkpoint is progress: the run has its turns to resume by itself back.
    """
    known = db.session.get_one(TrainingRun, run_id).checkpoints
    turns = {"resumes": 0} if _last(checkpoints) > _last(known) else {}
    run_states.touch(
        TrainingRun, run_id, attempt, checkpoints=checkpoints, best_iteration=best_iteration, **turns
    )


def _last(checkpoints: list[dict[str, Any]]) -> int:
    return max((one["iteration"] for one in checkpoints if one["kind"] == "last"), default=0)


def rewind(run_id: int, iteration: int, attempt: int | None = None) -> None:
    """The run resumes after this iteration: delete losses beyond it, so that the chart has one line."""
    db.session.execute(delete(RunLoss).where(RunLoss.run_id == run_id, RunLoss.iteration > iteration))
    run_states.touch(TrainingRun, run_id, attempt, iteration=iteration, eta_seconds=None)
    samples.forget_after(run_id, iteration)
    signals.publish(signals.training_topic(run_id), iteration=iteration)


def change_parameters(run_id: int, changes: dict[str, Any], attempt: int | None = None) -> None:
    """Change parameters of an active run; add a notice about it."""
    run = db.session.get_one(TrainingRun, run_id)
    run_states.touch(TrainingRun, run_id, attempt, parameters=run.parameters | changes)


def add_notice(run_id: int, code: str) -> None:
    """Add a notice, a code of ``NOTICES`` in ``webapp/runs/errors.py``, unless the run has it."""
    run = db.session.get_one(TrainingRun, run_id)
    if code not in run.notices:
        run.notices = [*run.notices, code]
    db.session.commit()
    signals.publish(signals.training_topic(run_id))


def add_left_out(run_id: int, images: Sequence[LeftOut], attempt: int | None = None) -> None:
    """Add photos that the run goes on without, each once."""
    known = db.session.get_one(TrainingRun, run_id).left_out_images
    listed = {(image["split"], image["filename"]) for image in known}
    fresh = [image.as_document() for image in images if (image.split, image.filename) not in listed]
    run_states.touch(TrainingRun, run_id, attempt, left_out_images=[*known, *fresh])
    signals.publish(signals.training_topic(run_id))


def stop_requests(run_id: int) -> Any:
    """Time of the newest stop request; None without one."""
    return run_states.stop_requested_at(TrainingRun, run_id)
