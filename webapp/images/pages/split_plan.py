"""The automatic split: shares and seed, a preview of every number, and then the moves."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from webapp.contracts.run_status import ACTIVE
from webapp.core.errors import UserError
from webapp.images.splits import parts as part_of_photos
from webapp.images.splits import plan as split_plan
from webapp.images.splits.plan import SplitPlan
from webapp.images.splits.units import Scope, SplitRequest
from webapp.models import DetectionModel, LibraryKind, LibraryRun, Role, Split
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("split_plan", __name__)
NUMBERS = ("train", "validation", "test", "seed")


@blueprint.get("/models/<int:model_id>/split")
@requires(Role.VIEWER)
def show(model_id: int) -> ResponseReturnValue:
    """The form; with its answers in the address also the preview."""
    model = detection_models.open_model(model_id)
    if "preview" not in request.args:
        return _page(model, SplitRequest())
    asked = _read(request.args)
    try:
        return _page(model, asked, split_plan.build(model, asked))
    except UserError as error:
        return _page(model, asked, error=error), error.status


@blueprint.post("/models/<int:model_id>/split")
@requires(Role.ANNOTATOR)
def apply(model_id: int) -> ResponseReturnValue:
    """Carry out the previewed plan; if the photos changed in the meantime, show the new preview instead."""
    model = detection_models.open_model(model_id)
    asked = _read(request.form)
    try:
        done = split_plan.apply(model, asked, request.form.get("digest", ""), current_user)
    except UserError as error:
        plan = split_plan.build(model, asked) if error.code == "plan_changed" else None
        return _page(model, asked, plan, error), error.status
    if isinstance(done, LibraryRun):
        return redirect(url_for("split_plan.show", model_id=model.id, run=done.id))
    flash(ngettext("%(num)s photo moved.", "%(num)s photos moved.", done.count), "success")
    return redirect(url_for("images.index", model_id=model.id))


def _page(
    model: DetectionModel, asked: SplitRequest, plan: SplitPlan | None = None, error: UserError | None = None
) -> str:
    named = request.args.get("run", type=int)
    newest = library_runs.newest(model, (LibraryKind.SPLIT,), limit=1)
    # A finished run is shown only if the URL names it (after its start), an active one always.
    run = next((run for run in newest if run.id == named or run.status in ACTIVE), None)
    return render_template(
        "images/split_plan.html",
        asked=asked,
        values=request.values,
        plan=plan,
        run=run,
        splits=list(Split),
        parts_shown=part_of_photos.summary(model),
        errors={error.field: error.message} if error and error.field else {},
        refusal=error.message if error and not error.field else None,
        **model_page(model, active="images"),
    )


def _read(values: Any) -> SplitRequest:
    """Parse the form; invalid numbers become -1, which ``SplitRequest.check`` refuses beside the field."""
    numbers = {name: _number(values.get(name, "")) for name in NUMBERS}
    return SplitRequest(
        **numbers,
        scope=Scope.TRAIN if values.get("scope") == Scope.TRAIN else Scope.ALL,
        unlabelled=bool(values.get("unlabelled")),
        together=bool(values.get("together")),
        by_part=bool(values.get("by_part")),
    )


def _number(text: str) -> int:
    clean = text.strip()
    return int(clean) if clean.isascii() and clean.isdigit() and len(clean) < 12 else -1
