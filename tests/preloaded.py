"""Starts processes of the product at once: each is forked from one that has imported torch already.

``python -m tests.preloaded SOCKET`` (``Preloading``) reads orders from its clients, a line of JSON each, and answers
with process ids, until its input ends. The tests reach it through ``Preloaded``.
"""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil

from embedded.waiting import wait_until

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


class Preloading:
    """The process that imports everything, for any number of clients; what it started ends with it."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "preloaded.sock"
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "tests.preloaded", str(self.socket)]
            self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def end(self) -> None:
        """Returns when it has ended."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


class Preloaded:
    """A client of the process at the socket."""

    def __init__(self, path: Path) -> None:
        wait_until(path.exists, f"something listens at {path}", 60)
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(path))
        self._answers = self._connection.makefile()

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
        self._connection.sendall(json.dumps(order).encode() + b"\n")
        return psutil.Process(int(self._answers.readline()))


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
    from jobs.processes import heartbeat, janitor
    from webapp.operations import lost_runs

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


def main(path: Path) -> None:
    """Fork for each order until the input ends."""
    listener = socket.socket(socket.AF_UNIX)
    unfinished = path.with_suffix(".new")
    listener.bind(str(unfinished))
    listener.listen()
    unfinished.rename(path)
    for module in IMPORTED:
        importlib.import_module(module)
    _quicken()
    # What is loaded stays where it is: a collection of garbage in each child would copy all of it.
    gc.freeze()
    # Nobody waits for the children here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is listener:
                client, _address = listener.accept()
                selector.register(client, selectors.EVENT_READ, client.makefile("rw"))
                continue
            order = key.data.readline()
            if not order:
                selector.unregister(key.fileobj)
                continue
            process_id = os.fork()
            if process_id == 0:
                for other in selector.get_map().values():
                    if other.fileobj is not sys.stdin:
                        other.fileobj.close()
                selector.close()
                _become(**json.loads(order))
                return
            key.data.write(f"{process_id}\n")
            key.data.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
