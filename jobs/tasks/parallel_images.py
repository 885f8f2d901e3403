"""Several photos looked at at once, each by a thread of its own.

Without a GPU a network gets through more photos where each has a core to itself than where all cores share one photo:
its many small steps leave the others waiting. With a GPU the photos take turns on it (``Predictor``), and while one is
there others are read and drawn.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

import torch

Result = TypeVar("Result")
MOST_AT_ONCE = 4
"""Each needs the memory of a photo and of the network's work on it."""
AT_ONCE_BESIDE_A_GPU = 3


class ParallelImages(Generic[Result]):
    """Takes photos up to ``room`` and gives back what became of them. Leaving the block waits for all of them."""

    def __init__(self, on_cpu: bool) -> None:
        self._cores = torch.get_num_threads()
        at_once = min(self._cores, MOST_AT_ONCE) if on_cpu else AT_ONCE_BESIDE_A_GPU
        self.room = at_once + 1
        """One waits for a thread, so that none is idle while results are stored."""
        share = max(1, self._cores // at_once)
        # The count holds for the thread that sets it, and for those that begin later.
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

    def takes(self, alone: bool) -> bool:
        """Whether there is room for another photo, one that must be ``alone`` or not."""
        if not self._working:
            return True
        return not (alone or self._alone) and len(self._working) < self.room

    def take(self, photo_id: int, alone: bool, work: Callable[..., Result], *arguments: Any) -> None:
        """Begin with a photo that ``takes`` has room for."""
        self._alone = alone
        self._working[self._pool.submit(work, *arguments)] = photo_id

    def ended(self) -> list[tuple[int, Result]]:
        """Wait until at least one is done; the ids of those that are, and their results. Raises what they raised."""
        done, _others = wait(self._working, return_when=FIRST_COMPLETED)
        return [(self._working.pop(one), one.result()) for one in done]
