"""Several machines that train one run: the leading one's worker takes it, and asks the others to take part.

Each of the others has a queue of its own. All share the files, the database and Redis.
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
"""A worker that is just being started takes half a minute."""
PAUSE = 0.2


def machines_for(batch_size: int, settings: Settings) -> Machines | None:
    """Those that train a run together; None where this one does it alone.

    That is so too where the batch cannot be shared out evenly.
    """
    if settings.machines == 1 or batch_size % settings.machines:
        return None
    return Machines(settings.machines, settings.machine_rank, f"tcp://{settings.machines_address}")


def ask_others(machines: Machines, run_id: int, attempt: int, processes: int, resume: bool) -> None:
    """Returns when each has begun; raises MachineMissing where one does not within two minutes."""
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
    """Waits until all machines are there, or the run does not want them any more.

    Processes that wait for each other cannot be called off for half an hour: they are not started before.
    """
    while not current_app.extensions["redis"].exists(_key(token)):
        if not is_wanted():
            return False
        time.sleep(PAUSE)
    return is_wanted()


def _key(token: str) -> str:
    return f"training-machines:{token}"


def settings_of_app() -> Settings:
    """What the environment of this worker says."""
    settings: Settings = current_app.extensions["settings"]
    return settings
