"""The learning rate of each iteration, by schedule."""

import pytest
import torch
from detectron2.solver import build_lr_scheduler

from jobs.detection.network.architectures import build_config
from webapp.contracts.training_parameters import TrainingParameters


def rates(schedule: str) -> list[float]:
    """Of a run of eight iterations, two of them warm-up."""
    parameters = TrainingParameters(schedule=schedule, iterations=8, warmup_iterations=2)
    cfg = build_config(parameters, category_count=1)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=cfg.SOLVER.BASE_LR)
    scheduler = build_lr_scheduler(cfg, optimizer)
    seen = []
    for _iteration in range(8):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


@pytest.mark.parametrize("schedule", ["step", "cosine", "constant"])
def test_the_warm_up_begins_low(schedule: str) -> None:
    first, second, *_rest = rates(schedule)
    assert 0 < first < second < 0.005


def test_schedules_end_where_they_should() -> None:
    assert rates("step")[5:] == pytest.approx([0.005, 0.0005, 0.0005])
    cosine = rates("cosine")
    assert 0 < cosine[-1] < 0.001 < cosine[4] < 0.005
    assert rates("constant")[2:] == pytest.approx([0.005] * 6)
