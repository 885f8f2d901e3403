"""Category statistics of a model: charts, table and CSV."""

from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from webapp.annotations import category_statistics, training_hints
from webapp.annotations import doubles as annotation_doubles
from webapp.annotations.category_statistics import CategoryStatistics
from webapp.core import downloads as core_downloads
from webapp.formats.files.handed_out_names import legal_name
from webapp.models import Role, Split
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("class_statistics", __name__)
DRAWN = 40
"""Categories in the chart, the most frequent; the table has all."""


@blueprint.get("/models/<int:model_id>/statistics")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """Charts and tables; ``count=photos`` draws photos in place of labels."""
    model = detection_models.open_model(model_id)
    statistics = category_statistics.of_model(model)
    count = "photos" if request.args.get("count") == "photos" else "labels"
    return render_template(
        "annotations/category_statistics.html",
        statistics=statistics,
        hints=training_hints.of_model(model, statistics),
        splits=list(Split),
        count=count,
        drawn=DRAWN,
        balance=_balance(statistics, count),
        sides=_sides(statistics),
        few=category_statistics.FEW,
        sizes=category_statistics.SIZES,
        doubles=annotation_doubles.newest(model),
        **model_page(model, active="images"),
    )


@blueprint.get("/models/<int:model_id>/statistics.csv", endpoint="csv")
@requires(Role.VIEWER)
def csv_file(model_id: int) -> Response:
    """The table, one row a category and split."""
    model = detection_models.open_model(model_id)
    lines = category_statistics.csv_lines(category_statistics.of_model(model))
    name = f"{legal_name(model.name, 'model')} {_('Class statistics')}.csv"
    return core_downloads.stream((line.encode() for line in lines), "text/csv; charset=utf-8", name)


def _balance(statistics: CategoryStatistics, count: str) -> dict[str, Any]:
    """The bar chart: a bar a category, the most frequent first, a series a split."""
    shown = sorted(statistics.categories, key=lambda one: -one.total)[:DRAWN]
    return {
        "categories": [one.category.name for one in shown],
        "series": [
            {
                "name": split.value,
                "data": [one.photos[split] if count == "photos" else one.labels(split) for one in shown],
            }
            for split in Split
        ],
    }


def _sides(statistics: CategoryStatistics) -> dict[str, Any]:
    """The histogram: how large the labels are in relation to their photos."""
    limits = category_statistics.SIDE_LIMITS
    between = [f"{low}–{high} %" for low, high in pairwise(limits)]
    return {
        "categories": [f"< {limits[0]} %", *between, f"≥ {limits[-1]} %"],
        "series": [{"name": _("Labels"), "data": statistics.sides}],
    }
