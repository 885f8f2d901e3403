"""Test sets drawn from a known truth: what a detector finds on photos of a factory, without pictures.

Photos differ in how many objects they show and how hard they are, so objects of one photo are found or missed together.
"""

from dataclasses import dataclass

import numpy as np

from jobs.detection.evaluation.resampled_ap import IOUS, SIZES, RankedMatches, TaskMatches

OVERLAPS = np.linspace(0.5, 0.95, IOUS)
OBJECT_DIFFICULTY = 0.4
"""Standard deviation among the objects of a photo, in log odds."""


@dataclass(frozen=True)
class Truth:
    """The detector and the photos that it meets."""

    name: str
    objects: float
    """Mean number of objects a photo."""
    spread: float = 1.0
    """Of the number of objects among photos: variance over mean; 1 is Poisson's."""
    found: float = 1.5
    """Log odds that an object is found on a photo of middling difficulty."""
    overlap: float = 1.5
    """Log odds of the overlap of a middling detection."""
    false_alarms: float = 1.0
    """Mean number a photo, at any score."""
    difficulty: float = 0.7
    """Standard deviation among photos, in log odds."""
    categories: tuple[float, ...] = (1.0,)
    """Share of each category among the objects."""
    empty: float = 0.0
    """Share of photos that show no objects."""


TRUTHS = (
    Truth("a few objects", objects=3),
    Truth("one object a photo", objects=1, empty=0.3, false_alarms=0.6),
    Truth("three categories", objects=5, categories=(0.6, 0.3, 0.1)),
    Truth("many objects of a photo alike", objects=20, spread=4, difficulty=1.2, false_alarms=5),
    Truth("a bad detector", objects=4, found=-0.5, overlap=0.3, false_alarms=6),
    Truth("a good detector", objects=3, found=3.5, overlap=2.6, false_alarms=0.2, difficulty=0.5),
)


@dataclass(frozen=True)
class SimulatedTest:
    """Photos, their objects, and detections in no order; ``overlap`` 0 for false alarms."""

    photos: int
    object_photo: np.ndarray
    object_category: np.ndarray
    photo: np.ndarray
    category: np.ndarray
    score: np.ndarray
    overlap: np.ndarray

    def matches(self, categories: int) -> TaskMatches:
        """All objects count as of middle size."""
        ranked = []
        for number in range(categories):
            mine = self.category == number
            best_first = np.flatnonzero(mine)[np.argsort(-self.score[mine], kind="stable")]
            right = self.overlap[best_first] >= OVERLAPS[:, np.newaxis]
            objects = np.bincount(
                self.object_photo[self.object_category == number], minlength=self.photos
            ).astype(float)
            ranked.append(RankedMatches(self.photo[best_first], right, ~right, objects))
        names = [str(number) for number in range(categories)]
        nothing = [
            RankedMatches(
                np.zeros(0, int), np.zeros((IOUS, 0), bool), np.zeros((IOUS, 0), bool), np.zeros(self.photos)
            )
        ] * categories
        return TaskMatches(names, [ranked, *[nothing] * (len(SIZES) - 1)])

    def counts(self, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Objects, right and false detections of each photo from this score on, all categories together."""
        reported = self.score >= threshold
        right = reported & (self.overlap >= OVERLAPS[0])
        return (
            np.bincount(self.object_photo, minlength=self.photos).astype(float),
            np.bincount(self.photo[right], minlength=self.photos).astype(float),
            np.bincount(self.photo[reported & ~right], minlength=self.photos).astype(float),
        )


@dataclass(frozen=True)
class Scenes:
    """Photos before a detector sees them."""

    difficulty: np.ndarray
    """Of each photo, in log odds."""
    object_photo: np.ndarray
    object_category: np.ndarray
    object_difficulty: np.ndarray
    """Of each object, with that of its photo."""


def draw_scenes(truth: Truth, photos: int, random: np.random.Generator) -> Scenes:
    """This many photos."""
    difficulty = random.normal(0, truth.difficulty, photos)
    mean = np.full(photos, truth.objects)
    if truth.spread > 1:
        mean = random.gamma(truth.objects / (truth.spread - 1), truth.spread - 1, photos)
    counts = random.poisson(mean) * (random.random(photos) >= truth.empty)
    object_photo = np.repeat(np.arange(photos), counts)
    return Scenes(
        difficulty,
        object_photo,
        random.choice(len(truth.categories), object_photo.size, p=truth.categories),
        difficulty[object_photo] + random.normal(0, OBJECT_DIFFICULTY, object_photo.size),
    )


def detect(truth: Truth, scenes: Scenes, random: np.random.Generator) -> SimulatedTest:
    """What the detector finds on these photos."""
    objects = scenes.object_photo.size
    is_found = random.random(objects) < _share(truth.found - scenes.object_difficulty)
    quality = truth.overlap - 0.5 * scenes.object_difficulty + random.normal(0, 0.7, objects)
    alarms = truth.false_alarms * np.exp(scenes.difficulty - truth.difficulty**2 / 2)
    false_photo = np.repeat(np.arange(alarms.size), random.poisson(alarms))
    false_category = random.choice(len(truth.categories), false_photo.size, p=truth.categories)
    score = _share(quality + random.normal(0, 1, objects))[is_found]
    return SimulatedTest(
        alarms.size,
        scenes.object_photo,
        scenes.object_category,
        np.concatenate([scenes.object_photo[is_found], false_photo]),
        np.concatenate([scenes.object_category[is_found], false_category]),
        np.concatenate([score, _share(random.normal(-1.5, 1.2, false_photo.size))]),
        np.concatenate([_share(quality)[is_found], np.zeros(false_photo.size)]),
    )


def _share(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))
