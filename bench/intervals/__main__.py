"""How often the 95 % intervals of a test hold the truth, and how long they take.

    .venv/bin/python -m bench.intervals [TESTS [seconds|10|30|100]]

Test sets are drawn from known truths (``simulated_tests.py``), TESTS of each; an interval should hold the figure of
all photos in 95 of 100. ``coverage_30`` is the share for the AP of tests with 30 photos, over all truths;
``worst_coverage_30`` that of the truth with the lowest. The same follows for AP50, for the difference of AP to a better
detector on the same photos, and for recall, precision and false alarms a photo.

The seconds are those that a run takes after its test, for 500 photos with 15 detections each.

Needs ``bin/setup``.
"""

import sys
import time
from collections import defaultdict
from dataclasses import replace

import numpy as np

from bench.common.report import report
from bench.intervals.large_test import document_and_detections
from bench.intervals.simulated_tests import TRUTHS, Truth, detect, draw_scenes
from jobs.detection.evaluation.coco_scores import compare
from jobs.detection.evaluation.intervals import intervals_of, resampled_figures
from jobs.detection.evaluation.matching import match
from jobs.detection.evaluation.proportions import proportions, rates
from webapp.contracts import intervals
from webapp.contracts.intervals import Interval

PHOTOS = (10, 30, 100)
GOALS = {10: 0.90, 30: 0.93, 100: 0.93}
MANY = 20_000
"""Photos whose figures are taken for those of all."""
THRESHOLD = 0.5

GAIN = 0.3
"""Log odds by which the second detector is better, of which the difference is told."""


def coverage(photos: int, tests: int) -> None:
    """Prints the shares for tests with this many photos."""
    held: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for truth in TRUTHS:
        better = replace(truth, found=truth.found + GAIN, overlap=truth.overlap + GAIN)
        random = np.random.default_rng(photos)
        expected = figures_of_all(truth, better, random)
        for _test in range(tests):
            for name, found in intervals_of_test(truth, better, photos, random).items():
                if found is not None:
                    held[name][truth.name].append(found[0] <= expected[name] <= found[1])
    for name, by_truth in held.items():
        label = "" if name == "AP" else f"{name}_"
        shares = {truth: float(np.mean(each)) for truth, each in by_truth.items()}
        report(f"{label}coverage_{photos}", float(np.mean(list(shares.values()))), "share", GOALS[photos])
        worst = min(shares, key=shares.__getitem__)
        report(f"{label}worst_coverage_{photos}", shares[worst], f"share, {worst}")


def figures_of_all(truth: Truth, better: Truth, random: np.random.Generator) -> dict[str, float]:
    """The truth itself, from very many photos."""
    scenes = draw_scenes(truth, MANY, random)
    test, other = detect(truth, scenes, random), detect(better, scenes, random)
    ap, ap_of_other = (
        each.matches(len(truth.categories)).figures(np.ones((1, MANY))) for each in (test, other)
    )
    objects, right, false = test.counts(THRESHOLD)
    return {
        "AP": float(ap["AP"][0]),
        "AP50": float(ap["AP50"][0]),
        "difference": float(ap_of_other["AP"][0] - ap["AP"][0]),
        "recall": float(right.sum() / objects.sum()),
        "precision": float(right.sum() / (right.sum() + false.sum())),
        "false_alarms": float(false.mean()),
    }


def intervals_of_test(
    truth: Truth, better: Truth, photos: int, random: np.random.Generator
) -> dict[str, Interval | None]:
    """As the product computes them, of a test that is drawn; ``difference`` is that to a better detector."""
    scenes = draw_scenes(truth, photos, random)
    test, other = detect(truth, scenes, random), detect(better, scenes, random)
    figures, figures_of_other = (
        resampled_figures(each.matches(len(truth.categories))) for each in (test, other)
    )
    objects, right, false = (each[np.newaxis] for each in test.counts(THRESHOLD))
    shares = {
        "recall": proportions(right, objects)[0],
        "precision": proportions(right, right + false)[0],
        "false_alarms": rates(false)[0],
    }
    return {
        "AP": intervals.interval(figures["AP"]),
        "AP50": intervals.interval(figures["AP50"]),
        "difference": intervals.interval_of_difference(figures_of_other["AP"], figures["AP"]),
    } | {name: None if np.isnan(low) else (float(low), float(high)) for name, (low, high) in shares.items()}


def seconds() -> None:
    """Prints how long the intervals of a large test take."""
    document, detections = document_and_detections(photos=500, detections=15)
    compared = compare(document, "test", detections)
    photos = match(compared["segm"], detections)
    began = time.monotonic()
    intervals_of(document, compared, photos)
    report("intervals_500_photos", time.monotonic() - began, "s", 2)


def main() -> None:
    """Prints all figures."""
    tests = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    if part in ("", "seconds"):
        seconds()
    for photos in PHOTOS:
        if part in ("", str(photos)):
            coverage(photos, tests)


if __name__ == "__main__":
    main()
