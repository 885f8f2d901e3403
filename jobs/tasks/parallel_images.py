"""Processes several photos in parallel, each in a thread.

Without a GPU the throughput is higher with one core for each photo than with all cores for one: many steps of
the network are too small to use several. With a GPU the photos take turns on it (``Predictor``), and others are
read and drawn meanwhile.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

import torch

Result = TypeVar("Result")
MOST_AT_ONCE = 4
"""Each needs memory for a photo and the network's activations."""
AT_ONCE_BESIDE_A_GPU = 3


class ParallelImages(Generic[Result]):
    """A pool for at most ``room`` photos, which returns their results. Leaving the block waits for all of them."""

    def __init__(self, on_cpu: bool) -> None:
        self._cores = torch.get_num_threads()
        at_once = min(self._cores, MOST_AT_ONCE) if on_cpu else AT_ONCE_BESIDE_A_GPU
        self.room = at_once + 1
        """One more than threads, so that none is idle while results are stored."""
        share = max(1, self._cores // at_once)
        # set_num_threads applies to the calling thread and to threads started later.
        self._pool = ThreadPoolExecutor(at_once, initializer=torch.set_num_threads, initargs=(share,))
        self._alone = False
        self._working: dict[Future[Result], int] = {}

    def __enter__(self) -> "ParallelImages[Result]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(self._cores)

    def __bool__(self) -> bool:
        return bool(self._working)

    def accepts(self, alone: bool) -> bool:
        """Whether another photo can be submitted, which must be ``alone`` or not."""
        if not self._working:
            return True
        return not (alone or self._alone) and len(self._working) < self.room

    def submit(self, photo_id: int, alone: bool, work: Callable[..., Result], *arguments: Any) -> None:
        """Submit a photo after ``takes`` returned True."""
        self._alone = alone
        self._working[self._pool.submit(work, *arguments)] = photo_id

    def ended(self) -> list[tuple[int, Result]]:
        """Wait until at least one is done; ids and results of all that are. Raises their exceptions."""
        done, _others = wait(self._working, return_when=FIRST_COMPLETED)
        return [(self._working.pop(one), one.result()) for one in done]
