"""What a worker writes of a training run. Each verb commits, then signals the open pages."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from webapp.extensions import db
from webapp.models import RunLoss, TrainingRun
from webapp.services import run_states, signals


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


def claim(run_id: int) -> TrainingRun | None:
    """Take a queued run; None where another worker or a stop was faster."""
    return run_states.claim(TrainingRun, run_id)


def set_device(run_id: int, device: str) -> None:
    """Name the device that the run uses."""
    run_states.touch(TrainingRun, run_id, device=device)


def record(run_id: int, losses: Losses) -> None:
    """Store an iteration. One that is stored again, after a resume, replaces the earlier row."""
    row = {
        "training_loss": losses.training_loss,
        "validation_loss": losses.validation_loss,
        "learning_rate": losses.learning_rate,
        "seconds": losses.seconds,
        "parts": losses.parts,
    }
    db.session.execute(
        insert(RunLoss)
        .values(run_id=run_id, iteration=losses.iteration, **row)
        .on_conflict_do_update(index_elements=["run_id", "iteration"], set_=row)
    )
    run_states.touch(TrainingRun, run_id, iteration=losses.iteration, eta_seconds=losses.seconds_left)
    signals.publish(signals.training_topic(run_id), iteration=losses.iteration)


def add_notice(run_id: int, code: str) -> None:
    """Something the user should know; a code of ``run_errors.NOTICES``."""
    run = db.session.get_one(TrainingRun, run_id)
    run.notices = [*run.notices, code]
    db.session.commit()


def stop_requests(run_id: int) -> Any:
    """When the newest stop was asked for; None where none was."""
    return run_states.stop_requested_at(TrainingRun, run_id)
