"""How surely photos of one scene are found: ``python -m bench.leaks [set …] [--photos 10000] [--many 100000]``.

Into each set (``fruits_nuts``, ``bsdata``, ``wagon``) every change of ``bench/leaks/changes.py`` is planted once for
each of up to 60 photos, and the product's own jobs compare all. A planted photo is found where its original is in its
group. Unrelated are photos of different places or scenes, as ``bench/accuracy/data.py`` knows them; called alike where
the comparison made a pair of them, and in one group where a chain of pairs connects them.

``--photos`` compares so many photos and prints the seconds; ``--many`` compares a thousand new ones with so many that
are there, and prints the most memory. 0 leaves either out. Needs ``bin/setup test`` and the shared data.
"""

import argparse
import random
from itertools import combinations

from PIL import Image as Picture
from sqlalchemy import select

from bench.accuracy.data import NAMES, SETS, load
from bench.common.report import report
from bench.leaks import compared, many
from bench.leaks.changes import changed, jpeg, opened
from webapp.core.extensions import db
from webapp.images.similar import groups
from webapp.models import NearDuplicate

ORIGINALS = 60
GOALS = {"planted_found": 0.95, "unrelated_called_alike": 0.01, "seconds_10000": 60}


def plant(name: str) -> dict[str, float]:
    """The figures of one set."""
    rng = random.Random(1)  # noqa: S311 - no secret
    document, path_of = load(name, 0)
    chosen = sorted(document["images"], key=lambda image: image["file_name"])
    rng.shuffle(chosen)
    model = compared.new_model(name)
    originals: dict[int, str] = {}
    planted: dict[int, tuple[int, str]] = {}
    for image in chosen[:ORIGINALS]:
        photo = opened(path_of(image))
        number = compared.add(model, jpeg(photo), f"{image['id']}.jpg")
        if number is None:
            continue
        originals[number] = SETS[name].group_of(image["file_name"])
        for kind, other in changed(photo, rng):
            twin = compared.add(model, jpeg(other), f"{image['id']}_{kind}.jpg")
            if twin is not None:
                planted[twin] = (number, kind)
    db.session.commit()
    compared.compare(model)
    return _figures(name, originals, planted, groups.ids_of(model))


def _figures(
    name: str, originals: dict[int, str], planted: dict[int, tuple[int, str]], found: list[list[int]]
) -> dict[str, float]:
    group_of = {image_id: number for number, group in enumerate(found) for image_id in group}
    right = {
        twin: group_of.get(twin, -1) == group_of.get(origin, -2) for twin, (origin, _kind) in planted.items()
    }
    for kind in sorted({kind for _origin, kind in planted.values()}):
        own = [right[twin] for twin, (_origin, its) in planted.items() if its == kind]
        report(f"{name}_found_{kind}", sum(own) / len(own), "share")
    unrelated = {
        pair for pair in combinations(sorted(originals), 2) if originals[pair[0]] != originals[pair[1]]
    }
    rows = db.session.execute(select(NearDuplicate.first_id, NearDuplicate.second_id))
    pairs = {(first, second) for first, second in rows}
    together = sum(group_of.get(one, -1) == group_of.get(other, -2) for one, other in unrelated)
    return {
        "planted_found": sum(right.values()) / len(right),
        "unrelated_called_alike": len(unrelated & pairs) / len(unrelated),
        "unrelated_in_one_group": together / len(unrelated),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="bench.leaks")
    parser.add_argument("sets", nargs="*", metavar="set", help=", ".join(NAMES))
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    Picture.MAX_IMAGE_PIXELS = None
    with compared.product():
        names = asked.sets or list(NAMES)
        figures = {name: plant(name) for name in names}
        for metric in ("planted_found", "unrelated_called_alike", "unrelated_in_one_group"):
            values = [figures[name][metric] for name in names]
            for name, value in zip(names, values, strict=True):
                report(f"{name}_{metric}", value, "share", GOALS.get(metric))
            worst = min(values) if metric == "planted_found" else max(values)
            report(metric, worst, "share", GOALS.get(metric))
        if asked.photos:
            many.report_seconds(asked.photos, GOALS["seconds_10000"])
        if asked.many:
            many.report_memory(asked.many)


if __name__ == "__main__":
    main()
