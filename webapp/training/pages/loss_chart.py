"""What charts of losses draw, as options of ApexCharts, from rows with the fields of ``loss_curves.COLUMNS``."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.models import TrainingRun
from webapp.web import chart_options
from webapp.web.chart_options import Options, colour, number

TRAINING, AP = "training_loss", "validation_ap"
WITH_A_NAME_FROM_THE_START = (TRAINING, "validation_loss")
MOST_LARGE_MARKS = 500
EDGE = 0.05
"""Share of the chart's width, at each side, in which a label in the middle of its line would be cut off."""


def of_a_run(run: TrainingRun, rows: Sequence[Any], logarithmic: bool) -> Options:
    """What follows the losses: lines, axes and marks. A line is there once it has a value."""
    lines = _logarithmic_lines(rows) if logarithmic else _lines(rows)
    first, last = (rows[0].iteration, rows[-1].iteration) if rows else (1, 0)
    large = 3 if len(rows) > MOST_LARGE_MARKS else 5
    return marks(run, first, last) | {
        "series": [{"name": _names()[column], "data": points} for column, points in lines.items()],
        "yaxis": _axes(lines, logarithmic),
        "markers": {"size": [0, 0, large, large]},
    }


def marks(run: TrainingRun, first: int, last: int) -> Options:
    """Of a chart from the ``first`` to the ``last`` iteration."""
    return {
        "annotations": {"xaxis": _beginnings(run, last) + _best(run, first, last)},
        "xaxis": {"tickAmount": chart_options.tick_amount(last - first)},
    }


def points_by_line(rows: Sequence[Any]) -> Options:
    """Of all lines, by their names; the script adds them to those that are drawn."""
    return {name: _points(rows, column) for column, name in _names().items()}


def of_several(curves: Mapping[str, Sequence[Any]], column: str, nothing: str) -> Options:
    """One loss of several runs, by their names, over each other."""
    span = max((rows[-1].iteration - rows[0].iteration for rows in curves.values() if rows), default=1)
    options = chart_options.losses(nothing)
    options["series"] = [{"name": name, "data": _points(rows, column)} for name, rows in curves.items()]
    options["xaxis"]["tickAmount"] = chart_options.tick_amount(span)
    return options


def _names() -> dict[str, str]:
    return {
        TRAINING: _("Training loss"),
        "validation_loss": _("Validation loss"),
        "full_validation_loss": _("Validation loss, all photos"),
        AP: _("AP on validation photos"),
    }


def _points(rows: Sequence[Any], column: str) -> list[Options]:
    return [{"x": row.iteration, "y": getattr(row, column)} for row in rows]


def _lines(rows: Sequence[Any]) -> dict[str, list[Options]]:
    lines = {column: _points(rows, column) for column in _names()}
    return {
        column: points
        for column, points in lines.items()
        if column in WITH_A_NAME_FROM_THE_START or any(point["y"] is not None for point in points)
    }


def _logarithmic_lines(rows: Sequence[Any]) -> dict[str, list[Options]]:
    """Without AP, and without gaps: the library draws a missing value at minus infinity."""
    above_zero = [row for row in rows if (row.training_loss or 0) > 0]
    lines = {column: _points(above_zero, column) for column in _names() if column != AP}
    return {
        column: points
        for column, points in lines.items()
        if all(point["y"] is not None and point["y"] > 0 for point in points)
    }


def _axes(lines: dict[str, list[Options]], logarithmic: bool) -> list[Options]:
    """One for each line: the losses share the first one's, AP, 0 to 100, has its own on the right."""
    loss = {
        "seriesName": _names()[TRAINING],
        "min": 0,
        "forceNiceScale": True,
        "labels": {"formatter": number(digits=2, small=2)},
    }
    if logarithmic:
        loss |= _whole_powers_of_ten([point["y"] for points in lines.values() for point in points])
    ap = {
        "seriesName": _names()[AP],
        "opposite": True,
        "min": 0,
        "max": 100,
        "tickAmount": 5,
        "title": {"text": "AP"},
        "labels": {"formatter": number(digits=0)},
    }
    return [ap if column == AP else loss | {"show": place == 0} for place, column in enumerate(lines)]


def _whole_powers_of_ten(values: list[float]) -> Options:
    """Of a logarithmic axis: by itself the library begins at zero, whose logarithm is infinite."""
    if not values:
        return {}
    return {
        "logarithmic": True,
        "logBase": 10,
        "min": 10 ** math.floor(math.log10(min(values))),
        "max": 10 ** math.ceil(math.log10(max(values))),
    }


def _best(run: TrainingRun, first: int, last: int) -> list[Options]:
    """The mark of the best iteration, where there is one."""
    if not run.best_iteration:
        return []
    place = (run.best_iteration - first) / max(1, last - first)
    green = colour("--green")
    label = {
        "text": f"{_('Best')} {run.best_iteration}",
        "textAnchor": "end" if place > 1 - EDGE else "start" if place < EDGE else "middle",
        "orientation": "horizontal",
        "borderColor": green,
        "style": {"color": colour("--on-strong"), "background": green},
    }
    return [{"x": run.best_iteration, "borderColor": green, "label": label}]


def _beginnings(run: TrainingRun, last: int) -> list[Options]:
    """Marks where the trainings of a cross-validation begin, as far as they have begun."""
    folds = run.parameters.get("folds", 0)
    each = run.iterations // (folds + 1)
    if not folds or not each:
        return []
    names = [_("Fold %(n)s", n=fold) for fold in range(1, folds + 1)] + [_("All photos")]
    return [_beginning(place * each + 1, name) for place, name in enumerate(names) if place * each < last]


def _beginning(iteration: int, name: str) -> Options:
    line = colour("--line-strong")
    label = {
        "text": name,
        "position": "top",
        "offsetX": 14,
        "borderColor": line,
        "style": {"color": colour("--ink"), "background": colour("--surface")},
    }
    return {"x": iteration, "borderColor": line, "strokeDashArray": 2, "label": label}
