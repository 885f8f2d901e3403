"""Trains a Mask R-CNN on a dataset version.

``train`` is a straight line; everything beside the loop is a hook (``hooks.py``). With several processes
(``distributed.py``) each runs it; the first validates, reports and saves.
"""

import time
from pathlib import Path
from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.engine import AMPTrainer, SimpleTrainer, create_ddp_model
from detectron2.engine.hooks import LRScheduler
from detectron2.utils import comm
from torch import nn

from jobs.detection.device import choose_device
from jobs.detection.errors import CheckpointUnusable, DatasetUnusable
from jobs.detection.inputs.batches import TrainingBatches
from jobs.detection.inputs.copy_paste import with_copy_paste
from jobs.detection.inputs.dataset import (
    InferenceMapper,
    Record,
    TrainingMapper,
    category_names,
    records_of_split,
)
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.job import LoadReport, Phase, TrainingJob, TrainingListener, TrainingOutcome
from jobs.detection.network.acceleration import accelerate
from jobs.detection.network.architectures import build_config, load_default_weights, new_model
from jobs.detection.network.weights import load_start_weights, save_weights
from jobs.detection.training import hooks
from jobs.detection.training.checkpoint import Checkpoints, Progress, load_checkpoint
from jobs.detection.training.loop import Loop
from jobs.detection.training.samples import DrawSamples
from jobs.detection.training.seeding import BEFORE_TRAINING, seed_everything
from jobs.detection.training.solver import new_optimizer, new_scheduler, scale_learning_rate
from jobs.detection.training.time_budget import (
    PROVISIONAL,
    FixIterations,
    Periodic,
    fewest_iterations,
)
from jobs.detection.training.validation import FullValidation, ValidationImages, ValidationLoss
from jobs.detection.training.validation_ap import ValidationAp
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_metadata import WeightsMetadata

WEIGHTS_NAME = "weights.safetensors"


def train(job: TrainingJob, listener: TrainingListener) -> TrainingOutcome:
    """Runs all iterations, or until the listener asks to stop, and saves the weights.

    Photos that cannot be used are left out and reported. Raises ``DatasetUnusable``, ``PretrainedMissing``,
    ``WeightsRejected``, ``CheckpointUnusable``, ``LossDiverged``, OSError (disk full) and
    ``torch.OutOfMemoryError``.
    """
    began = time.monotonic()
    listener.phase(Phase.PREPARING)
    categories = category_names(job.dataset)
    left_out = LeftOutImages()
    meant = records_of_split(job.dataset, "train", job.path_of)
    training = left_out.present(meant)
    validation = left_out.present(records_of_split(job.dataset, "validation", job.path_of))
    listener.left_out(left_out.unreported())
    _refuse_unusable(categories, meant, training)
    planned = job.parameters.iterations_for(len(training))
    total = planned or PROVISIONAL
    parameters = job.parameters.model_copy(update={"iterations": total})
    ends = began + 60 * parameters.time_budget_minutes

    device = choose_device(job.device)
    cfg = build_config(parameters, len(categories), device.name)
    seed_everything(parameters.seed, BEFORE_TRAINING)
    model = new_model(cfg)
    if device.name == "cpu":
        accelerate(model)
    optimizer = new_optimizer(cfg, parameters, model)
    scheduler = new_scheduler(parameters, optimizer, total)
    mixed_precision = parameters.mixed_precision and device.mixed_precision
    scaler = torch.amp.GradScaler(enabled=mixed_precision)
    stateful = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    progress = Progress()
    first, start = _prepare_start(job, model, categories, stateful, progress)

    def state_after(iteration: int) -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in stateful.items()}
        rate = parameters.learning_rate
        return {"iteration": iteration, "categories": categories, "learning_rate": rate, **states}

    def save(path: Path, iteration: int) -> None:
        save_weights(model, path, _metadata(parameters, categories, job.dataset_version, iteration))

    checkpoints = Checkpoints(job.output_dir, progress, state_after, save, listener)
    mapper = TrainingMapper(cfg, parameters)
    batches = TrainingBatches(
        training,
        with_copy_paste(mapper, training, parameters.copy_paste / 100, left_out),
        parameters.batch_size,
        parameters.seed,
        first=first,
        threads=parameters.data_workers,
        part=_own_part(parameters.batch_size),
        left_out=left_out,
    )
    model.train()
    on_gpu = device.name != "cpu"
    trained = create_ddp_model(
        model, device_ids=[comm.get_local_rank()] if on_gpu else None, broadcast_buffers=False
    )
    photos = ValidationImages(model, validation, mapper, parameters.seed, left_out)
    trainer = (
        AMPTrainer(trained, batches, optimizer, scaler)
        if mixed_precision
        else SimpleTrainer(trained, batches, optimizer)
    )
    beside = [hooks.SeedIteration(parameters.seed), LRScheduler(optimizer, scheduler)]
    found = ValidationAp(model, InferenceMapper(cfg), validation, job.dataset, left_out, job.suppression)
    validations: list[FullValidation] = (
        [FullValidation(photos, found, parameters.validation_period, progress, listener.should_stop)]
        if validation
        else []
    )
    report = hooks.ReportIteration(listener, planned, on_gpu, parameters.validation_period, ends)
    samples = _sample_hooks(cfg, parameters, model, validation, categories, job, left_out)
    if comm.is_main_process():
        beside += [
            *([ValidationLoss(photos)] if validations else []),
            *validations,
            *samples,
            report,
            hooks.RefuseDivergedLoss(),
            hooks.SaveCheckpoints(checkpoints, parameters.checkpoint_period, progress),
        ]
    beside.append(hooks.ReportLeftOut(left_out, listener))
    beside.append(hooks.StopOnRequest(listener, progress, parameters.early_stopping))
    trainer.register_hooks(beside)

    listener.started(first + 1, planned, device.description, start)
    listener.phase(Phase.TRAINING)
    loop = Loop(trainer, scheduler, parameters, first)
    stopped = False
    if first >= total or progress.ended_early:
        pass  # a resume of a run that had already come to its end
    elif planned:
        stopped = loop.run(total)
    else:

        def fixed(iterations: int) -> None:
            nonlocal parameters
            parameters = parameters.model_copy(update={"iterations": iterations})
            report.set_total(iterations)
            listener.iterations_fixed(iterations)

        timed = [each.seconds for each in validations] + [each.seconds for each in samples]
        periodic = [Periodic(parameters.validation_period, seconds) for seconds in timed]
        fix = FixIterations(ends, fewest_iterations(parameters), periodic)
        stopped = loop.run_for_a_time(fix, total, fixed)
    done = loop.done
    if not planned and parameters.iterations == PROVISIONAL:
        parameters = parameters.model_copy(update={"iterations": done})

    listener.phase(Phase.SAVING)
    weights = job.output_dir / WEIGHTS_NAME
    if comm.is_main_process():
        checkpoints.save(done)
        save(weights, done)
    return TrainingOutcome(
        weights=weights,
        iterations=done,
        stopped=stopped and not progress.ended_early,
        ended_early=progress.ended_early,
        best_weights=checkpoints.best if progress.best_iteration != done else None,
        best_iteration=progress.best_iteration or None,
        seconds=time.monotonic() - began,
        start=start,
        device=device.description,
    )


