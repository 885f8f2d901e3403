"""The small curves in the table of all runs."""

from tests.builders import runs
from webapp.models import User
from webapp.training.record import small_curves


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.split())]


def test_both_losses_fall_from_the_left_to_the_right_of_the_frame(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    run = runs.finished_training(model, administrator)
    curve = small_curves.of_runs([run])[run.id]
    for line in (curve.training, curve.validation):
        xs, ys = zip(*points(line), strict=True)
        assert (xs[0], xs[-1]) == (0, small_curves.WIDTH)
        # Downwards on the screen: y grows.
        assert list(ys) == sorted(ys)
        assert 0 <= min(ys) < max(ys) <= small_curves.HEIGHT


def test_a_long_run_has_no_more_points_than_fit_and_one_without_losses_none(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    long = runs.running_training(model, administrator, iterations=200, done=100)
    queued = runs.training_runs.start(model, administrator, {"iterations": 5})
    curves = small_curves.of_runs([long, queued])
    assert queued.id not in curves
    assert len(points(curves[long.id].training)) == small_curves.POINTS
