"""What a worker writes of a training run. Each verb commits, then signals the open pages."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from webapp.extensions import db
from webapp.models import RunLoss, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.models.run_status import AT_WORK
from webapp.services import signals, training_runs


class RunTakenAway(Exception):
    """The run is no longer this worker's: the janitor has ended it."""


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
    moment = now()
    taken = training_runs.change_state(
        run_id, (RunStatus.QUEUED,), RunStatus.RUNNING, started_at=moment, heartbeat_at=moment
    )
    return db.session.get_one(TrainingRun, run_id) if taken else None


def set_device(run_id: int, device: str) -> None:
    """Name the device that the run uses."""
    _update(run_id, device=device)


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
    _update(run_id, iteration=losses.iteration, eta_seconds=losses.seconds_left)
    signals.publish(signals.training_topic(run_id), iteration=losses.iteration)


def add_notice(run_id: int, code: str) -> None:
    """Something the user should know; a code of ``run_errors.NOTICES``."""
    run = db.session.get_one(TrainingRun, run_id)
    run.notices = [*run.notices, code]
    db.session.commit()


def beat(run_id: int) -> None:
    """The worker is alive; the janitor looks at this."""
    _update(run_id)


def _update(run_id: int, **values: Any) -> None:
    touched = db.session.execute(
        update(TrainingRun)
        .where(TrainingRun.id == run_id, TrainingRun.status.in_(AT_WORK))
        .values(heartbeat_at=now(), **values)
        .returning(TrainingRun.id)
        .execution_options(synchronize_session=False)
    ).first()
    if touched is None:
        db.session.rollback()
        raise RunTakenAway(f"training run {run_id} is not at work any more")
    db.session.commit()


def stop_requests(run_id: int) -> Any:
    """When the newest stop was asked for; None where none was."""
    asked = db.session.query(TrainingRun.stop_requested_at).filter(TrainingRun.id == run_id).scalar()
    # End the transaction: a read that stays open for hours would hold back PostgreSQL's vacuum.
    db.session.rollback()
    return asked
