"""Comparison of two predictions of the same photos. Part of the blueprint ``predict``."""

from flask import render_template, request
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.formats.found_object import FoundObject
from webapp.models import PredictedImage, PredictionRun, Role
from webapp.prediction import comparison, runs
from webapp.prediction import totals as prediction_totals
from webapp.prediction.comparison import Change
from webapp.prediction.pages.results import Card
from webapp.prediction.pages.start import blueprint
from webapp.prediction.verdicts.rules import Judgement
from webapp.web.guards import requires
from webapp.web.numbers import whole_number
from webapp.web.page_context import model_page


@blueprint.get("/prediction-runs/<int:run_id>/compare")
@requires(Role.VIEWER)
def compare(run_id: int) -> str:
    """Choose the other run and show the differences from the earlier to the later one."""
    run = runs.open_run(run_id)
    wanted = request.args.get("with", type=int)
    return render_template(
        "prediction/compare.html",
        run=run,
        others=comparison.comparable_runs(run),
        other_id=wanted,
        **(_compared(run, _other(run, wanted)) if wanted else {"pair": None}),
        **model_page(run.model, active="predict"),
    )


def _other(run: PredictionRun, wanted: int) -> PredictionRun:
    other = runs.find_run(run.model, wanted)
    if other is None or other.id == run.id:
        raise UserError(_("Choose another prediction of the same model."), code="not_comparable", status=404)
    return other


def _compared(run: PredictionRun, other: PredictionRun) -> dict[str, object]:
    before, after = sorted((run, other), key=lambda one: one.id)
    behind = whole_number(request.args.get("after", "")) or 0
    page = comparison.changed_images(before, after, behind)
    names = list(dict.fromkeys([*before.weights.categories, *after.weights.categories]))
    thresholds = {one.id: runs.thresholds_of(one) for one in (before, after)}
    totals = [prediction_totals.totals(one, thresholds[one.id]) for one in (before, after)]
    return {
        "pair": (before, after),
        "thresholds": (thresholds[before.id], thresholds[after.id]),
        "page": page,
        "rows": [
            (photo, _card(photo.before, photo.found_before), _card(photo.after, photo.found_after))
            for photo in page.photos
        ],
        "totals": [(name, *(one.get(name, 0) for one in totals)) for name in names],
        "color_index": {name: index for index, name in enumerate(names)},
        "change_words": {
            Change.NEW: _("new"),
            Change.GONE: _("gone"),
            Change.CATEGORY: _("other category"),
            Change.SCORE: _("other score"),
        },
    }


def _card(photo: PredictedImage, found: list[FoundObject]) -> Card:
    # What changed is looked at here, not the verdict.
    return Card(photo, found, Judgement(None), 0)
