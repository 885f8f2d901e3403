"""Kills what a training needs, for real, and prints what became of the run: one JSON object a line.

    .venv/bin/python -m bench.faults [NAME ...] | tee faults.jsonl
    .venv/bin/python -m bench.faults_table faults.jsonl

Each fault has servers, workers and a data folder of its own. The second program writes docs/reliability.md.

Needs ``bin/setup``, and ``fruits_nuts`` in the shared data.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

from bench.training.product import Product, new_run, running_product
from embedded.waiting import wait_until
from jobs.processes.app_context import application
from webapp.core.extensions import db
from webapp.models import RunStatus, TrainingRun
from webapp.training import runs as training_runs

SMALL = {"image_size": 64, "batch_size": 2, "iterations": 40, "checkpoint_period": 5, "warmup_iterations": 2}
WORKER = ["jobs.processes.worker", "train"]
JANITOR = ["jobs.processes.janitor"]
FAULTY = ["bench.faults.worker"]


@dataclass(frozen=True)
class Fault:
    """``strike`` happens at the tenth iteration; the worker may be one that fails by itself."""

    what: str
    expected: str
    strike: Callable[[Product], None]
    worker: tuple[str, ...] = tuple(WORKER)
    environment: tuple[tuple[str, str], ...] = ()
    resume: bool = False
    """Whether a person presses *Resume* after the failure."""
    attempts: int | None = None
    """How many workers it takes, where that is said beforehand."""
    noticed: bool = True
    """Whether the run shows anything of it."""


def kill(running: Product, name: str) -> None:
    """SIGKILL, as a crash or the kernel does."""
    running.processes[name].kill()
    running.processes[name].wait()


def kill_horse(running: Product) -> None:
    """The process of the run alone."""
    for child in psutil.Process(running.processes["train"].pid).children():
        child.kill()


def kill_worker(running: Product) -> None:
    """The supervisor starts another."""
    kill(running, "train")
    running.start_job_process("train", WORKER)


def kill_worker_often(running: Product) -> None:
    """As soon as the next worker has taken the run."""
    for attempt in (1, 2, 3):
        wait_until(lambda: _is_trained_by(running, attempt), f"attempt {attempt}", 180)  # noqa: B023
        kill_worker(running)


def _is_trained_by(_running: Product, attempt: int) -> bool:
    run = db.session.query(TrainingRun).order_by(TrainingRun.id.desc()).first()
    taken = run is not None and run.attempt == attempt and run.status == RunStatus.RUNNING
    db.session.rollback()
    return taken


def end_worker(running: Product) -> None:
    """Told to end, as the supervisor does at a stop of the product; then started again."""
    running.processes["train"].terminate()
    running.processes["train"].wait(30)
    running.start_job_process("train", WORKER)


def restart_postgres(running: Product) -> None:
    """Killed with all its children, away for five seconds."""
    kill(running, "postgres")
    time.sleep(5)
    running.start_postgres()


def freeze_postgres(running: Product) -> None:
    """Every process of it, as a disk that does not answer does."""
    server = psutil.Process(running.processes["postgres"].pid)
    frozen = [server, *server.children(recursive=True)]
    for process in frozen:
        process.suspend()
    time.sleep(30)
    for process in frozen:
        process.resume()


def restart_valkey(running: Product) -> None:
    """Killed, away for five seconds."""
    kill(running, "valkey")
    time.sleep(5)
    running.start_valkey()


def kill_everything(running: Product) -> None:
    """As a power cut: all at once, then everything is started again."""
    for process in running.processes.values():
        process.send_signal(signal.SIGKILL)
    for process in running.processes.values():
        process.wait()
    running.start_postgres()
    running.start_valkey()
    running.start_job_process("train", WORKER)
    running.start_job_process("janitor", JANITOR)


def fill_disk(running: Product) -> None:
    """From now on no file of the run may grow beyond a megabyte: a checkpoint no longer fits."""
    for child in psutil.Process(running.processes["train"].pid).children():
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (2**20, 2**20))


def nothing(_running: Product) -> None:
    """The worker fails by itself."""


FAULTS = {
    "work_horse_killed": Fault(
        "the process of the run is killed", "failed, resumes", kill_horse, resume=True
    ),
    "worker_killed": Fault("the worker is killed", "goes on by itself", kill_worker, attempts=2),
    "worker_killed_often": Fault(
        "the worker is killed three times, each time the run goes on",
        "goes on by itself",
        kill_worker_often,
        attempts=4,
    ),
    "worker_ended": Fault("the product is stopped and started again", "goes on by itself", end_worker),
    "postgres_killed": Fault(
        "PostgreSQL is killed and back after 5 s", "goes on", restart_postgres, noticed=False
    ),
    "postgres_frozen": Fault(
        "PostgreSQL stands still for 30 s", "goes on", freeze_postgres, noticed=False, attempts=1
    ),
    "valkey_killed": Fault("Valkey is killed and back after 5 s", "goes on", restart_valkey, noticed=False),
    "everything_killed": Fault(
        "everything is killed at once", "goes on by itself", kill_everything, attempts=2
    ),
    "disk_full": Fault("no checkpoint can be written", "failed, resumes", fill_disk, resume=True),
    "loss_nan": Fault(
        "the loss is NaN", "failed, resumes", nothing, tuple(FAULTY), (("FAULT", "nan"),), resume=True
    ),
    "out_of_memory": Fault(
        "the GPU's memory runs out", "goes on at half the batch", nothing, tuple(FAULTY), (("FAULT", "oom"),)
    ),
}


def main() -> None:
    """Prints a line for each fault that was asked for, all of them without arguments; 1 where one ended badly."""
    wrong = 0
    for name in sys.argv[1:] or FAULTS:
        with running_product() as running, application().app_context():
            found = _try(FAULTS[name], running)
        wrong += not found["as_expected"]
        print(json.dumps({"fault": name} | found), flush=True)
        application.cache_clear()
    sys.exit(1 if wrong else 0)


def _try(fault: Fault, running: Product) -> dict[str, Any]:
    running.start_job_process("train", list(fault.worker), dict(fault.environment))
    running.start_job_process("janitor", JANITOR)
    run_id = new_run(**SMALL).id
    wait_until(
        lambda: _asked(run_id, lambda run: run.status.is_over or run.iteration >= 10), "iteration 10", 300
    )
    struck = time.monotonic()
    fault.strike(running)
    failed_with = noticed = None
    if fault.noticed:
        wait_until(lambda: _asked(run_id, _shows_it), "it is noticed", 180)
        noticed = round(time.monotonic() - struck, 1)
    if fault.resume:
        wait_until(lambda: _asked(run_id, lambda run: run.status == RunStatus.FAILED), "it fails", 120)
        failed_with = _read(run_id).error
        training_runs.resume(_read(run_id))
    wait_until(lambda: _asked(run_id, lambda run: run.status.is_over), "the run is over", 400)
    run = _read(run_id)
    iterations = [loss.iteration for loss in training_runs.list_losses(run_id)]
    whole = iterations == list(range(1, SMALL["iterations"] + 1))
    return {
        "what": fault.what,
        "expected": fault.expected,
        "failed_with": failed_with and failed_with["code"],
        "status": run.status.value,
        "attempts": run.attempt,
        "resumes": run.resumes,
        "notices": run.notices,
        "one_unbroken_chart": whole,
        "seconds_until_noticed": noticed,
        "seconds_to_the_end": round(time.monotonic() - struck, 1),
        "as_expected": run.status == RunStatus.COMPLETED
        and whole
        and bool(failed_with) == fault.resume
        and fault.attempts in (None, run.attempt),
    }


def _shows_it(run: TrainingRun) -> bool:
    """It has failed, or says that it went on."""
    return run.status == RunStatus.FAILED or bool(run.notices)


def _asked(run_id: int, question: Callable[[TrainingRun], bool]) -> bool:
    """False while the database is away."""
    try:
        return question(_read(run_id))
    except Exception:
        db.session.rollback()
        return False


def _read(run_id: int) -> TrainingRun:
    db.session.rollback()
    db.session.expire_all()
    return training_runs.open_run(run_id)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
