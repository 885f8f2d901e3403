"""The photos of each batch, prepared ahead in threads."""

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from jobs.detection.errors import DatasetUnusable
from jobs.detection.inputs.copy_paste import Mapper
from jobs.detection.inputs.dataset import Record
from jobs.detection.inputs.left_out import LeftOutImages


class TrainingBatches:
    """An endless stream of batches. Batch n depends only on seed and n, so that a run can resume at any iteration.

    With several processes each gets its ``part`` of every batch. ``threads`` prepare the next batch during the
    present iteration. A photo that cannot be used is left out, and another one takes its place; also which one
    depends only on seed and n.
    """

    def __init__(
        self,
        records: list[Record],
        mapper: Mapper,
        batch_size: int,
        seed: int,
        first: int = 0,
        threads: int = 0,
        part: slice = slice(None),
        left_out: LeftOutImages | None = None,
    ) -> None:
        self._records = records
        self._mapper = mapper
        self._left_out = left_out or LeftOutImages()
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
        """Raises ``DatasetUnusable`` where no photo is left."""
        for record, rng in self._choices(number, place):
            if record in self._left_out:
                continue
            try:
                return self._mapper(record, rng)
            except Exception as error:
                self._left_out.add(record, error)
        raise DatasetUnusable(reason="no_usable_photos", file_name=self._records[0]["file_name"])

    def _choices(self, number: int, place: int) -> Iterator[tuple[Record, np.random.Generator]]:
        """The photo for this place of the batch, then those that may stand in for it."""
        own = self.indices(number)[place]
        yield self._records[own], np.random.default_rng([self._seed, number, place])
        instead = np.random.default_rng([self._seed, number, place, 1])
        for index in instead.permutation(len(self._records)):
            yield self._records[index], np.random.default_rng([self._seed, number, place, 1, int(index)])

    def indices(self, number: int) -> list[int]:
        """The photos of a batch: every photo once, shuffled, then all again in another order."""
        count = len(self._records)
        positions = range(number * self._batch_size, (number + 1) * self._batch_size)
        return [int(self._order(position // count)[position % count]) for position in positions]

    def _order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self._seed, epoch]).permutation(len(self._records))
