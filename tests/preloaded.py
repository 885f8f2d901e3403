"""Starts processes of the product at once: each is forked from one that has imported torch already.

``python -m tests.preloaded`` reads orders from its input, a line of JSON each, and answers with process ids. The
tests reach it through ``Preloaded``.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
IMPORTED = (
    "jobs.processes.janitor",
    "jobs.processes.predictor",
    "jobs.processes.watch",
    "jobs.processes.worker",
    "jobs.tasks.files",
    "jobs.tasks.prediction",
    "jobs.tasks.preview",
    "jobs.tasks.suggestions",
    "jobs.tasks.training",
)


class Preloaded:
    """The process that has imported everything; it ends with the ``with`` block, and what it started with it."""

    def __init__(self, log: Path) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> "Preloaded":
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def start(
        self, module: str, *arguments: str, environment: Mapping[str, str], log: Path
    ) -> psutil.Process:
        """``main(*arguments)`` of the module in a process of its own, as ``python -m`` would run it."""
        order = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "log": str(log),
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return psutil.Process(int(self._process.stdout.readline()))


def end(processes: Iterable[psutil.Process]) -> None:
    """Ask them to end, and kill those that have not after half a minute."""
    processes = list(processes)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, alive = psutil.wait_procs(processes, 30)
    for process in alive:
        process.kill()


def _quicken() -> None:
    """The clocks by which the product notices a process that is gone run four times as fast."""
    from jobs.processes import heartbeat, janitor, lost_runs

    heartbeat.INTERVAL_SECONDS /= 4
    janitor.INTERVAL_SECONDS = 1
    lost_runs.HEARTBEAT_LIMIT = timedelta(seconds=5)
    lost_runs.ENQUEUE_GRACE = timedelta(seconds=4)


def _become(module: str, arguments: list[str], environment: dict[str, str], log: str) -> None:
    """In the forked process."""
    import torch

    from jobs.parent_death import die_with_parent

    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # torch has read this one when it was imported.
    torch.set_num_threads(int(environment.get("OMP_NUM_THREADS") or torch.get_num_threads()))
    importlib.import_module(module).main(*arguments)


def main() -> None:
    """Fork for each order until there are no more."""
    for module in IMPORTED:
        importlib.import_module(module)
    _quicken()
    # What is loaded stays where it is: a collection of garbage in each child would copy all of it.
    gc.freeze()
    # Nobody waits for the children here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        process_id = os.fork()
        if process_id == 0:
            _become(**json.loads(line))
            return
        print(process_id, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
