"""Photos that are looked at at once: how many, which alone, and what becomes of them."""

import threading
from collections.abc import Iterator

import pytest
import torch

from jobs.tasks.parallel_images import ParallelImages

A_MINUTE = 60


@pytest.fixture
def cores() -> Iterator[int]:
    """As many as torch is told to use."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield 2
    torch.set_num_threads(before)


def test_each_core_has_a_photo(cores: int) -> None:
    both_begun = threading.Barrier(cores)

    def work(number: int) -> tuple[int, int]:
        both_begun.wait(A_MINUTE)  # holds only where the other one is worked on at the same time
        return number, torch.get_num_threads()

    with ParallelImages[tuple[int, int]](on_cpu=True) as parallel:
        for number in range(cores):
            assert parallel.accepts(alone=False)
            parallel.submit(number, False, work, 10 * number)
        found = []
        while parallel:
            found += parallel.ended()
    assert sorted(found) == [(0, (0, 1)), (1, (10, 1))]
    assert torch.get_num_threads() == cores


def test_a_photo_that_must_be_alone_waits_and_lets_none_in(cores: int) -> None:
    with ParallelImages[bool](on_cpu=True) as parallel:
        go_on = threading.Event()
        parallel.submit(1, False, lambda: go_on.wait(A_MINUTE))
        assert not parallel.accepts(alone=True)
        go_on.set()
        assert parallel.ended() == [(1, True)]
        assert parallel.accepts(alone=True)
        go_on.clear()
        parallel.submit(2, True, lambda: go_on.wait(A_MINUTE))
        assert not parallel.accepts(alone=False)
        go_on.set()
        assert parallel.ended() == [(2, True)]
        assert parallel.accepts(alone=False)


def test_one_more_than_there_are_threads_is_taken(cores: int) -> None:
    go_on = threading.Event()
    with ParallelImages[bool](on_cpu=True) as parallel:
        for number in range(cores + 1):
            assert parallel.accepts(alone=False)
            parallel.submit(number, False, go_on.wait, A_MINUTE)
        assert not parallel.accepts(alone=False)
        go_on.set()


def test_an_error_comes_out_and_the_others_are_waited_for(cores: int) -> None:
    ended = []
    go_on = threading.Event()

    def work() -> None:
        go_on.wait(A_MINUTE)
        ended.append(True)

    def fail() -> None:
        raise MemoryError

    with pytest.raises(MemoryError), ParallelImages[None](on_cpu=True) as parallel:
        parallel.submit(1, False, work)
        parallel.submit(2, False, fail)
        try:
            parallel.ended()
        finally:
            go_on.set()
    assert ended == [True]
