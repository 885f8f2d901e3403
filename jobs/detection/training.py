"""Trains a Mask R-CNN on a dataset version.

``train`` reads top to bottom; all that goes on beside it is a hook.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.engine import AMPTrainer, HookBase, SimpleTrainer
from detectron2.engine.hooks import LRScheduler
from detectron2.solver import build_lr_scheduler, build_optimizer
from torch import nn

from jobs.detection import hooks
from jobs.detection.architectures import build_config, load_default_weights, new_model
from jobs.detection.checkpoint import load_checkpoint
from jobs.detection.dataset import (
    Record,
    TrainingBatches,
    TrainingMapper,
    category_names,
    records_of_split,
    refuse_missing_photos,
)
from jobs.detection.device import choose_device
from jobs.detection.errors import CheckpointUnusable, DatasetUnusable, LossDiverged
from jobs.detection.job import LoadReport, Phase, TrainingJob, TrainingListener, TrainingOutcome
from jobs.detection.seeding import BEFORE_TRAINING, seed_everything
from jobs.detection.weights import load_start_weights, save_weights
from webapp.formats.weights_file import WeightsMetadata

WEIGHTS_NAME = "weights.safetensors"
CHECKPOINT_NAME = "checkpoint.pt"


def train(job: TrainingJob, listener: TrainingListener) -> TrainingOutcome:
    """Runs all iterations, or until the listener asks to stop, and saves the weights.

    Raises ``DatasetUnusable``, ``PhotoMissing``, ``PhotoUnreadable``, ``PretrainedMissing``,
    ``WeightsRejected``, ``CheckpointUnusable``, ``LossDiverged``, OSError (disk full) and
    ``torch.OutOfMemoryError``.
    """
    began = time.monotonic()
    parameters = job.parameters
    listener.phase(Phase.PREPARING)
    categories = category_names(job.dataset)
    training = records_of_split(job.dataset, "train", job.path_of)
    validation = records_of_split(job.dataset, "validation", job.path_of)
    _refuse_unusable(categories, training, validation)

    device = choose_device(job.device)
    cfg = build_config(parameters, len(categories), device.name)
    seed_everything(parameters.seed, BEFORE_TRAINING)
    model = new_model(cfg)
    optimizer = build_optimizer(cfg, model)
    scheduler = build_lr_scheduler(cfg, optimizer)
    mixed_precision = parameters.mixed_precision and device.mixed_precision
    scaler = torch.amp.GradScaler(enabled=mixed_precision)
    stateful = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    first, start = _prepare_start(job, model, categories, stateful)

    batches = TrainingBatches(
        training, TrainingMapper(cfg), parameters.batch_size, parameters.seed, first=first
    )
    model.train()
    trainer = (
        AMPTrainer(model, batches, optimizer, scaler)
        if mixed_precision
        else SimpleTrainer(model, batches, optimizer)
    )

    def state_after(iteration: int) -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in stateful.items()}
        return {"iteration": iteration, "categories": categories, **states}

    trainer.register_hooks(
        [
            hooks.SeedIteration(parameters.seed),
            LRScheduler(optimizer, scheduler),
            *_validation_hooks(cfg, model, validation, parameters.seed),
            hooks.ReportIteration(listener, parameters.iterations, device.name != "cpu"),
            hooks.RefuseDivergedLoss(),
            hooks.PeriodicCheckpoint(
                job.output_dir / CHECKPOINT_NAME, parameters.checkpoint_period, state_after, listener
            ),
            hooks.StopOnRequest(listener),
        ]
    )

    listener.started(first + 1, parameters.iterations, device.description, start)
    listener.phase(Phase.TRAINING)
    stopped = _run(lambda: trainer.train(first, parameters.iterations), trainer, parameters.learning_rate)
    done = trainer.iter + 1 if stopped else parameters.iterations

    listener.phase(Phase.SAVING)
    weights = job.output_dir / WEIGHTS_NAME
    metadata = WeightsMetadata(
        architecture=parameters.architecture.value,
        categories=categories,
        parameters=parameters.model_dump(mode="json"),
        dataset_version=job.dataset_version,
        iteration=done,
    )
    save_weights(model, weights, metadata)
    return TrainingOutcome(weights, done, stopped, time.monotonic() - began, start, device.description)


def _refuse_unusable(categories: list[str], training: list[Record], validation: list[Record]) -> None:
    if not categories:
        raise DatasetUnusable(reason="no_categories")
    if not training:
        raise DatasetUnusable(reason="no_photos")
    refuse_missing_photos([*training, *validation])


def _prepare_start(
    job: TrainingJob, model: nn.Module, categories: list[str], stateful: dict[str, Any]
) -> tuple[int, LoadReport]:
    """Fills the model. Returns how many iterations are done already, and what was loaded."""
    if job.resume_from is not None:
        state = load_checkpoint(job.resume_from)
        if state["categories"] != categories:
            raise CheckpointUnusable(reason="other categories")
        for name, part in stateful.items():
            part.load_state_dict(state[name])
        return state["iteration"], LoadReport(len(state["model"]), [], "checkpoint")
    if job.start_weights is not None:
        return 0, load_start_weights(model, job.start_weights, categories)
    if job.random_start:
        return 0, LoadReport(0, [], "random")
    return 0, load_default_weights(model, job.parameters.architecture, job.pretrained_dir)


def _validation_hooks(cfg: CfgNode, model: nn.Module, records: list[Record], seed: int) -> list[HookBase]:
    if not records:
        return []
    return [hooks.ValidationLoss(model, records, TrainingMapper(cfg, augment=False), seed)]


def _run(loop: Callable[[], None], trainer: SimpleTrainer, learning_rate: float) -> bool:
    """Returns whether the loop was stopped on request. Raises ``LossDiverged``."""
    try:
        loop()
    except hooks.StopRequested:
        return True
    except FloatingPointError as error:  # Detectron2's sign of a loss, box or score that is NaN or infinite
        raise LossDiverged(iteration=trainer.iter + 1, learning_rate=learning_rate) from error
    return False
