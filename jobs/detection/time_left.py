"""Estimates the time that a run still needs."""

from collections import deque
from statistics import median


class TimeLeft:
    """The median of the last iterations: one slow iteration, the first above all, hardly moves it."""

    def __init__(self, total: int, window: int = 50) -> None:
        self._total = total
        self._recent: deque[float] = deque(maxlen=window)

    def after(self, iteration: int, seconds: float) -> float:
        """Seconds to the last iteration, once ``iteration`` (from 1) took ``seconds``."""
        self._recent.append(seconds)
        return (self._total - iteration) * median(self._recent)
