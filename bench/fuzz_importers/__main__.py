"""Broken files of every format: none may raise anything but our own error, none may lose an annotation silently.

``.venv/bin/python -m bench.fuzz_importers [files]``, 10,000 a format by default.

Needs ``bin/setup`` alone.
"""

import sys
import time
import traceback

from bench.common.report import report
from bench.fuzz_importers.mutated_files import FORMATS, check, mutated
from bench.fuzz_importers.mutated_sets import SETS, check_set, mutated_set


def main(files: int) -> int:
    """Prints how many were taken and how long the slowest took; 1 where one raised what it must not."""
    failures = 0
    for name in [*FORMATS, *SETS]:
        taken, slowest = 0, 0.0
        for seed in range(files):
            start = time.perf_counter()
            try:
                taken += (
                    check_set(mutated_set(name, seed)) if name in SETS else check(name, mutated(name, seed))
                )
            except Exception:
                failures += 1
                print(f"{name} {seed}", file=sys.stderr)
                traceback.print_exc()
            slowest = max(slowest, time.perf_counter() - start)
        report(f"fuzz_{name}_taken", taken, f"of {files} mutated files")
        report(f"fuzz_{name}_slowest_ms", slowest * 1000, "ms")
    report("fuzz_failures", failures, f"of {files * len([*FORMATS, *SETS])} mutated files", 0)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
