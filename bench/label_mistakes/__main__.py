"""How surely mistakes in labels are found: ``python -m bench.label_mistakes [set …] [--retrain]``.

Into the labels of each set (``fruits_nuts``, ``bsdata``) mistakes are planted (``planting.py``): 1 % of the labels for
each kind, at least one, in ten plantings. Networks judge each photo that have not learnt from it (three folds, by place
or scene), and the product's ranking follows. Shown is its first tenth: as many entries as a tenth of the number of
labels, rounded up. A planted mistake is found where one of them points to its label, or, for a missing one, proposes an
object that overlaps the label that was taken away by half.

The networks have learnt from labels with as many mistakes: those of one planting, which is not among the ten, judge in
all ten. With ``--retrain`` each planting has networks of its own, which takes ten times as long; ``--plantings`` says
how many. Detections are kept in ``RESULTS``, so that an interrupted bench goes on. Needs ``bin/setup`` and the shared
data.
"""

import argparse
from collections import Counter, defaultdict
from statistics import fmean

from bench.accuracy.data import load
from bench.common.report import report
from bench.label_mistakes.folds import SHORT, out_of_fold
from bench.label_mistakes.planting import Planted, plant
from jobs.detection.job import CocoDocument
from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.candidates import Candidate
from webapp.formats.label_mistakes.expectations import expectations_of
from webapp.formats.label_mistakes.overlaps import JudgedLabel, JudgedPhoto, Overlaps
from webapp.formats.label_mistakes.ranking import ranked, shown_count
from webapp.formats.masks.rle import mask_iou, polygons_to_rle

GOALS = {"fruits_nuts": 0.8, "bsdata": 0.6}
LEARNT_FROM = 100
"""The planting whose labels the networks have learnt from."""
SEEDS = range(101, 111)
"""The plantings that are measured; no figure of the ranking was chosen on them."""
SAME = 0.5


def judged_photos(document: CocoDocument, detections: dict[int, list[FoundObject]]) -> list[JudgedPhoto]:
    """The photos as the ranking takes them."""
    names = {category["id"]: category["name"] for category in document["categories"]}
    labels: dict[int, list[JudgedLabel]] = defaultdict(list)
    for one in document["annotations"]:
        label = JudgedLabel(
            one["id"],
            names[one["category_id"]],
            one["segmentation"],
            one["bbox"],
            iscrowd=bool(one.get("iscrowd")),
        )
        labels[one["image_id"]].append(label)
    return [
        JudgedPhoto(
            image["id"], image["width"], image["height"], labels[image["id"]], detections[image["id"]]
        )
        for image in document["images"]
    ]


def found_in_first_tenth(
    document: CocoDocument, planted: list[Planted], detections: dict[int, list[FoundObject]]
) -> list[Planted]:
    """Those of the planted mistakes that the first tenth of the ranking shows."""
    photos = [Overlaps(photo) for photo in judged_photos(document, detections)]
    first = ranked(photos, expectations_of(photos))[: shown_count(photos)]
    return [one for one in planted if any(_shows(photo, entry, one) for photo, entry in first)]


def _shows(photo: JudgedPhoto, entry: Candidate, planted: Planted) -> bool:
    if photo.id != planted.image_id:
        return False
    if planted.annotation_ids:
        return any(photo.labels[at].id in planted.annotation_ids for at in entry.labels)
    taken = polygons_to_rle(planted.rings, photo.width, photo.height)
    return any(mask_iou(photo.detections[at].segmentation, taken) >= SAME for at in entry.detections)


def measure(name: str, plantings: int, *, retrain: bool) -> None:
    """Prints the figures of one set."""
    document, path_of = load(name, 0)
    shares, found, there = [], Counter[str](), Counter[str]()
    for seed in list(SEEDS)[:plantings]:
        changed, planted = plant(document, seed)
        learnt = seed if retrain else LEARNT_FROM
        learnt_from, _planted = plant(document, learnt)
        detections = out_of_fold(name, learnt_from, path_of, f"planted-{learnt}")
        shown = found_in_first_tenth(changed, planted, detections)
        shares.append(len(shown) / len(planted))
        found.update(one.kind for one in shown)
        there.update(one.kind for one in planted)
    for kind in sorted(there):
        report(f"{name}_found_{kind}", found[kind] / there[kind], "share")
    report(f"{name}_found_in_first_tenth_worst", min(shares), "share")
    report(f"{name}_found_in_first_tenth", fmean(shares), "share", GOALS[name])


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="bench.label_mistakes")
    parser.add_argument("sets", nargs="*", metavar="set", help=", ".join(SHORT))
    parser.add_argument("--retrain", action="store_true")
    parser.add_argument("--plantings", type=int, default=len(SEEDS))
    asked = parser.parse_args()
    for name in asked.sets or list(SHORT):
        measure(name, asked.plantings, retrain=asked.retrain)


if __name__ == "__main__":
    main()
