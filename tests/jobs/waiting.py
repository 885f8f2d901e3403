"""Waits for what a worker does, by looking into the database."""

from embedded.waiting import wait_until
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunStatus, TrainingRun


def state_of(run: TrainingRun | PredictionRun | LibraryRun) -> RunStatus:
    """The state as the database has it now."""
    db.session.rollback()
    db.session.refresh(run)
    return run.status


def wait_for(run: TrainingRun | PredictionRun | LibraryRun, *states: RunStatus, seconds: float = 120) -> None:
    wait_until(lambda: state_of(run) in states, f"run {run.id} becomes {' or '.join(states)}", seconds)


def wait_for_iteration(run: TrainingRun, iteration: int) -> None:
    wait_until(
        lambda: state_of(run).is_over or run.iteration >= iteration, f"iteration {iteration} is reached", 120
    )
    assert not run.status.is_over, run.error
