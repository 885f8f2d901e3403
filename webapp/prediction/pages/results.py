"""Live page and results of a prediction. Part of the blueprint ``predict``."""

from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import htmx
from webapp.formats.found_object import FoundObject
from webapp.images import faults as image_faults
from webapp.images import intake
from webapp.models import ImageState, PredictedImage, PredictionRun, Role
from webapp.models.columns import now
from webapp.prediction import deletion, detections, gallery, runs, totals
from webapp.prediction.pages import view as pages_view
from webapp.prediction.pages.start import blueprint
from webapp.prediction.pages.view import ResultView
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import Judgement, Rule
from webapp.training.parameter_words import ARCHITECTURE_NAMES
from webapp.web.guards import may, requires
from webapp.web.numbers import whole_number
from webapp.web.page_context import model_page

PHOTOS_PAGE = 48
NEWEST_SHOWN = 6
FAILED_SHOWN = 200


@dataclass(frozen=True)
class Card:
    """A photo of the gallery."""

    photo: PredictedImage
    found: list[FoundObject]
    """All that were kept, the best first; the page hides those below the thresholds."""
    judgement: Judgement
    counted: int
    """Detections at or above their threshold."""


@blueprint.get("/prediction-runs/<int:run_id>")
@requires(Role.VIEWER)
def show(run_id: int) -> str:
    """Progress while the run is active, then the result."""
    run = runs.open_run(run_id)
    return render_template("prediction/show.html", **_context(run), **model_page(run.model, active="predict"))


@blueprint.get("/prediction-runs/<int:run_id>/panel")
@requires(Role.VIEWER)
def panel(run_id: int) -> FlaskResponse:
    """The same without the frame; a change of thresholds or filter is pushed to the browser's URL."""
    run = runs.open_run(run_id)
    answer = make_response(_panel(run))
    if run.status.is_over and request.args:
        view = pages_view.from_request(run)
        answer.headers["HX-Replace-Url"] = view.address("predict.show")
    return answer


@blueprint.get("/prediction-runs/<int:run_id>/photos/<int:photo_id>/detections")
@requires(Role.VIEWER)
def found_on(run_id: int, photo_id: int) -> str:
    """The table of one photo, for when it is opened: those of a page would be most of its bytes."""
    run = runs.open_run(run_id)
    photo = runs.open_image(run, photo_id)
    found = detections.of_images([photo.id])[photo.id]
    return render_template("prediction/_found_on.html", found=found, color_index=_color_index(run))


@blueprint.post("/prediction-runs/<int:run_id>/stop")
@requires(Role.ANNOTATOR)
def stop(run_id: int) -> Response:
    """Ask the run to stop after the photos being processed."""
    run = runs.open_run(run_id)
    runs.request_stop(run)
    if htmx:
        answer = FlaskResponse(_panel(run))
        answer.headers["HX-Trigger"] = "close-dialog"
        return answer
    return redirect(url_for("predict.show", run_id=run_id))


@blueprint.post("/prediction-runs/<int:run_id>/delete")
@requires(Role.ANNOTATOR)
def delete(run_id: int) -> Response:
    """Delete a run that has ended, with its files."""
    run = runs.open_run(run_id)
    number, model_id = run.number, run.model_id
    deletion.delete_run(run)
    flash(_("Prediction %(n)s was deleted.", n=number), "success")
    page = url_for("predict.new", model_id=model_id)
    return FlaskResponse(headers={"HX-Redirect": page}) if htmx else redirect(page)


def cards_of(photos: list[PredictedImage], rules: list[Rule], thresholds: Thresholds) -> list[Card]:
    """The photos with what was found and their verdict."""
    found = detections.of_images([photo.id for photo in photos])
    return [
        Card(
            photo,
            found[photo.id],
            verdict_rules.judge(found[photo.id], rules, thresholds),
            sum(thresholds.passes(one.category, one.score) for one in found[photo.id]),
        )
        for photo in photos
    ]


def _panel(run: PredictionRun) -> str:
    return render_template("prediction/_panel.html", model=run.model, **_context(run))


def _context(run: PredictionRun) -> dict[str, Any]:
    view = pages_view.from_request(run)
    rules: list[Rule] = list(verdict_rules.list_rules(run.model))
    context = {
        "run": run,
        "view": view,
        "rules": rules,
        "rule_sentence": verdict_rules.rule_sentence,
        "percent": 100 * run.done // run.total,
        "architecture_names": ARCHITECTURE_NAMES,
        "may_predict": may(Role.ANNOTATOR),
        "failed": _failed(run),
        "photo_remarks": gallery.photo_remarks(run, FAILED_SHOWN),
        "color_index": _color_index(run),
    }
    return context | (_result(run, view, rules) if run.status.is_over else _under_way(run, view, rules))


def _color_index(run: PredictionRun) -> dict[str, int]:
    """Of each category; their order in the weights decides the colours."""
    return {name: index for index, name in enumerate(run.weights.categories)}


def _under_way(run: PredictionRun, view: ResultView, rules: list[Rule]) -> dict[str, Any]:
    newest = gallery.newest(run, NEWEST_SHOWN)
    return {
        "speed": totals.speed(run) if run.status == "running" else None,
        "cards": cards_of(newest, rules, view.thresholds),
    }


def _result(run: PredictionRun, view: ResultView, rules: list[Rule]) -> dict[str, Any]:
    after, before = (whole_number(request.args.get(name, "")) for name in ("after", "before"))
    conditions = view.filter.conditions(rules, view.thresholds)
    page = gallery.page(run, conditions, PHOTOS_PAGE, after, before)
    return {
        "cards": cards_of(page.photos, rules, view.thresholds),
        "known_images": intake.known_by_content(run.model, [photo.sha256 or "" for photo in page.photos]),
        "page": page,
        "counts": totals.images_by_state(run),
        "verdicts": totals.images_by_verdict(run, rules, view.thresholds),
        "scores": totals.scores_by_category(run),
        "totals": totals.totals(run, view.thresholds),
        "seconds_used": _seconds_used(run),
    }


def _failed(run: PredictionRun) -> list[tuple[str, str]]:
    photos = runs.list_images(run, 0, FAILED_SHOWN, ImageState.FAILED)
    return [(photo.path, image_faults.sentence(photo.reason) if photo.reason else "") for photo in photos]


def _seconds_used(run: PredictionRun) -> float | None:
    if run.started_at is None:
        return None
    return ((run.finished_at or now()) - run.started_at).total_seconds()
