"""Cross-validation: each fold judges weights that were trained on the others, then the weights see all photos."""

import functools
import gc
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import torch

from jobs.detection.evaluation.advice import MASK_SHARES, Advice, thresholds_of, write_advice
from jobs.detection.evaluation.coco_scores import compare, metrics_of
from jobs.detection.evaluation.evaluator import (
    Evaluation,
    EvaluationStopped,
    detect_split,
    judge,
    with_images_of,
)
from jobs.detection.job import CocoDocument, TrainingJob, TrainingOutcome
from jobs.tasks.database.database_listener import DatabaseListener
from jobs.tasks.database.database_retry import retry_while_away
from jobs.tasks.training_job import WorkerEnds, asks_to_end, job_of, record_test, train
from webapp.contracts.suppression import Suppression
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import TrainingRun
from webapp.training.cross_validation import out_of_fold, stages
from webapp.training.cross_validation.stages import Stage

BOXES = Advice(mask_share=MASK_SHARES[0])
"""The boxes that are mostly the best, for the weights of all folds and those of the run: without validation photos
nothing can choose, and what is judged is what is used."""
_log = logging.getLogger(__name__)


def train_all(
    run_id: int, dataset: CocoDocument, listener: DatabaseListener
) -> tuple[TrainingJob, TrainingOutcome | None]:
    """Train and judge every fold that is left, then train on all photos.

    The last training and its outcome; None where a stop came before all folds were judged. Raises WorkerEnds.
    """
    while True:
        stage, job = retry_while_away(lambda: _next(run_id, dataset, listener))
        _log.info("training %s of %s", stage.done + 1, stage.trainings)
        outcome = train(run_id, job, listener)
        if stage.fold is None:
            return job, outcome
        if outcome.stopped or not _is_judged(run_id, job, stage, outcome, listener):
            return job, None
        # A network and its hooks refer to each other: without this the memory of all folds would add up.
        gc.collect()
        torch.cuda.empty_cache()


def _next(run_id: int, dataset: CocoDocument, listener: DatabaseListener) -> tuple[Stage, TrainingJob]:
    run = db.session.get_one(TrainingRun, run_id, populate_existing=True)
    stage = stages.next_of(run)
    listener.begin(stage, run.iterations)
    job = job_of(run, dataset, stage)
    # End the transaction: the training may take hours.
    db.session.rollback()
    return stage, job


def _is_judged(
    run_id: int, job: TrainingJob, stage: Stage, outcome: TrainingOutcome, listener: DatabaseListener
) -> bool:
    """Judge the photos of the fold and store what is found; False after a stop. Raises WorkerEnds."""
    write_advice(outcome.weights, BOXES)
    try:
        found = detect_split(
            outcome.weights,
            job.dataset,
            "test",
            job.path_of,
            suppression=job.suppression,
            left_out=lambda image: listener.left_out([image]),
            progress=functools.partial(record_test, run_id),
            should_stop=asks_to_end(listener),
        )
    except EvaluationStopped:
        if not listener.should_stop():
            raise WorkerEnds from None
        return False
    _store(run_id, job.dataset, stage, found, listener.attempt)
    shutil.rmtree(job.output_dir, ignore_errors=True)
    return True


def _store(
    run_id: int, document: CocoDocument, stage: Stage, found: dict[int, list[FoundObject]], attempt: int
) -> None:
    looked_at = with_images_of(document, found)
    metrics = metrics_of(looked_at, compare(looked_at, "test", found)) if found else None
    objects = sum(one["image_id"] in found and not one.get("iscrowd", 0) for one in looked_at["annotations"])
    hashes = {image["id"]: image["sha256"] for image in looked_at["images"]}
    by_photo = {hashes[image_id]: [one.with_shape() for one in each] for image_id, each in found.items()}
    fold = stage.fold or 0
    _log.info("fold %s: %s", stage.fold, metrics and metrics["segm"]["AP"])
    retry_while_away(lambda: out_of_fold.store(run_id, fold, by_photo, metrics, objects, attempt))


def judge_all(run_id: int, dataset: CocoDocument, suppression: Suppression | None) -> Evaluation | None:
    """The photos of all folds that are done, as one test. None where none is, or no photo could be used."""
    found = retry_while_away(lambda: out_of_fold.found_by_photo(run_id))
    db.session.rollback()
    document = dataset | {"images": [image | {"split": "test"} for image in dataset["images"]]}
    detections = {
        image["id"]: found[image["sha256"]] for image in document["images"] if image["sha256"] in found
    }
    if not detections:
        return None
    judged = judge(with_images_of(document, detections), "test", detections)
    judged.summary["suppression"] = suppression.to_json() if suppression else None
    return judged


def advise(judged: Evaluation | None, weights: Path) -> dict[Path, Advice]:
    """What the folds say about the weights of all photos; written into their file."""
    thresholds = thresholds_of(judged) if judged else None
    advice = replace(BOXES, thresholds=thresholds)
    write_advice(weights, advice)
    return {weights: advice}
