"""Estimates the time left of a run."""

from collections import deque
from collections.abc import Collection
from statistics import fmean


class TimeLeft:
    """Time left from the typical duration of recent iterations.

    Iterations with a full validation (every ``period``) are estimated separately, from their own typical
    duration. ``window`` is the number of other recent iterations that are used.
    """

    def __init__(self, total: int, window: int = 100, period: int | None = None) -> None:
        self._total = total
        self._period = period
        self._plain: deque[float] = deque(maxlen=window)
        self._validating: deque[float] = deque(maxlen=5)

    def after(self, iteration: int, seconds: float) -> float:
        """Seconds left after ``iteration`` (from 1), which took ``seconds``."""
        if self._period and iteration % self._period == 0:
            self._validating.append(seconds)
        else:
            # The first iteration of a process includes loading and warm-up: ignore it.
            if len(self._plain) == 1 and self._plain[0] > 3 * seconds:
                self._plain.clear()
            self._plain.append(seconds)
        validations = self._total // self._period - iteration // self._period if self._period else 0
        plain = self._total - iteration - validations
        return plain * usual_seconds(self._plain or self._validating) + validations * usual_seconds(
            self._validating or self._plain
        )


def usual_seconds(seconds: Collection[float]) -> float:
    """Trimmed mean of durations, without the fastest and slowest tenth, which are due to other load on the machine."""
    cut = len(seconds) // 10
    return fmean(sorted(seconds)[cut : len(seconds) - cut])
