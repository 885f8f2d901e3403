"""The losses of a training run for its charts, and as a file. Part of the blueprint ``training``."""

from collections.abc import Iterator
from typing import Any

from flask import Response, jsonify, request, stream_with_context
from flask_babel import gettext as _

from webapp.core import downloads
from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.models import Role, TrainingRun
from webapp.training import loss_curves, runs
from webapp.training.pages.start import blueprint
from webapp.web.guards import requires

LOSSES_PAGE = 10_000
MOST_POINTS = 5_000
MOST_AVERAGED = 10_000
LAST = 2**31 - 1


@blueprint.get("/training-runs/<int:run_id>/losses")
@requires(Role.VIEWER)
def losses(run_id: int) -> Response:
    """With ``after`` all losses beyond that iteration; else at most ``points`` from ``first`` to ``last``."""
    run = runs.open_run(run_id)
    after = request.args.get("after", type=int)
    if after is not None:
        page = runs.list_losses(run.id, after, LOSSES_PAGE)
        return _answer(
            items=[_item(loss) for loss in page],
            next_cursor=page[-1].iteration if len(page) == LOSSES_PAGE else None,
            best=run.best_iteration,
            marks=_marks(run),
        )
    curve = loss_curves.curve(
        run.id,
        _number("first", 1, LAST),
        _number("last", LAST, LAST),
        _number("points", 1500, MOST_POINTS),
        _number("average", 1, MOST_AVERAGED),
    )
    return _answer(
        items=[_item(row) for row in curve.rows],
        next_cursor=None,
        sampled=curve.sampled,
        best=run.best_iteration,
        marks=_marks(run),
    )


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


def _item(loss: Any) -> dict[str, Any]:
    return {name: getattr(loss, name) for name in loss_curves.COLUMNS}


def _marks(run: TrainingRun) -> list[dict[str, Any]]:
    """Where the trainings of a cross-validation begin."""
    folds = run.parameters.get("folds", 0)
    each = run.iterations // (folds + 1)
    if not folds or not each:
        return []
    names = [_("Fold %(n)s", n=number) for number in range(1, folds + 1)] + [_("All photos")]
    return [{"iteration": place * each + 1, "text": name} for place, name in enumerate(names)]


def _answer(**values: Any) -> Response:
    answer = jsonify(**values)
    answer.headers["Cache-Control"] = "no-store"
    return answer
