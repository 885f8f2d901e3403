"""Broken photos of every kind: each is taken or refused, and none raises anything but our own error.

``.venv/bin/python -m bench.fuzz_photos [photos]``, 10,000 in all by default. With ``--prediction`` the product is
started and 300 of them go through prediction runs and the call for single photos: no answer is a 5xx, and no run ends
before its last photo.

Needs ``bin/setup`` alone; with ``--prediction`` ``bin/setup test``, and ``bsdata`` in the shared data.
"""

import argparse
import sys
import time
import traceback
import warnings

from bench.common.report import report
from bench.fuzz_photos.mutated_photos import check, mutated
from bench.fuzz_photos.photo_kinds import KINDS


def main(photos: int) -> int:
    """Prints how many were taken and how long the slowest took; 1 where one raised what it must not."""
    failures = 0
    each = -(-photos // len(KINDS))
    for kind in KINDS:
        taken, slowest = 0, 0.0
        for seed in range(each):
            start = time.perf_counter()
            try:
                taken += check(mutated(kind, seed))
            except Exception:
                failures += 1
                print(f"{kind} {seed}", file=sys.stderr)
                traceback.print_exc()
            slowest = max(slowest, time.perf_counter() - start)
        report(f"fuzz_{kind}_taken", taken, f"of {each} mutated photos")
        report(f"fuzz_{kind}_slowest_ms", slowest * 1000, "ms")
    report("fuzz_photos_failures", failures, f"of {each * len(KINDS)} mutated photos", 0)
    return 1 if failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.fuzz_photos")
    parser.add_argument("photos", nargs="?", type=int, default=10_000)
    parser.add_argument("--prediction", action="store_true", help="send 300 of them through a prediction run")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # Pillow's, of odd metadata
    result = main(arguments.photos)
    if arguments.prediction:
        from bench.fuzz_photos.prediction import through_a_prediction

        result |= through_a_prediction()
    sys.exit(result)
