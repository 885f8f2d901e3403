"""Estimates the time that a run still needs."""

from collections import deque
from statistics import fmean, median


class TimeLeft:
    """What is left, at the usual time of the last iterations.

    Until a ``period`` is over the median: one slow iteration, the first above all, hardly moves it. Then the mean
    of whole periods: a full validation or a checkpoint every ``period`` iterations is part of each of them.
    """

    def __init__(self, total: int, window: int = 50, period: int | None = None) -> None:
        self._total = total
        self._period = period
        self._recent: deque[float] = deque(maxlen=window if period is None else max(window, 2 * period))

    def after(self, iteration: int, seconds: float) -> float:
        """Seconds to the last iteration, once ``iteration`` (from 1) took ``seconds``."""
        # The first one of a process loads and warms up: it says nothing about the others.
        if len(self._recent) == 1 and self._recent[0] > 3 * seconds:
            self._recent.clear()
        self._recent.append(seconds)
        return (self._total - iteration) * self._usual()

    def _usual(self) -> float:
        whole = len(self._recent) // self._period * self._period if self._period else 0
        return fmean(list(self._recent)[-whole:]) if whole else median(self._recent)
