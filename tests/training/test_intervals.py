"""How sure a run is, and whether it is better than another, from what their tests stored."""

import numpy as np
import pytest

from tests.builders import runs
from tests.training import tested
from webapp.contracts import intervals as contract
from webapp.contracts.intervals import ResampledFigure
from webapp.core.extensions import db
from webapp.models import DetectionModel, TrainingRun, User
from webapp.training import evaluations, intervals
from webapp.training.evaluations import ComparableFigures

PHOTOS = 30


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


def figure(gain: float = 0.0, noise: float = 0.0) -> ResampledFigure:
    """The mean of 30 photos' accuracies, ``gain`` better than its twin, and differing from it by ``noise``."""
    random = np.random.default_rng(1)
    of_photo = random.uniform(20, 80, PHOTOS) + gain + noise * np.random.default_rng(2).normal(size=PHOTOS)
    weights = contract.photo_weights(PHOTOS)
    return contract.figure_of(weights @ of_photo / weights.sum(axis=1), PHOTOS, PHOTOS)


def finished(
    model: DetectionModel, user: User, resampled: ResampledFigure, test_hash: str = "a"
) -> TrainingRun:
    run = runs.finished_training(model, user)
    comparable = ComparableFigures(test_hash, contract.pack({"segm AP": resampled}))
    evaluations.store(run.id, tested.summary(), [], comparable)
    db.session.commit()
    return run


def test_what_is_packed_comes_back() -> None:
    (name, unpacked), *rest = contract.unpack(contract.pack({"segm AP": figure()})).items()
    assert (name, rest) == ("segm AP", [])
    assert unpacked.photos == PHOTOS
    assert unpacked.value == pytest.approx(figure().value, rel=1e-6)
    assert unpacked.resamples == pytest.approx(figure().resamples, rel=1e-6)
    assert unpacked.without_one == pytest.approx(figure().without_one, rel=1e-6)


def test_a_small_gain_on_every_photo_is_sure(model: DetectionModel, administrator: User) -> None:
    before, after = (finished(model, administrator, figure(gain, noise=2 * gain)) for gain in (0.0, 2.0))
    found = intervals.difference(after, before)
    assert found is not None
    assert found.low < found.value < found.high
    assert found.is_sure
    # Each run alone has an interval many times as wide: the photos differ more than the runs.
    alone = contract.interval(figure())
    assert alone is not None
    assert found.high - found.low < (alone[1] - alone[0]) / 3
    back = intervals.difference(before, after)
    assert back is not None
    assert back.value == pytest.approx(-found.value)


def test_a_gain_within_the_noise_is_not(model: DetectionModel, administrator: User) -> None:
    before, after = (finished(model, administrator, figure(0.2, noise)) for noise in (0.0, 10.0))
    found = intervals.difference(after, before)
    assert found is not None
    assert not found.is_sure
    assert (found.photos, found.photos_to_halve) == (2, 6)


def test_other_photos_are_not_compared(model: DetectionModel, administrator: User) -> None:
    one, other = (finished(model, administrator, figure(), test_hash) for test_hash in ("a", "b"))
    assert intervals.difference(one, other) is None


def test_a_run_of_before_is_not_compared(model: DetectionModel, administrator: User) -> None:
    run, old = finished(model, administrator, figure()), runs.finished_training(model, administrator)
    assert intervals.difference(run, old) is None
    tested.store(old)
    assert intervals.difference(run, old) is None
    assert intervals.of_run(old.id) is None


def test_a_wide_interval_is_said_to_be_too_wide(model: DetectionModel, administrator: User) -> None:
    run = finished(model, administrator, figure())
    tested.store(run)
    run.intervals = tested.INTERVALS
    found = intervals.of_run(run.id)
    assert found is not None
    assert found.of("segm", "AP") == (41.2, 89.5)
    assert found.of("segm", "AP-date") is None
    assert found.too_few
    run.intervals = {"segm": {"AP": [61.0, 75.0]}}
    assert not intervals.of(run).too_few  # type: ignore[union-attr]
    run.intervals = {"segm": {"AP": None}}
    assert intervals.of(run).too_few  # type: ignore[union-attr]
