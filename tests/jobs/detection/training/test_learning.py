"""That a training learns."""

from statistics import mean

from tests.jobs.detection.conftest import TrainedRun


def test_it_learns_two_photos_by_heart(learnt_by_heart: TrainedRun) -> None:
    losses = learnt_by_heart.recorder.losses
    assert mean(losses[-5:]) < 0.5 * mean(losses[:5])