def _refuse_unusable(categories: list[str], meant: list[Record], training: list[Record]) -> None:
    if not categories:
        raise DatasetUnusable(reason="no_categories")
    if not meant:
        raise DatasetUnusable(reason="no_photos")
    if not training:
        raise DatasetUnusable(reason="no_usable_photos", file_name=meant[0]["file_name"])


def _prepare_start(
    job: TrainingJob,
    model: nn.Module,
    categories: list[str],
    stateful: dict[str, Any],
    progress: Progress,
) -> tuple[int, LoadReport]:
    """Load the start weights or checkpoint. Returns the number of iterations already done, and what was loaded."""
    if job.resume_from is not None:
        return _continue(job.resume_from, job.parameters.learning_rate, categories, stateful, progress)
    if job.start_weights is not None:
        return 0, load_start_weights(model, job.start_weights, categories)
    if job.random_start:
        return 0, LoadReport(0, [], "random")
    return 0, load_default_weights(model, job.parameters.architecture, job.pretrained_dir)


def _continue(
    checkpoint: Path,
    learning_rate: float,
    categories: list[str],
    stateful: dict[str, Any],
    progress: Progress,
) -> tuple[int, LoadReport]:
    state = load_checkpoint(checkpoint)
    if state["categories"] != categories:
        raise CheckpointUnusable(reason="other categories")
    for name, part in stateful.items():
        part.load_state_dict(state[name])
    if state["learning_rate"] != learning_rate:
        factor = learning_rate / state["learning_rate"]
        scale_learning_rate(stateful["optimizer"], stateful["scheduler"], factor)
    for name, value in state["progress"].items():
        setattr(progress, name, value)
    return state["iteration"], LoadReport(len(state["model"]), [], "checkpoint")


def _sample_hooks(
    cfg: CfgNode,
    parameters: TrainingParameters,
    model: nn.Module,
    validation: list[Record],
    categories: list[str],
    job: TrainingJob,
    left_out: LeftOutImages,
) -> list[DrawSamples]:
    if job.sample_path is None or not validation:
        return []
    shown = validation[: job.sample_photos]
    threshold, period = parameters.score_threshold, parameters.validation_period
    mapper = InferenceMapper(cfg)
    return [
        DrawSamples(
            model,
            mapper,
            shown,
            categories,
            threshold,
            period,
            job.sample_path,
            left_out,
            job.suppression,
        ),
    ]


def _metadata(
    parameters: TrainingParameters, categories: list[str], dataset_version: str, iteration: int
) -> WeightsMetadata:
    return WeightsMetadata(
        architecture=parameters.architecture.value,
        categories=categories,
        parameters=parameters.model_dump(mode="json"),
        dataset_version=dataset_version,
        iteration=iteration,
        refined=True,
        soft_edges=True,
    )


def _own_part(batch_size: int) -> slice:
    """The slice of a batch for this process. Raises ValueError if it cannot be divided evenly."""
    share, rest = divmod(batch_size, comm.get_world_size())
    if rest:
        raise ValueError(f"a batch of {batch_size} cannot be shared out among {comm.get_world_size()}")
    return slice(comm.get_rank() * share, (comm.get_rank() + 1) * share)
