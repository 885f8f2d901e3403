"""Several machines that train one run: the leading one's worker takes it, and asks the others to take part.

Each of the others has a queue of its own. All share the files, the database and Redis.
"""

import time

from flask import current_app

from jobs.detection.errors import MachineMissing
from jobs.detection.job import Machines
from webapp.services import queues
from webapp.settings import Settings

JOB = "jobs.tasks_training.take_part"
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
    asked = {
        rank: queues.enqueue(queues.train_queue(rank), JOB, run_id, attempt, processes, resume)
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


def settings_of_app() -> Settings:
    """What the environment of this worker says."""
    settings: Settings = current_app.extensions["settings"]
    return settings
