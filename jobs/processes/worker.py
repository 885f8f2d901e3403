"""``python -m jobs.processes.worker train|predict|io``: one RQ worker.

train and predict import torch before they fork a work horse, so that jobs start quickly; the parent never
initialises CUDA. One worker for each GPU: set ``CUDA_VISIBLE_DEVICES`` before it starts.
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
from jobs.processes.killed_jobs import fail_killed_job
from webapp.core import queues
from webapp.core.extensions import connect_redis_with_retries

TASKS = {
    queues.TRAIN: "jobs.tasks.training",
    queues.PREDICT: "jobs.tasks.prediction",
    queues.IO: "jobs.tasks.files",
}


class ForkingWorker(Worker):
    """RQ's worker, whose work horse is killed with it."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Runs in the forked child."""
        die_with_parent()
        super().main_work_horse(job, queue)


def work_horse_killed(job: Job, _pid: int, _status: int, _usage: Any) -> None:
    """RQ's handler for a killed work horse: resume or fail its run at once."""
    fail_killed_job(job)


def main(queue_name: str) -> None:
    """Run until SIGTERM or SIGINT. Raises KeyError for an unknown queue."""
    app = application()
    # Before torch is imported: torch.cuda.is_available() must not initialise CUDA in the parent.
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
    connection = connect_redis_with_retries(settings.redis_url)
    worker = ForkingWorker(
        [Queue(queue_name, connection=connection)],
        # Unique even if it restarts before RQ has noticed that the previous worker died.
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
