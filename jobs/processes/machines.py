"""Training of one run on several machines: the leading worker claims it and asks the others to take part.

Each of the others has its own queue (``train-<rank>``). All share files, database and Redis.
"""

import secrets
import time
from collections.abc import Callable

from flask import current_app

from jobs.detection.errors import MachineMissing
from jobs.detection.job import Machines
from webapp.core import queues
from webapp.core.settings import Settings

JOB = "jobs.tasks.training.take_part"
SECONDS_TO_JOIN = 120.0
"""A worker that is starting needs half a minute."""
PAUSE = 0.2


def machines_for(batch_size: int, settings: Settings) -> Machines | None:
    """The machines that train a run together; None if there is one, or the batch cannot be divided evenly."""
    if settings.machines == 1 or batch_size % settings.machines:
        return None
    return Machines(settings.machines, settings.machine_rank, f"tcp://{settings.machines_address}")


def ask_others(machines: Machines, run_id: int, attempt: int, processes: int, resume: bool) -> None:
    """Queue the job on each other machine and wait until all have started.

    Raises MachineMissing if one does not start within ``SECONDS_TO_JOIN``.
    """
    token = secrets.token_hex(8)
    asked = {
        rank: queues.enqueue(queues.train_queue(rank), JOB, run_id, attempt, processes, resume, token)
        for rank in range(1, machines.count)
    }
    deadline = time.monotonic() + SECONDS_TO_JOIN
    for rank, job_id in asked.items():
        while job_id is None or not queues.has_started(job_id):
            if job_id is None or time.monotonic() > deadline:
                for waiting in filter(None, asked.values()):
                    queues.forget(waiting)
                raise MachineMissing(rank=rank)
            time.sleep(PAUSE)
    current_app.extensions["redis"].set(_key(token), 1, ex=3600)


def is_complete(token: str, is_wanted: Callable[[], bool]) -> bool:
    """Wait until all machines are ready, or ``is_wanted`` returns False.

    Distributed processes that wait for each other cannot be cancelled for half an hour, so they are started
    only when all are ready.
    """
    while not current_app.extensions["redis"].exists(_key(token)):
        if not is_wanted():
            return False
        time.sleep(PAUSE)
    return is_wanted()


def _key(token: str) -> str:
    return f"training-machines:{token}"


def settings_of_app() -> Settings:
    """The settings of this worker's environment."""
    settings: Settings = current_app.extensions["settings"]
    return settings
