"""The score threshold that validation photos advise (docs/decisions/0171-advised-thresholds.md)."""

import numpy as np
from scipy.stats import norm, t

from jobs.detection.evaluation.counts_by_photo import CountsByPhoto
from jobs.detection.evaluation.threshold_table import THRESHOLDS, best_step

EVEN = 0.5
"""A higher threshold is advised only as far as the photos demand it: other photos have lower scores."""
FEWEST_OBJECTS = 10
"""Labelled objects that a category needs for a threshold of its own; with fewer it takes that of all together."""


def advised_thresholds(names: list[str], counts: CountsByPhoto) -> dict[str, float] | None:
    """The threshold of ``advised_step`` for each category, 0 to 1; None where nothing was found.

    A category with fewer than ``FEWEST_OBJECTS``, or of which nothing is found, takes the threshold of all categories
    together.
    """
    overall = _advised(counts, None)
    if overall is None:
        return None
    found: dict[str, float] = {}
    for number, name in enumerate(names):
        own = _advised(counts, number) if counts.objects[number].sum() >= FEWEST_OBJECTS else None
        found[name] = overall if own is None else own
    return found


def _advised(counts: CountsByPhoto, category: int | None) -> float | None:
    photos = counts.objects.shape[1]
    objects = counts.objects.sum(axis=0) if category is None else counts.objects[category]
    return advised_step(
        objects, counts.right.by_threshold(photos, category), counts.false.by_threshold(photos, category)
    )


def advised_step(objects: np.ndarray, right: np.ndarray, false: np.ndarray) -> float | None:
    """The best threshold, or the lowest one from ``EVEN`` on that may be as good; None where nothing is right.

    ``objects``: of each photo; ``right`` and ``false``: THRESHOLDS x photos. As good may be
    one whose F1 lies at most its standard error below the best (after the rule of one standard error: Breiman,
    Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3; the best is often free of
    faults, and has no error of its own to be seen). Example: with an F1 of 0.70 +- 0.07 at 0.5, of 0.84 +- 0.07 from
    0.6 on and of 0.90 from 0.9 on it is 0.6; with the best F1 at 0.4 it is 0.4.
    """
    hits, alarms = right.sum(axis=1), false.sum(axis=1)
    if not hits.any():
        return None
    best = best_step([[int(r), int(f), int(objects.sum() - r)] for r, f in zip(hits, alarms, strict=True)])
    if best["threshold"] <= EVEN:
        return float(best["threshold"])
    values = 2 * hits / np.maximum(hits + alarms + objects.sum(), 1)
    wanted = values[THRESHOLDS.index(best["threshold"])]
    return next(
        step
        for step, value, found, wrong in zip(THRESHOLDS, values, right, false, strict=True)
        if step >= EVEN and value + _standard_error(objects, found, wrong) >= wanted
    )


def _standard_error(objects: np.ndarray, right: np.ndarray, false: np.ndarray) -> float:
    """Of F1 = 2 right / (right + false + objects), a ratio of sums over photos; each array has one entry a photo.

    By linearisation (Cochran, Sampling Techniques, 3rd edition, section 2.11), widened for few photos as Student's t
    is beside the normal distribution. 0 of a single photo.
    """
    counted = right + false + objects
    photos = len(counted)
    if photos < 2 or not counted.any():
        return 0.0
    beside = 2 * right - 2 * right.sum() / counted.sum() * counted
    plain = np.sqrt(photos / (photos - 1) * (beside**2).sum()) / counted.sum()
    return float(plain * t.ppf(norm.cdf(1), photos - 1))
