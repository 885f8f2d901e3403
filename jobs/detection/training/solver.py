"""Optimizer and learning-rate schedule of a run."""

import math
from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.modeling import GeneralizedRCNN
from detectron2.solver import LRMultiplier, build_optimizer
from detectron2.solver.build import get_default_optimizer_params, maybe_add_gradient_clipping
from fvcore.common.param_scheduler import ParamScheduler

from webapp.contracts.training_parameters import Optimizer, Schedule, TrainingParameters

WARMUP_FACTOR = 0.001
"""Of the learning rate, in the first iteration."""


def new_optimizer(cfg: CfgNode, parameters: TrainingParameters, model: GeneralizedRCNN) -> Any:
    """The optimizer with gradient clipping by norm, as configured. ``weight_decay`` applies to all parameters."""
    if parameters.optimizer is Optimizer.SGD:
        return build_optimizer(cfg, model)
    return maybe_add_gradient_clipping(cfg, torch.optim.AdamW)(
        get_default_optimizer_params(model, base_lr=cfg.SOLVER.BASE_LR),
        lr=cfg.SOLVER.BASE_LR,
        weight_decay=cfg.SOLVER.WEIGHT_DECAY,
    )


class RateFactor(ParamScheduler):
    """What the learning rate is multiplied with: a linear warm-up, then the schedule over the other iterations.

    During the warm-up it does not depend on the number of iterations, which a time budget fixes only then. The warm-up
    ends before the last quarter, so that the full rate is reached at least once.
    """

    def __init__(self, parameters: TrainingParameters, total: int) -> None:
        self._schedule = parameters.schedule
        self._total = total
        self._drop = total * 3 // 4
        self._warmup = min(parameters.warmup_iterations, max(0, self._drop - 1))

    def __call__(self, where: float) -> float:
        """``where``: the share of the iterations that are done, 0 to 1."""
        done = round(where * self._total)
        if done < self._warmup:
            return WARMUP_FACTOR + (1 - WARMUP_FACTOR) * done / self._warmup
        if self._schedule is Schedule.COSINE:
            return (1 + math.cos(math.pi * (done - self._warmup) / (self._total - self._warmup))) / 2
        if self._schedule is Schedule.STEP and 0 < self._drop <= done:
            return 0.1
        return 1.0


def new_scheduler(parameters: TrainingParameters, optimizer: Any, total: int) -> LRMultiplier:
    """The learning rate over ``total`` iterations, as Detectron2's trainer takes it."""
    return LRMultiplier(optimizer, RateFactor(parameters, total), total)


def change_total(scheduler: LRMultiplier, parameters: TrainingParameters, total: int) -> None:
    """Another number of iterations for a run that has begun; its rate follows from the next iteration on."""
    scheduler._multiplier = RateFactor(parameters, total)
    scheduler._max_iter = total


def scale_learning_rate(optimizer: Any, scheduler: Any, factor: float) -> None:
    """Scale the rate of a run that resumes with another learning rate than that of its checkpoint."""
    scheduler.base_lrs = [rate * factor for rate in scheduler.base_lrs]
    for group in optimizer.param_groups:
        group["lr"] *= factor
        group["initial_lr"] *= factor
