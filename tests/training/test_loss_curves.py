"""The losses that a chart gets of a run of any length."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.builders import runs
from webapp.core.extensions import db
from webapp.models import TrainingRun, User
from webapp.training import loss_curves

COUNT = 100_000
PEAK = 54_321


@pytest.fixture
def long_run(administrator: User) -> TrainingRun:
    """100,000 iterations; one of them has a peak, every 1,000th a validation over all photos."""
    run = runs.running_training(runs.model_with_photos(administrator), administrator, COUNT, done=0)
    db.session.execute(
        text(
            "INSERT INTO run_loss (run_id, iteration, training_loss, validation_loss, full_validation_loss,"
            " learning_rate, seconds, parts)"
            " SELECT :run, i, CASE WHEN i = :peak THEN 99 ELSE 3.0 / i END, 1, CASE WHEN i % 1000 = 0 THEN 1 END,"
            " 0.005, 1, '{}' FROM generate_series(1, :count) AS i"
        ),
        {"run": run.id, "peak": PEAK, "count": COUNT},
    )
    db.session.commit()
    return run


def test_a_long_run_is_thinned_but_keeps_its_peak_and_its_ends(long_run: TrainingRun) -> None:
    curve = loss_curves.curve(long_run.id, 1, 2**31 - 1, points=1500)
    iterations = [row.iteration for row in curve.rows]
    assert curve.sampled
    assert 500 < len(iterations) <= 1500
    assert iterations == sorted(set(iterations))
    assert (iterations[0], iterations[-1]) == (1, COUNT)
    assert {row.iteration: row.training_loss for row in curve.rows}[PEAK] == 99


def test_close_up_every_iteration_is_there(long_run: TrainingRun) -> None:
    curve = loss_curves.curve(long_run.id, 50_000, 50_999, points=1500)
    assert not curve.sampled
    assert [row.iteration for row in curve.rows] == list(range(50_000, 51_000))
    assert curve.rows[7].training_loss == 3.0 / 50_007


def test_a_mean_is_that_of_the_iterations_up_to_it(long_run: TrainingRun) -> None:
    curve = loss_curves.curve(long_run.id, PEAK, PEAK + 1, points=100, average=10)
    expected = sum(3.0 / i for i in range(PEAK - 9, PEAK)) + 99
    assert curve.rows[0].training_loss == pytest.approx(expected / 10)


def test_the_smoothed_curve_is_thinned_too(long_run: TrainingRun) -> None:
    assert len(loss_curves.curve(long_run.id, 1, COUNT, points=1500, average=250).rows) <= 1500


def test_the_file_has_every_iteration(client: FlaskClient, long_run: TrainingRun) -> None:
    answer = client.get(f"/training-runs/{long_run.id}/losses.csv")
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[0].startswith("\ufeffIteration,Training loss")
    assert len(lines) == 1 + COUNT
    assert lines[PEAK].split(",")[:2] == [str(PEAK), "99.0"]


@pytest.mark.parametrize("wrong", ["points=-1", "first=x", "average=1e99", "last=99999999999999"])
def test_wrong_numbers_do_no_harm(client: FlaskClient, administrator: User, wrong: str) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator, done=4)
    answer = client.get(f"/training-runs/{run.id}/losses?{wrong}")
    assert answer.status_code == 200


def test_a_run_without_losses_has_an_empty_curve(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator, done=0)
    chart = client.get(f"/training-runs/{run.id}/losses").get_json()["chart"]
    assert [line["data"] for line in chart["series"]] == [[], []]
