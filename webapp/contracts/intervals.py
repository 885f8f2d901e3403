"""95 % intervals of figures of a test, from what they are on resampled photos.

The photos of a test stand for all photos that will come; an interval says how far a figure may be from that of all. The
engine computes the figures of the resampled photos once and stores them, so that the web can also tell the interval of
the difference between two runs: both were resampled alike (``photo_weights``).
"""

import io
from dataclasses import dataclass

import numpy as np
from scipy import special

LEVEL = 0.95
RESAMPLES = 1000
SEED = 20261130
MOST_PARTS = 100
"""The jackknife leaves out single photos of a small test, and of a large one this many groups in turn."""
FEWEST = 0.5
"""Share of the resamples in which a figure must exist: a category on one photo is drawn in six of ten."""
FEWEST_PHOTOS = 2
"""That show objects: of a single one nothing tells how photos differ."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class ResampledFigure:
    """A figure on the photos of a test, on its resamples, and on the photos without one (or a group). NaN: none."""

    value: float
    resamples: np.ndarray
    without_one: np.ndarray
    photos: int
    """How many show objects that the figure is about."""
    objects: int
    """How many objects it is about."""

    def __sub__(self, other: "ResampledFigure") -> "ResampledFigure":
        """The difference of two runs on the same photos."""
        return ResampledFigure(
            self.value - other.value,
            self.resamples - other.resamples,
            self.without_one - other.without_one,
            self.photos,
            self.objects,
        )


def photo_weights(photos: int) -> np.ndarray:
    """How often each photo is drawn, rows x photos: all once; RESAMPLES rows; all but one, for each (or each group).

    The same numbers for the same number of photos, always: NumPy keeps the stream of RandomState for good, that of its
    newer generators only within a version.
    """
    random = np.random.RandomState(SEED)
    # Numbered through over all rows, so that they are counted at once.
    drawn = random.randint(0, photos, (RESAMPLES, photos)) + photos * np.arange(RESAMPLES)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * photos).reshape(RESAMPLES, photos)
    parts = min(photos, MOST_PARTS)
    left_out = np.arange(photos) % parts == np.arange(parts)[:, np.newaxis]
    return np.vstack([np.ones((1, photos)), counts, 1.0 - left_out])


def figure_of(values: np.ndarray, photos: int, objects: int) -> ResampledFigure:
    """``values`` in the order of ``photo_weights``."""
    resamples, without_one = values[1 : RESAMPLES + 1], values[RESAMPLES + 1 :]
    return ResampledFigure(float(values[0]), resamples, without_one, photos, objects)


def interval(figure: ResampledFigure) -> Interval | None:
    """The 95 % interval of a figure from 0 to 100; None where the photos cannot tell."""
    return _interval(figure, (0.0, 100.0))


def interval_of_difference(figure: ResampledFigure, other: ResampledFigure) -> Interval | None:
    """Of ``figure`` minus ``other``; no width where both runs found the same on every photo."""
    difference = figure - other
    if not difference.resamples.any() and not difference.value:
        return 0.0, 0.0
    return _interval(difference, (-100.0, 100.0))


def _interval(figure: ResampledFigure, limits: Interval) -> Interval | None:
    """The union of two intervals, as each is too narrow for other small tests (docs/decisions/0070-intervals.md)."""
    drawn = figure.resamples[~np.isnan(figure.resamples)]
    left_out = figure.without_one[~np.isnan(figure.without_one)]
    if np.isnan(figure.value) or drawn.size < FEWEST * RESAMPLES or figure.photos < FEWEST_PHOTOS:
        return None
    both = [figure.value, *_bca(figure, drawn, left_out), *_log_odds(figure, left_out, limits)]
    return float(max(limits[0], min(both))), float(min(limits[1], max(both)))


def _bca(figure: ResampledFigure, drawn: np.ndarray, left_out: np.ndarray) -> list[float]:
    """BCa (Efron, Better bootstrap confidence intervals, JASA 82, 1987) with quantiles expanded for few photos.

    Expanded as by Hesterberg, What teachers should know about the bootstrap, The American Statistician 69, 2015: by
    Student's t, and for the spread that resamples of few photos lack.
    """
    quantile = np.sqrt(figure.photos / (figure.photos - 1)) * _student(figure.photos)
    below = (np.sum(drawn < figure.value) + np.sum(drawn == figure.value) / 2) / drawn.size
    bias = special.ndtri(np.clip(below, 0.5 / drawn.size, 1 - 0.5 / drawn.size))
    away = left_out.mean() - left_out
    spread = np.sum(away**2)
    acceleration = np.sum(away**3) / (6 * spread**1.5) if spread > 0 else 0.0
    tails = bias + quantile * np.array([-1, 1])
    return list(np.quantile(drawn, special.ndtr(bias + tails / (1 - acceleration * tails))))


def _log_odds(figure: ResampledFigure, left_out: np.ndarray, limits: Interval) -> list[float]:
    """Student's t interval by the jackknife, of the log odds of where the figure stands between its limits.

    So it leans away from the near limit, as Wilson's interval of a proportion does. Where all photos are alike, as
    where all is found, it is Clopper and Pearson's with the effective number of objects (``proportions.py``).
    """
    width = limits[1] - limits[0]
    effective = figure.objects * (_student(figure.objects) / _student(figure.photos)) ** 2
    place = (figure.value - limits[0]) / width
    error = np.sqrt((left_out.size - 1) * np.var(left_out)) / width
    if error == 0:
        unseen = 1 - ((1 - LEVEL) / 2) ** (1 / effective)
        ends = np.array([place - unseen * place, place + unseen * (1 - place)])
    else:
        inside = np.clip(place, 0.5 / effective, 1 - 0.5 / effective)
        margin = _student(figure.photos) * error / (inside * (1 - inside))
        ends = special.expit(special.logit(inside) + margin * np.array([-1, 1]))
    return list(limits[0] + width * ends)


def _student(number: int) -> float:
    """Quantile of Student's t for the mean of this many."""
    return float(special.stdtrit(max(number - 1, 1), (1 + LEVEL) / 2))


def pack(figures: dict[str, ResampledFigure]) -> bytes:
    """For the database."""
    buffer = io.BytesIO()
    arrays = {
        name: np.concatenate(
            [[each.photos, each.objects, each.value], each.resamples, each.without_one], dtype=np.float32
        )
        for name, each in figures.items()
    }
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, ResampledFigure]:
    """What ``pack`` was given, to seven digits."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        packed = {name: arrays[name].astype(float) for name in arrays.files}
    return {name: figure_of(each[2:], int(each[0]), int(each[1])) for name, each in packed.items()}
