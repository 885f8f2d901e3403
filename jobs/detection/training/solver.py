"""Optimizer and learning-rate schedule of a run."""

from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.modeling import GeneralizedRCNN
from detectron2.solver import build_optimizer
from detectron2.solver.build import get_default_optimizer_params, maybe_add_gradient_clipping

from webapp.contracts.training_parameters import Optimizer, TrainingParameters


def new_optimizer(cfg: CfgNode, parameters: TrainingParameters, model: GeneralizedRCNN) -> Any:
    """The optimizer with gradient clipping by norm, as configured. ``weight_decay`` applies to all parameters."""
    if parameters.optimizer is Optimizer.SGD:
        return build_optimizer(cfg, model)
    return maybe_add_gradient_clipping(cfg, torch.optim.AdamW)(
        get_default_optimizer_params(model, base_lr=cfg.SOLVER.BASE_LR),
        lr=cfg.SOLVER.BASE_LR,
        weight_decay=cfg.SOLVER.WEIGHT_DECAY,
    )


def scale_learning_rate(optimizer: Any, scheduler: Any, factor: float) -> None:
    """Scale the rate of a run that resumes with another learning rate than that of its checkpoint."""
    scheduler.base_lrs = [rate * factor for rate in scheduler.base_lrs]
    for group in optimizer.param_groups:
        group["lr"] *= factor
        group["initial_lr"] *= factor
