"""95 % intervals of proportions and rates over photos, for recall, precision and false alarms a photo.

Objects of one photo are found or missed together, so their number says too much. The number that counts is the one that
independent objects would need for the same variance.
"""

import numpy as np
from scipy import special

from webapp.contracts.intervals import LEVEL

TAIL = (1 - LEVEL) / 2


def proportions(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Intervals of the sum of ``part`` over that of ``whole``, rows x 2, 0 to 1; NaN where ``whole`` is 0.

    ``part`` and ``whole`` are rows x photos: how many objects were found of how many on each photo, for example.

    Korn and Graubard's interval (Survey Methodology 24, 1998): Clopper and Pearson's exact one with the effective
    number of objects, that is the variance of a ratio over clusters (photos) against that of independent objects, and
    with Student's t for the few photos. Never more than the objects that there are.
    """
    objects = whole.sum(axis=1)
    there = np.where(objects > 0, objects, np.nan)
    share = part.sum(axis=1) / there
    photos = (whole > 0).sum(axis=1)
    variance = _variance_of_sum(part - share[:, np.newaxis] * whole, photos) / there**2
    differ = variance > 0
    effective = np.where(differ, share * (1 - share) / np.where(differ, variance, 1), objects)
    effective = np.minimum(effective * (_student(objects) / _student(photos)) ** 2, objects)
    found, missed = effective * share, effective * (1 - share)
    low = np.where(share > 0, special.betaincinv(found, missed + 1, TAIL), share)
    high = np.where(share < 1, special.betaincinv(found + 1, missed, 1 - TAIL), share)
    return np.stack([low, high], axis=1)


def rates(counts: np.ndarray) -> np.ndarray:
    """Intervals of the mean count a photo, rows x 2. ``counts``: rows x photos.

    Garwood's exact interval of a Poisson rate, with an effective number of counts as in Fay and Feuer's gamma interval
    (Statistics in Medicine 16, 1997): fewer where photos differ more than Poisson's law has it.
    """
    rows, photos = counts.shape
    total = counts.sum(axis=1)
    variance = _variance_of_sum(counts - total[:, np.newaxis] / photos, np.full(rows, photos))
    dispersion = np.maximum(variance / np.maximum(total, 1), 1)
    effective = total / dispersion * (special.ndtri(1 - TAIL) / _student(np.full(rows, photos))) ** 2
    per_count = np.where(total > 0, total / np.where(total > 0, effective, 1), 1) / photos
    low = np.where(total > 0, special.gammaincinv(np.where(total > 0, effective, 1), TAIL), 0)
    return per_count[:, np.newaxis] * np.stack([low, special.gammaincinv(effective + 1, 1 - TAIL)], axis=1)


def _variance_of_sum(deviations: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """Of rows x photos deviations from their mean, of which ``photos`` count."""
    return photos / np.maximum(photos - 1, 1) * (deviations**2).sum(axis=1)


def _student(number: np.ndarray) -> np.ndarray:
    """Quantile of Student's t for the mean of this many."""
    return special.stdtrit(np.maximum(number - 1, 1), 1 - TAIL)
