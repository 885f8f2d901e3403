"""Training in several processes by Detectron2's own ``launch``: GPUs, machines, or parts of a CPU.

Each process runs ``training.train`` on its share of every batch, and gradients are averaged. The first process
validates, saves and reports.
"""

import importlib
import os
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from detectron2.utils import comm
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from jobs.detection.device import choose_device
from jobs.detection.errors import ProcessKilled
from jobs.detection.job import TrainingJob, TrainingListener, TrainingOutcome
from jobs.detection.training.trainer import train
from jobs.parent_death import die_with_parent

# The package has a function of the same name.
_launch: Any = importlib.import_module("detectron2.engine.launch")
Context = Callable[[], AbstractContextManager[Any]]
TIMEOUT = timedelta(minutes=30)
"""How long a process waits for the others: the first one may validate meanwhile."""
_RESULT = "result.pickle"
_LOST_PEER = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "gloo")


def train_on_all(
    job: TrainingJob, listener: TrainingListener, context: Context = nullcontext
) -> TrainingOutcome | None:
    """As ``train``; None on a machine that does not lead. ``context`` is entered in the reporting process.

    Raises also ``ProcessKilled`` when one of several processes died. With several, ``job``, ``listener`` and
    ``context`` are pickled.
    """
    machines = job.machines.count if job.machines else 1
    if job.processes * machines == 1:
        return train(job, listener)
    if choose_device(job.device).name == "cpu":
        # Detectron2's own worker requires CUDA.
        _launch._distributed_worker = _cpu_worker
    result = job.output_dir / _RESULT
    result.parent.mkdir(parents=True, exist_ok=True)
    rank = job.machines.rank if job.machines else 0
    if rank == 0:
        result.unlink(missing_ok=True)
    try:
        _launch.launch(
            _run_rank,
            job.processes,
            machines,
            rank,
            job.machines.address if job.machines else "auto",
            (job, listener, context),
            timeout=TIMEOUT,
        )
    except ProcessExitedException as error:
        raise ProcessKilled(signal=error.signal_name or "") from error
    except ProcessRaisedException as error:
        raise _error_of(result, error) from error
    return _read(result) if rank == 0 else None


def _run_rank(job: TrainingJob, listener: TrainingListener, context: Context) -> None:
    """Runs in each process. The first one writes outcome or error to a file, since ``launch`` returns nothing."""
    # torch ends other processes by SIGINT, which children of a work horse ignore as it does: the kernel kills them.
    die_with_parent()
    silent: Any = _Silent()
    if not comm.is_main_process():
        train(job, silent)
        return
    result = job.output_dir / _RESULT
    try:
        with context():
            outcome = train(job, listener)
    except Exception as error:
        result.write_bytes(pickle.dumps(error))
        raise
    result.write_bytes(pickle.dumps(outcome))


class _Silent:
    """The listener of the other processes: only the first one reports."""

    def __getattr__(self, _name: str) -> Callable[..., bool]:
        return lambda *_arguments: False


def _cpu_worker(
    local_rank: int,
    main_func: Callable[..., None],
    world_size: int,
    processes: int,
    machine_rank: int,
    address: str,
    arguments: tuple[Any, ...],
    timeout: timedelta = TIMEOUT,
) -> None:
    """Like Detectron2's worker, with gloo instead of NCCL and a share of the cores instead of a GPU."""
    die_with_parent()
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // processes))
    rank = machine_rank * processes + local_rank
    dist.init_process_group("gloo", init_method=address, world_size=world_size, rank=rank, timeout=timeout)
    for machine in range(world_size // processes):
        group = dist.new_group(list(range(machine * processes, (machine + 1) * processes)))
        if machine == machine_rank:
            comm._LOCAL_PROCESS_GROUP = group
    comm.synchronize()
    main_func(*arguments)


def _read(result: Path) -> Any:
    """Unpickle the result file; safe, since our own process wrote it."""
    return pickle.loads(result.read_bytes())  # noqa: S301


def _error_of(result: Path, raised: ProcessRaisedException) -> Exception:
    """The first process's error object; of other processes only the text is known."""
    error = _read(result) if result.is_file() else raised
    if isinstance(error, RuntimeError | ProcessRaisedException) and any(
        sign in str(error) for sign in _LOST_PEER
    ):
        return ProcessKilled(signal="")
    return error if isinstance(error, Exception) else raised
