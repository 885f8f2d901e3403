"""How fast training is against plain Detectron2, on photos of ``fruits_nuts``, all sides in turn in one run.

    .venv/bin/python -m bench.training [ROUNDS [ITERATIONS]]

*Plain* is Detectron2's ``DefaultTrainer`` with its own mapper and loader: the same configuration, photos and seed, no
validation. *Ours* is the product's engine without validation photos; *validated* has them, takes the validation loss
at every iteration, stores it in PostgreSQL and streams it through Redis. Each side is a process of its own; a ratio is
the median over the rounds of plain's time an iteration by the other's.

Needs ``bin/setup``, and ``fruits_nuts`` in the shared data.
"""

import json
import os
import statistics
import subprocess
import sys

from bench.common.report import report
from bench.training.product import running_product, start_overhead

SIDES = ("plain", "ours", "validated")


def main() -> None:
    """Prints the two ratios, the overhead of a start, and the share of a matrix product's speed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    with running_product() as running:
        for number in range(rounds):
            # Another order each round, so that nobody always goes first.
            for side in SIDES[number % 3 :] + SIDES[: number % 3]:
                found[side].append(_measure(side, iterations, running.environment))
                print(side, json.dumps(found[side][-1]), file=sys.stderr)
        overhead = start_overhead(running)
    report("speed_ratio_without_validation", _ratio(found, "ours"), "x", 1.2)
    report("speed_ratio_with_validation", _ratio(found, "validated"), "x", 1.0)
    report("start_overhead_seconds", overhead, "s", 3)
    report("flops_share_of_sgemm_peak", statistics.median(one["share"] for one in found["ours"]), "share")
    for side in SIDES:
        report(f"seconds_an_iteration_{side}", statistics.median(s["seconds"] for s in found[side]), "s")


def _ratio(found: dict[str, list[dict[str, float]]], side: str) -> float:
    pairs = zip(found["plain"], found[side], strict=True)
    return statistics.median(plain["seconds"] / other["seconds"] for plain, other in pairs)


def _measure(side: str, iterations: int, environment: dict[str, str]) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.training.side", side, str(iterations)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
