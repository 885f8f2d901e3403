"""The losses of a training run for its charts, and as a file. Part of the blueprint ``training``."""

from collections.abc import Iterator
from typing import Any

from flask import Response, jsonify, render_template, request, stream_with_context
from flask_babel import gettext as _

from webapp.core import downloads
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.models import Role, TrainingRun
from webapp.projects import detection_models
from webapp.training import loss_curves, runs
from webapp.training.loss_curves import Curve
from webapp.training.pages import loss_chart
from webapp.training.pages.start import blueprint
from webapp.training.record import history
from webapp.web.guards import requires

LOSSES_PAGE = 10_000
MOST_POINTS = 5_000
POINTS_COMPARED = 600
"""Of each run."""
MOST_AVERAGED = 10_000
LAST = 2**31 - 1


@blueprint.get("/training-runs/<int:run_id>/losses")
@requires(Role.VIEWER)
def losses(run_id: int) -> Response:
    """What the chart draws: at most ``points`` from ``first`` to ``last``; with ``after`` what is new since then."""
    run = runs.open_run(run_id)
    after = request.args.get("after", type=int)
    if after is not None:
        page = runs.list_losses(run.id, after, LOSSES_PAGE)
        last = page[-1].iteration if page else after
        return _answer(
            points=loss_chart.points_by_line(page), chart=loss_chart.marks(run, 1, last), iteration=last
        )
    curve = _curve(run, _number("points", 1500, MOST_POINTS))
    return _answer(
        chart=loss_chart.of_a_run(run, curve.rows, logarithmic="log" in request.args),
        iteration=curve.rows[-1].iteration if curve.rows else 0,
        sampled=curve.sampled,
    )


@blueprint.get("/models/<int:model_id>/compare/losses")
@requires(Role.VIEWER)
def compared_losses(model_id: int) -> str:
    """The chart of one loss of several runs, ``curve``; each point is a mean of ``average`` iterations."""
    model = detection_models.open_model(model_id)
    compared = history.runs_to_compare(model, request.args.getlist("run", type=int))
    wanted = request.args.get("curve")
    column = wanted if wanted in loss_curves.SMOOTHED else loss_curves.SMOOTHED[-1]
    curves = {_name_of(run): _curve(run, POINTS_COMPARED).rows for run in compared}
    options = loss_chart.of_several(curves, column, _("These runs have no losses."))
    return render_template("training/_compare_chart.html", options=options)


@blueprint.get("/training-runs/<int:run_id>/losses.csv")
@requires(Role.VIEWER)
def losses_csv(run_id: int) -> Response:
    """Every iteration as CSV for spreadsheets."""
    run = runs.open_run(run_id)
    head = [_("Iteration"), _("Training loss"), _("Validation loss"), _("Validation loss, all photos"),
            _("AP on validation photos"), _("Learning rate"), _("Seconds")]  # fmt: skip

    def lines() -> Iterator[bytes]:
        yield (BOM + csv_line(head)).encode()
        for row in loss_curves.every_loss(run.id):
            yield csv_line(row).encode()

    return downloads.stream(
        stream_with_context(lines()), "text/csv; charset=utf-8", f"run-{run.number}-losses.csv"
    )


def _number(name: str, default: int, most: int) -> int:
    value = request.args.get(name, type=int)
    return default if value is None else min(max(value, 1), most)


def _curve(run: TrainingRun, points: int) -> Curve:
    first, last = _number("first", 1, LAST), _number("last", LAST, LAST)
    return loss_curves.curve(run.id, first, last, points, _number("average", 1, MOST_AVERAGED))


def _name_of(run: TrainingRun) -> str:
    name = _("Run %(n)s", n=run.number)
    return f"{name} · {run.name}" if run.name else name


def _answer(**values: Any) -> Response:
    answer = jsonify(**values)
    answer.headers["Cache-Control"] = "no-store"
    return answer
