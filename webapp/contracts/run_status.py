"""The states of a training or prediction run."""

from enum import StrEnum


class RunStatus(StrEnum):
    """``testing`` is the evaluation on the test split; a prediction run never has it."""

    QUEUED = "queued"
    RUNNING = "running"
    TESTING = "testing"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the run has ended: completed, stopped or failed."""
        return self in (RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED)


ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.TESTING)
AT_WORK = (RunStatus.RUNNING, RunStatus.TESTING)
FINISHED = (RunStatus.COMPLETED, RunStatus.STOPPED)
"""Ended for good; a failed run can be resumed."""
