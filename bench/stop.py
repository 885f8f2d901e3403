"""How soon 終止訓練 ends a training, with the product's defaults: ``.venv/bin/python -m bench.stop [TIMES]``.

A real worker trains; the stop is asked for somewhere within an iteration. The weights are saved when the test begins;
the result page opens when the test of the one test photo is over.

Needs ``bin/setup``, and ``fruits_nuts`` in the shared data.
"""

import statistics
import sys
import time

from bench.common.report import report
from bench.training.product import Product, new_run, running_product
from embedded.waiting import wait_until
from jobs.processes.app_context import application
from webapp.core.extensions import db
from webapp.models import RunStatus, TrainingRun
from webapp.training import runs as training_runs

BEFORE = 8
"""Iterations before the stop."""
PAUSE = 0.02
"""Seconds between two looks."""


def main() -> None:
    """Prints the longest times of all stops."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with running_product() as running, application().app_context():
        found = [_stop(running, later=number / times) for number in range(times)]
    iteration = max(one[0] for one in found)
    report("stop_seconds_to_evaluation", max(one[1] for one in found), "s", max(5.0, iteration))
    report("stop_seconds_to_result", max(one[2] for one in found), "s")
    report("stop_seconds_an_iteration", iteration, "s")


def _stop(running: Product, later: float) -> tuple[float, float, float]:
    """Seconds of an iteration, and from the stop to the test and to the result.

    The stop comes after this part of an iteration.
    """
    if "train" not in running.processes:
        running.start_job_process("train", ["jobs.processes.worker", "train"])
    run_id = new_run().id
    wait_until(lambda: _read(run_id).iteration >= BEFORE, f"iteration {BEFORE}", 300)
    iteration = statistics.median(loss.seconds for loss in training_runs.list_losses(run_id))
    time.sleep(later * iteration)
    run = _read(run_id)
    began = time.perf_counter()
    training_runs.request_stop(run)
    wait_until(lambda: _read(run_id).status != RunStatus.RUNNING, "the training ends", 120, PAUSE)
    trained = time.perf_counter() - began
    wait_until(lambda: _read(run_id).status.is_over, "the result opens", 120, PAUSE)
    over = time.perf_counter() - began
    run = _read(run_id)
    if run.status != RunStatus.STOPPED:
        raise RuntimeError(f"the run is {run.status}: {run.error}")
    return iteration, trained, over


def _read(run_id: int) -> TrainingRun:
    db.session.rollback()
    db.session.expire_all()
    return training_runs.open_run(run_id)


if __name__ == "__main__":
    main()
