"""Which iteration is the best one, from what the full validations say."""

import pytest

from jobs.detection.training.checkpoint import Progress


@pytest.mark.parametrize(
    ("figures", "best", "without_gain"),
    [
        ([(3.0, 0.0), (2.0, 0.0), (2.5, 0.0)], 2, 1),
        ([(2.0, 10.0), (1.0, 5.0), (3.0, 20.0)], 3, 0),
        ([(2.0, 10.0), (1.0, 10.0)], 2, 0),
        ([(2.0, None), (3.0, None), (1.0, None)], 3, 0),
    ],
    ids=["nothing is found yet: the loss", "AP before the loss", "equal AP: the loss", "no labels: the loss"],
)
def test_the_best_iteration(figures: list[tuple[float, float | None]], best: int, without_gain: int) -> None:
    progress = Progress()
    for iteration, (loss, ap) in enumerate(figures, start=1):
        progress.note(iteration, loss, ap)
    assert (progress.best_iteration, progress.checks_without_gain) == (best, without_gain)
