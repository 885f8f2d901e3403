"""Work in the team: who has how many photos, photos assigned, what each person labelled, how labels are reviewed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.annotations import reviews
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.browsing import queries
from webapp.images.browsing.queries import ImageQuery
from webapp.models import DetectionModel, Role, Split
from webapp.projects import detection_models
from webapp.teamwork import assignments, figures
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("teamwork", __name__)
DAYS = (14, 30, 90)
MOST_EACH = 100_000


@blueprint.get("/models/<int:model_id>/team")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """Everything about the team's work on a model."""
    return _page(detection_models.open_model(model_id))


@blueprint.get("/models/<int:model_id>/team/people")
@requires(Role.ENGINEER)
def people(model_id: int) -> str:
    """The options of a select field: whom photos can be assigned to. There may be thousands."""
    model = detection_models.open_model(model_id)
    return render_template("teamwork/_people.html", people=assignments.people_of(model))


@blueprint.post("/models/<int:model_id>/team/share")
@requires(Role.ENGINEER)
def share(model_id: int) -> ResponseReturnValue:
    """Deal the unlabelled photos out to the ticked people."""
    model = detection_models.open_model(model_id)
    try:
        people = assignments.open_people(model, request.form.getlist("people", type=int))
        split = request.form.get("split", "")
        number = assignments.share(model, people, Split(split) if split in list(Split) else None, _each())
    except UserError as error:
        db.session.rollback()
        return _page(model, error), error.status
    flash(_assigned(number), "success")
    return redirect(url_for("teamwork.index", model_id=model.id))


@blueprint.post("/models/<int:model_id>/team/review")
@requires(Role.ENGINEER)
def set_review(model_id: int) -> ResponseReturnValue:
    """Whether somebody else than who labelled reviews."""
    model = detection_models.open_model(model_id)
    reviews.set_by_others(model, request.form.get("by_others") == "1")
    flash(_("Saved."), "success")
    return redirect(url_for("teamwork.index", model_id=model.id))


def _each() -> int | None:
    """How many photos for each person; None: all. Raises UserError (422)."""
    text = request.form.get("each", "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) <= MOST_EACH:
        raise UserError(
            _("Enter how many photos each person gets, 1 to %(most)s, or leave it empty.", most=MOST_EACH),
            code="each_invalid",
            field="each",
        )
    return int(text)


def _assigned(number: int) -> str:
    return ngettext("%(num)s photo was assigned.", "%(num)s photos were assigned.", number)


def _page(model: DetectionModel, error: UserError | None = None) -> str:
    days = request.args.get("days", DAYS[0], type=int)
    days = days if days in DAYS else DAYS[0]
    by_day = figures.by_day(model, days)
    return render_template(
        "teamwork/index.html",
        work=assignments.work_of(model),
        people=assignments.people_of(model),
        nobodys=queries.count(model, ImageQuery(labelled=False, assignee=queries.NOBODY)),
        by_day=by_day,
        bars=figures.bars(by_day, days, _("Others")),
        days=days,
        all_days=DAYS,
        error=error,
        ticked=request.form.getlist("people", type=int),
        values=request.form,
        **model_page(model, active="images"),
    )
