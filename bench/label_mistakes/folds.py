"""Out-of-fold detections: each photo is judged by a network that has learnt from the photos of the other folds.

A fold that was computed once is kept in ``RESULTS``; a training that was interrupted goes on from its checkpoint.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.accuracy.data import SETS
from bench.fruits_nuts import Progress
from jobs.detection.evaluation.evaluator import detect_split
from jobs.detection.job import CocoDocument, PathOf, TrainingJob
from jobs.detection.training.trainer import train
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_defaults import defaults_for, facts_of
from webapp.formats.found_object import FoundObject
from webapp.images.splits.stratified import Group, divide

RESULTS = Path(os.environ.get("RESULTS", "bench-label-mistakes"))
"""Set in the environment, else a folder below the working directory."""
FOLDS = 3


@dataclass(frozen=True)
class OneSet:
    """How long the networks of a set learn: fixed, so that a busy machine gives the same detections."""

    iterations: int


SHORT = {"fruits_nuts": OneSet(300), "bsdata": OneSet(400)}


def out_of_fold(name: str, document: CocoDocument, path_of: PathOf, key: str) -> dict[int, list[FoundObject]]:
    """What is found on each photo, by image id. ``key`` names the labels that are learnt from, in ``RESULTS``."""
    found: dict[int, list[FoundObject]] = {}
    for fold in range(FOLDS):
        found |= one_fold(name, document, path_of, key, fold)
    return found


def one_fold(
    name: str, document: CocoDocument, path_of: PathOf, key: str, fold: int
) -> dict[int, list[FoundObject]]:
    """The photos of one fold, judged by a network that has not seen them."""
    kept = RESULTS / f"{name}-{key}-{fold}.json"
    if not kept.is_file():
        RESULTS.mkdir(parents=True, exist_ok=True)
        found = _trained(name, document, path_of, fold, RESULTS / f"{name}-{key}-{fold}")
        with atomic_path(kept) as unfinished:
            unfinished.write_bytes(msgspec.json.encode(found))
    return msgspec.json.decode(kept.read_bytes(), type=dict[int, list[FoundObject]])


def _trained(
    name: str, document: CocoDocument, path_of: PathOf, fold: int, folder: Path
) -> dict[int, list[FoundObject]]:
    fold_of = _fold_of(name, document)
    images = [
        image | {"split": "test" if fold_of[image["id"]] == fold else "train"} for image in document["images"]
    ]
    document = document | {"images": images}
    parameters = defaults_for(facts_of(document)).model_copy(
        update={
            "time_budget_minutes": 0,
            "iterations": SHORT[name].iterations,
            "seed": fold,
            "checkpoint_period": 50,
        }
    )
    folder.mkdir(exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    job = TrainingJob(
        parameters,
        document,
        path_of,
        folder,
        device="cpu",
        resume_from=checkpoint if checkpoint.is_file() else None,
    )
    outcome = train(job, Progress())
    return detect_split(outcome.weights, document, "test", path_of, suppression=Suppression(), device="cpu")


def _fold_of(name: str, document: CocoDocument) -> dict[int, int]:
    """Photos of one place or scene are in one fold, and each fold has its share of every category."""
    shown: dict[int, set[int]] = {image["id"]: set() for image in document["images"]}
    for annotation in document["annotations"]:
        shown[annotation["image_id"]].add(annotation["category_id"])
    members: dict[str, list[int]] = {}
    for image in document["images"]:
        members.setdefault(SETS[name].group_of(image["file_name"]), []).append(image["id"])
    groups = []
    for ids in members.values():
        labels: dict[int, int] = {}
        for label in (each for one in ids for each in shown[one] or {0}):
            labels[label] = labels.get(label, 0) + 1
        groups.append(Group(len(ids), labels))
    divided = divide(groups, [1 / FOLDS] * FOLDS, seed=1)
    return {one: fold for ids, fold in zip(members.values(), divided, strict=True) for one in ids}
