"""Estimates the time that a run still needs."""

from collections import deque
from collections.abc import Collection
from statistics import fmean


class TimeLeft:
    """What is left, at the usual time of the last iterations.

    Every ``period`` iterations there is a full validation: those that are still to come are counted, at the usual time
    of such an iteration. ``window`` is how many of the other iterations are looked back at.
    """

    def __init__(self, total: int, window: int = 100, period: int | None = None) -> None:
        self._total = total
        self._period = period
        self._plain: deque[float] = deque(maxlen=window)
        self._validating: deque[float] = deque(maxlen=5)

    def after(self, iteration: int, seconds: float) -> float:
        """Seconds to the last iteration, once ``iteration`` (from 1) took ``seconds``."""
        if self._period and iteration % self._period == 0:
            self._validating.append(seconds)
        else:
            # The first one of a process loads and warms up: it says nothing about the others.
            if len(self._plain) == 1 and self._plain[0] > 3 * seconds:
                self._plain.clear()
            self._plain.append(seconds)
        validations = self._total // self._period - iteration // self._period if self._period else 0
        plain = self._total - iteration - validations
        return plain * _usual(self._plain or self._validating) + validations * _usual(
            self._validating or self._plain
        )


def _usual(seconds: Collection[float]) -> float:
    """The mean without the fastest and the slowest tenth: a burst of other work on the machine says little."""
    cut = len(seconds) // 10
    return fmean(sorted(seconds)[cut : len(seconds) - cut])
