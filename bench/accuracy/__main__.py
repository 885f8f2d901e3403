"""What a training of ten minutes finds: ``python -m bench.accuracy --data NAME --seed N --side ours|first|plain``.

``--side ours`` trains with the defaults that the form proposes for this data, for ``--minutes`` by the clock;
``first`` with those of the product's first version (320 px, SGD) as long;
``plain`` is Detectron2's ``DefaultTrainer`` with the same start weights and network, its own schedule and as many
iterations as fit into the same minutes. Validation photos choose the thresholds, the test photos are looked at for the
figures alone. A result is kept in ``RESULTS``, beside its weights, and not measured again; ``--summary`` measures what
is missing of three seeds and prints the means. Nothing else may run on the machine meanwhile.

Needs ``bin/setup`` and the shared data (``SHARED_DATA``).
"""

import argparse
import json
import os
from pathlib import Path
from statistics import fmean

from bench.accuracy import data, sides
from bench.common.report import report
from webapp.contracts.atomic_file import atomic_path

RESULTS = Path(os.environ.get("RESULTS", "bench-accuracy"))
"""Set in the environment, else a folder below the working directory."""
SEEDS = (1, 2, 3)
MUST = {
    "fruits_nuts_segm_ap": 78,
    "fruits_nuts_segm_ap_2_minutes": 72,
    "bsdata_segm_ap": 25,
    "bsdata_segm_ap_small": 9,
    "bsdata_found": 0.65,
    "bsdata_false_alarms_a_photo": 0.5,
    "bsdata_seconds_a_photo": 0.35,
    "wagon_segm_ap": 4,
    "wagon_segm_ap50": 14,
    "wagon_bbox_ap": 10,
    **{f"{name}_doubles": 0.02 for name in data.NAMES},
}
UNITS = {
    "found": "of the objects",
    "doubles": "of the objects",
    "seconds_a_photo": "s",
    "training_seconds": "s",
}


def kept_weights(name: str, side: str, seed: int = 1, minutes: float = 10) -> Path:
    """Of one training, which is done where its result is not kept yet."""
    result(name, seed, side, minutes)
    return _kept(name, seed, side, minutes).with_suffix(".safetensors")


def _kept(name: str, seed: int, side: str, minutes: float) -> Path:
    return RESULTS / f"{name}-{side}-{minutes:g}-{seed}.json"


def result(name: str, seed: int, side: str, minutes: float) -> dict[str, float]:
    """The figures of one training, measured where they are not kept yet."""
    kept = _kept(name, seed, side, minutes)
    if not kept.is_file():
        RESULTS.mkdir(parents=True, exist_ok=True)
        figures = sides.SIDES[side](name, seed, minutes, kept.with_suffix(".safetensors"))
        with atomic_path(kept) as unfinished:
            unfinished.write_text(json.dumps(figures))
    return json.loads(kept.read_text())


def _print(name: str, figures: dict[str, float], suffix: str = "") -> None:
    for metric, value in figures.items():
        whole = f"{name}_{metric}{suffix}"
        report(whole, value, UNITS.get(metric, "AP" if "_ap" in metric else ""), MUST.get(whole))


def _summary() -> None:
    wanted = [(name, 10.0, "") for name in data.NAMES] + [("fruits_nuts", 2.0, "_2_minutes")]
    for name, minutes, suffix in wanted:
        seeds = [result(name, seed, "ours", minutes) for seed in SEEDS]
        _print(name, {metric: fmean(each[metric] for each in seeds) for metric in seeds[0]}, suffix)
    for name in data.NAMES:
        _print(name, result(name, SEEDS[0], "plain", 10.0), "_plain")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench.accuracy", description=__doc__)
    parser.add_argument("--data", choices=data.NAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", choices=list(sides.SIDES), default="ours")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--summary", action="store_true")
    asked = parser.parse_args()
    if asked.summary:
        _summary()
    elif asked.data:
        _print(asked.data, result(asked.data, asked.seed, asked.side, asked.minutes))
    else:
        parser.error("--data or --summary is needed")


if __name__ == "__main__":
    main()
