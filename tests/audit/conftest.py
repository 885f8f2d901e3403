"""Work in threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def at_once() -> Callable[[int, Callable[[int], None]], None]:
    """Calls a function with 0, 1, … at the same time; raises what one of them raised."""

    def run(count: int, work: Callable[[int], None]) -> None:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, range(count)))

    return run
