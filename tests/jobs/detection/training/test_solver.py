"""The learning rate of each iteration, by schedule."""

import pytest
import torch

from jobs.detection.training.solver import change_total, new_scheduler
from webapp.contracts.training_parameters import TrainingParameters


def rates(schedule: str) -> list[float]:
    """Of a run of eight iterations, two of them warm-up."""
    parameters = TrainingParameters(schedule=schedule, iterations=8, warmup_iterations=2)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=parameters.learning_rate)
    scheduler = new_scheduler(parameters, optimizer, 8)
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


@pytest.mark.parametrize("schedule", ["step", "cosine", "constant"])
def test_the_number_of_iterations_may_be_fixed_during_the_warm_up(schedule: str) -> None:
    parameters = TrainingParameters(schedule=schedule, warmup_iterations=2)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=parameters.learning_rate)
    scheduler = new_scheduler(parameters, optimizer, 1000)
    seen = []
    for iteration in range(8):
        seen.append(optimizer.param_groups[0]["lr"])
        if iteration == 1:
            change_total(scheduler, parameters, 8)
        optimizer.step()
        scheduler.step()
    assert seen == rates(schedule)
