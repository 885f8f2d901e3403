"""A run that is better than the weights in use offers its own; it never replaces them by itself."""

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import TrainingRun, Weights, WeightsInUseChange
from webapp.training import intervals
from webapp.training.intervals import PairedDifference
from webapp.training.weights import in_use

SMALLEST = 0.05
"""AP points from which a difference is one when it is shown with one decimal."""


@dataclass(frozen=True)
class WeightsOffer:
    """The tested weights of a run, beside those in use."""

    weights: Weights
    ap: float
    """Mask AP, 0 to 100, as is ``ap_in_use``."""
    ap_in_use: float
    difference: PairedDifference | None
    """None while it is not known how sure it is."""
    same_test: bool
    """Whether both were tested on the same labels and photos."""

    @property
    def points(self) -> float:
        """By how many AP points they are better."""
        return self.ap - self.ap_in_use


def of_run(run: TrainingRun) -> WeightsOffer | None:
    """None unless the run has ended and its weights have a higher AP than those in use."""
    chosen = in_use.of_model(run.model)
    if chosen is None or chosen.run is None or chosen.run_id == run.id or not run.weights:
        return None
    weights = run.weights[-1]
    ap, ap_in_use = weights.ap, chosen.ap
    if ap is None or ap_in_use is None or ap - ap_in_use < SMALLEST:
        return None
    if in_use.fault_of(run.model, weights) is not None:
        return None
    return WeightsOffer(
        weights,
        ap,
        ap_in_use,
        difference=intervals.difference(run, chosen.run),
        same_test=_test_of(run) == _test_of(chosen.run),
    )


def _test_of(run: TrainingRun) -> tuple[int, bool]:
    """Equal for runs that were tested on the same labels of the same photos: of a version its test, or all in folds."""
    return run.dataset_version_id, run.parameters.get("folds", 0) > 0


def of_newest(newest: TrainingRun | None) -> WeightsOffer | None:
    """The offer of a model's newest run, unless somebody has chosen weights since its end."""
    offer = of_run(newest) if newest is not None and newest.ap is not None else None
    if newest is None or offer is None:
        return None
    changed_at = db.session.scalar(
        select(func.max(WeightsInUseChange.created_at)).where(WeightsInUseChange.model_id == newest.model_id)
    )
    is_decided = changed_at is not None and newest.finished_at is not None and changed_at > newest.finished_at
    return None if is_decided else offer
