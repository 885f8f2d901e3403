"""The record of a model's trainings: list, compare, name, delete. Part of the blueprint ``training``."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.contracts import score_thresholds
from webapp.core.errors import UserError
from webapp.models import Role, RunStatus
from webapp.projects import detection_models
from webapp.training import evaluations
from webapp.training import intervals as run_intervals
from webapp.training import runs as training_runs
from webapp.training.cross_validation import spread
from webapp.training.pages.context import account_context, page_of, run_context, seconds_used
from webapp.training.pages.start import blueprint
from webapp.training.record import data_changes, history, small_curves, trash
from webapp.training.record.history import Filter
from webapp.training.weights import in_use, offers
from webapp.training.weights.choices import weights_choices
from webapp.web.guards import requires
from webapp.web.page_context import model_page

RUNS_PAGE = 50
PHOTOS_COMPARED = 6
CHANGES_SHOWN = 100

Page = str | Response | tuple[str, int]


@blueprint.get("/models/<int:model_id>/record")
@requires(Role.VIEWER)
def record(model_id: int) -> str:
    """The last run, and the list of all of them."""
    return _record_page(model_id)


@blueprint.get("/models/<int:model_id>/compare")
@requires(Role.VIEWER)
def compare(model_id: int) -> Page:
    """Two or more runs side by side."""
    model = detection_models.open_model(model_id)
    try:
        runs = history.runs_to_compare(model, request.args.getlist("run", type=int))
    except UserError as error:
        return _record_page(model_id, error.message), error.status
    return render_template(
        "training/compare.html",
        runs=runs,
        differences=history.differences(runs),
        to_first=[run_intervals.difference(run, runs[0]) for run in runs[1:]],
        summaries=[found.summary if (found := evaluations.of_run(run.id)) else None for run in runs],
        seconds=[seconds_used(run) for run in runs],
        folds=[spread.of_run(run) for run in runs],
        changes=[data_changes.between(runs[0], run) for run in runs[1:]],
        threshold=score_thresholds.DEFAULT,
        photos=evaluations.same_photos([run.id for run in runs], score_thresholds.DEFAULT, PHOTOS_COMPARED),
        page_of=page_of,
        **account_context(),
        **model_page(model, active="record"),
    )


@blueprint.post("/training-runs/<int:run_id>/describe")
@requires(Role.ENGINEER)
def describe_run(run_id: int) -> Response:
    """Set name and note."""
    run = training_runs.open_run(run_id)
    try:
        history.describe_run(run, request.form.get("name", ""), request.form.get("note", ""))
    except UserError as error:
        flash(error.message, "error")
    else:
        flash(_("Saved."), "success")
    return redirect(page_of(run))


@blueprint.post("/training-runs/<int:run_id>/delete")
@requires(Role.ENGINEER)
def delete_run(run_id: int) -> Response:
    """Move a run to the trash."""
    run = training_runs.open_run(run_id)
    try:
        trash.delete_run(run, current_user)
    except UserError as error:
        flash(error.message, "error")
        return redirect(page_of(run))
    flash(_("Run %(n)s was deleted.", n=run.number), "success")
    return redirect(url_for("training.record", model_id=run.model_id))


@blueprint.post("/training-runs/<int:run_id>/restore")
@requires(Role.ENGINEER)
def restore_run(run_id: int) -> Response:
    """Restore a run from the trash."""
    run = trash.restore_run(run_id)
    flash(_("Run %(n)s is back.", n=run.number), "success")
    return redirect(url_for("training.record", model_id=run.model_id))


def _record_page(model_id: int, refusal: str | None = None) -> str:
    model = detection_models.open_model(model_id)
    wanted = Filter(
        request.args.get("sort", "newest"),
        request.args.get("status", ""),
        request.args.get("q", "").replace("\x00", "").strip(),
    )
    count = history.count_history(model, wanted)
    pages = max(1, -(-count // RUNS_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    newest = training_runs.list_runs(model, limit=1)
    last = newest[0] if newest else None
    page = model_page(model, active="record")
    runs = history.list_history(model, wanted, (number - 1) * RUNS_PAGE, RUNS_PAGE)
    return render_template(
        "training/record.html",
        last=last,
        runs=runs,
        curves=small_curves.of_runs(runs),
        wanted=wanted,
        statuses=[status.value for status in RunStatus],
        page_number=number,
        pages=pages,
        url_of=lambda number: url_for(
            "training.record",
            model_id=model.id,
            page=number,
            sort=wanted.sort,
            status=wanted.status,
            q=wanted.text,
        ),
        refusal=refusal,
        deleted=trash.list_deleted(model),
        weights=weights_choices(model),
        changes=in_use.history(model, limit=CHANGES_SHOWN),
        previous=in_use.previous(model),
        offer=offers.of_newest(page["rail"].last_run),
        page_of=page_of,
        seconds_of=seconds_used,
        **(run_context(last) if last else account_context()),
        **page,
    )
