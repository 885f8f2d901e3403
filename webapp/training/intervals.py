"""How sure the figures of a run are, and whether one run is better than another: read from what the test stored."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.contracts import intervals
from webapp.contracts.intervals import Interval
from webapp.core.extensions import db
from webapp.models import RunEvaluation, TrainingRun

WIDE = 20.0
"""AP points: with an interval wider than this a test says too little."""
HALF_THE_WIDTH = 3
"""Times as many photos more: an interval shrinks with the root of their number, so half of it takes four times."""


@dataclass(frozen=True)
class RunIntervals:
    """95 % intervals of a run's figures."""

    document: dict[str, Any]
    """As ``TrainingRun.intervals`` describes it."""
    photos: int
    """Test photos."""

    def of(self, task: str, figure: str) -> Interval | None:
        """Of a figure of ``TrainingRun.metrics``, or of ``detections``; None where the photos cannot tell."""
        found = self.document.get(task, {}).get(figure)
        return (found[0], found[1]) if found else None

    @property
    def too_few(self) -> bool:
        """Whether the test has too few photos to tell how good the run is."""
        found = self.of("segm", "AP")
        return found is None or found[1] - found[0] > WIDE

    @property
    def photos_to_halve(self) -> int:
        """How many more test photos would halve the intervals."""
        return HALF_THE_WIDTH * self.photos


@dataclass(frozen=True)
class PairedDifference:
    """How much better one run is than another on the same test photos, with its 95 % interval. AP points of masks."""

    value: float
    low: float
    high: float
    photos: int

    @property
    def is_sure(self) -> bool:
        """Whether the photos tell which run is better."""
        return self.low > 0 or self.high < 0

    @property
    def photos_to_halve(self) -> int:
        """How many more test photos would halve the interval."""
        return HALF_THE_WIDTH * self.photos


def of(run: TrainingRun) -> RunIntervals | None:
    """None for a run that was not tested, or before there were intervals."""
    if run.intervals is None:
        return None
    return RunIntervals(run.intervals, (run.conclusion or {}).get("params", {}).get("photos", 0))


def of_run(run_id: int) -> RunIntervals | None:
    """``of`` the run with this id; None if there is none."""
    run = db.session.get(TrainingRun, run_id)
    return of(run) if run else None


def difference(run: TrainingRun, other: TrainingRun, figure: str = "segm AP") -> PairedDifference | None:
    """The figure of ``run`` minus that of ``other``: ``segm AP``, ``segm AP50``, ``bbox AP`` or ``bbox AP50``.

    None where they were not tested on the same photos with the same labels, or before differences were kept.
    """
    rows = db.session.execute(
        select(
            RunEvaluation.run_id,
            RunEvaluation.test_hash,
            RunEvaluation.resamples,
            RunEvaluation.summary["photos"].as_integer().label("photos"),
        ).where(RunEvaluation.run_id.in_([run.id, other.id]), RunEvaluation.test_hash.is_not(None))
    )
    tests = {row.run_id: row for row in rows}
    if len({run.id, other.id} & set(tests)) < 2 or tests[run.id].test_hash != tests[other.id].test_hash:
        return None
    ours, theirs = (intervals.unpack(tests[each.id].resamples).get(figure) for each in (run, other))
    if ours is None or theirs is None:
        return None
    found = intervals.interval_of_difference(ours, theirs)
    if found is None:
        return None
    return PairedDifference(ours.value - theirs.value, *found, photos=tests[run.id].photos)
