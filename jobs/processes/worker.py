"""``python -m jobs.processes.worker train|predict|io``: one RQ worker.

train and predict import torch before they fork a work horse, so that a job starts at once; the parent never
initialises CUDA. One worker a GPU: set ``CUDA_VISIBLE_DEVICES`` before it starts.
"""

import gc
import importlib
import os
import socket
import sys
import uuid
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue, Worker
from rq.job import Job

from jobs.parent_death import die_with_parent
from jobs.processes.app_context import application
from jobs.processes.lost_runs import fail_killed_job
from webapp.core import queues
from webapp.core.extensions import connect_redis_patiently

TASKS = {
    queues.TRAIN: "jobs.tasks.training",
    queues.PREDICT: "jobs.tasks.prediction",
    queues.IO: "jobs.tasks.files",
}


class ForkingWorker(Worker):
    """RQ's worker, whose work horse dies with it."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Runs in the forked child."""
        die_with_parent()
        super().main_work_horse(job, queue)


def work_horse_killed(job: Job, _pid: int, _status: int, _usage: Any) -> None:
    """RQ tells that the child died without a word: end its run at once with a reason."""
    fail_killed_job(job)


def main(queue_name: str) -> None:
    """Work until a signal says stop. Raises KeyError for an unknown queue."""
    app = application()
    # Before torch is imported: asking whether there is a GPU must not initialise CUDA in the parent.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    tasks = importlib.import_module(TASKS[queue_name])
    if queue_name != queues.IO:
        importlib.import_module(
            "jobs.processes.memory"
        ).keep_freed_memory()  # imports torch, which the io worker does not
    settings = app.extensions["settings"]
    if queue_name == queues.TRAIN and settings.machine_rank == 0:
        tasks.announce_machine()
    elif queue_name == queues.TRAIN:
        queue_name = queues.train_queue(settings.machine_rank)
    connection = connect_redis_patiently(settings.redis_url)
    worker = ForkingWorker(
        [Queue(queue_name, connection=connection)],
        # Unique also after a restart within the heartbeat time of the one that died.
        name=f"{queue_name}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        connection=connection,
        work_horse_killed_handler=work_horse_killed,
        worker_ttl=60,
        job_monitoring_interval=5,
    )
    # A work horse shares the memory of what is loaded here. Its garbage collector would go through all of it, and so
    # copy it: a third of a second in each job.
    gc.freeze()
    worker.work(logging_level="INFO")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        sys.exit(f"usage: python -m jobs.processes.worker {'|'.join(TASKS)}")
    try:
        main(sys.argv[1])
    except RedisConnectionError as error:
        sys.exit(f"Redis does not answer: {error}")
