"""The photos of each batch, prepared ahead in threads."""

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from jobs.detection.inputs.dataset import Record, TrainingMapper


class TrainingBatches:
    """An endless stream of batches. Batch n depends only on seed and n, so that a run can resume at any iteration.

    With several processes each gets its ``part`` of every batch. ``threads`` prepare the next batch during the
    present iteration.
    """

    def __init__(
        self,
        records: list[Record],
        mapper: TrainingMapper,
        batch_size: int,
        seed: int,
        first: int = 0,
        threads: int = 0,
        part: slice = slice(None),
    ) -> None:
        self._records = records
        self._mapper = mapper
        self._batch_size = batch_size
        self._seed = seed
        self._first = first
        self._threads = threads
        self._part = part

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        if not self._threads:
            for number in itertools.count(self._first):
                yield [self._photo(number, place) for place in self._places()]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="photos") as pool:
            coming = self._prepare(pool, self._first)
            for number in itertools.count(self._first + 1):
                batch, coming = coming, self._prepare(pool, number)
                yield [photo.result() for photo in batch]

    def _prepare(self, pool: ThreadPoolExecutor, number: int) -> list[Future[dict[str, Any]]]:
        return [pool.submit(self._photo, number, place) for place in self._places()]

    def _places(self) -> range:
        return range(self._batch_size)[self._part]

    def _photo(self, number: int, place: int) -> dict[str, Any]:
        rng = np.random.default_rng([self._seed, number, place])
        return self._mapper(self._records[self.indices(number)[place]], rng)

    def indices(self, number: int) -> list[int]:
        """The photos of a batch: every photo once, shuffled, then all again in another order."""
        count = len(self._records)
        positions = range(number * self._batch_size, (number + 1) * self._batch_size)
        return [int(self._order(position // count)[position % count]) for position in positions]

    def _order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self._seed, epoch]).permutation(len(self._records))
