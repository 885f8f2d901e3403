"""How sure the difference of two tested runs is."""

from dataclasses import dataclass

from webapp.models import TrainingRun


@dataclass(frozen=True)
class PairedDifference:
    """In AP points; ``low`` and ``high`` are the ends of the 95 % interval."""

    value: float
    low: float
    high: float


def difference(run: TrainingRun, other: TrainingRun) -> PairedDifference | None:
    """Mask AP of ``run`` less that of ``other``; None while nothing is known of how sure it is."""
    return None
