"""What the charts of losses draw."""

from collections.abc import Iterator

import pytest
from flask import Flask

from webapp.models import RunLoss, TrainingRun
from webapp.training.pages import loss_chart
from webapp.web.chart_options import Options

FULL = "Validation loss, all photos"
AP = "AP on validation photos"


def loss(
    iteration: int,
    training: float | None,
    validation: float | None = 1.0,
    full: float | None = None,
    ap: float | None = None,
) -> RunLoss:
    return RunLoss(
        iteration=iteration,
        training_loss=training,
        validation_loss=validation,
        full_validation_loss=full,
        validation_ap=ap,
    )


def training_run(best: int | None = None, folds: int = 0) -> TrainingRun:
    return TrainingRun(best_iteration=best, iterations=150, parameters={"folds": folds})


def names(chart: Options) -> list[str]:
    return [line["name"] for line in chart["series"]]


@pytest.fixture(autouse=True)
def _english(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def test_the_whole_validation_is_a_line_only_where_it_was_made() -> None:
    always = ["Training loss", "Validation loss"]
    # A validation that is still to come has its line, so that its name is there.
    assert names(loss_chart.of_a_run(training_run(), [loss(1, 2, None)], False)) == always
    chart = loss_chart.of_a_run(training_run(), [loss(1, 2), loss(2, 1, 3, 0.5)], False)
    assert names(chart) == [*always, FULL]
    assert chart["series"][2]["data"] == [{"x": 1, "y": None}, {"x": 2, "y": 0.5}]


def test_ap_has_an_axis_of_its_own_but_none_among_logarithms() -> None:
    losses = [loss(1, 2, 2, 2, 12.5)]
    chart = loss_chart.of_a_run(training_run(), losses, False)
    assert names(chart)[2:] == [FULL, AP]
    assert [axis["seriesName"] for axis in chart["yaxis"]] == ["Training loss"] * 3 + [AP]
    assert [axis.get("show") for axis in chart["yaxis"]] == [True, False, False, None]
    assert AP not in names(loss_chart.of_a_run(training_run(), losses, True))


def test_a_logarithmic_chart_has_no_iteration_without_a_loss_and_no_line_with_a_gap() -> None:
    rows = [loss(1, 0), loss(2, 2, None), loss(3, None), loss(4, 1, 1)]
    chart = loss_chart.of_a_run(training_run(), rows, True)
    assert names(chart) == ["Training loss"]
    assert [point["x"] for point in chart["series"][0]["data"]] == [2, 4]


def test_a_logarithmic_axis_goes_over_whole_powers_of_ten() -> None:
    (axis, _other) = loss_chart.of_a_run(training_run(), [loss(1, 3), loss(2, 0.04)], True)["yaxis"]
    assert (axis["min"], axis["max"], axis["logarithmic"]) == (0.01, 10, True)
    nothing = loss_chart.of_a_run(training_run(), [], True)
    assert "logarithmic" not in nothing["yaxis"][0]


@pytest.mark.parametrize(("best", "anchor"), [(2, "start"), (50, "middle"), (99, "end")])
def test_the_label_of_the_best_iteration_turns_inwards_at_the_edges(best: int, anchor: str) -> None:
    (mark,) = loss_chart.of_a_run(training_run(best), [loss(1, 1), loss(100, 1)], False)["annotations"][
        "xaxis"
    ]
    assert (mark["x"], mark["label"]["text"], mark["label"]["textAnchor"]) == (best, f"Best {best}", anchor)


def test_the_trainings_of_a_cross_validation_begin_at_lines_as_far_as_they_have_begun() -> None:
    marks = loss_chart.marks(training_run(folds=2), 1, 60)["annotations"]["xaxis"]
    assert [(mark["x"], mark["label"]["text"]) for mark in marks] == [(1, "Fold 1"), (51, "Fold 2")]
    assert loss_chart.marks(training_run(folds=2), 1, 0)["annotations"]["xaxis"] == []


@pytest.mark.parametrize(("span", "ticks"), [(0, 1), (3, 3), (5000, 8)])
def test_an_axis_has_at_most_eight_steps_and_at_least_one(span: int, ticks: int) -> None:
    assert loss_chart.marks(training_run(), 10, 10 + span)["xaxis"]["tickAmount"] == ticks
