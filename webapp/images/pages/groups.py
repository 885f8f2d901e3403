"""Groups of photos that the split keeps together: their sources, patterns of names, joined and parted by hand."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_lines, clean_text
from webapp.images import moves
from webapp.images import undo as image_undo
from webapp.images.pages.actions import posted_ids
from webapp.images.similar import features, groups, leak_check, name_groups, name_patterns, near_duplicates
from webapp.models import DetectionModel, PairReason, Role
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("photo_groups", __name__)
PAGE_SIZE = 20
MOST_PAGES = 100_000


@blueprint.get("/models/<int:model_id>/groups")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The sources and the groups, the largest first; with ``pattern`` what it would join."""
    model = detection_models.open_model(model_id)
    pattern, error, preview = clean_text(request.args.get("pattern", "")), None, None
    if pattern:
        try:
            preview = name_patterns.count(model, pattern)
        except UserError as refused:
            error = refused
    return _page(model, pattern=pattern, preview=preview, error=error)


@blueprint.get("/models/<int:model_id>/name-patterns")
@requires(Role.VIEWER)
def proposals(model_id: int) -> str:
    """Patterns that fit the names, to join photos or, with ``use=parts``, to say their parts.

    Fetched by the page: all names of a large model take a second.
    """
    model = detection_models.open_model(model_id)
    return render_template(
        "images/_name_proposals.html",
        model=model,
        proposals=name_patterns.proposals(model),
        for_parts=request.args.get("use") == "parts",
    )


@blueprint.post("/models/<int:model_id>/groups/sources")
@requires(Role.ANNOTATOR)
def sources(model_id: int) -> ResponseReturnValue:
    """Let the ticked sources count."""
    model = detection_models.open_model(model_id)
    on = request.form.getlist("source")
    groups.switch(model, [reason for reason in PairReason if reason.value not in on])
    flash(_("Saved. The photos are compared again."), "success")
    return _back(model)


@blueprint.post("/models/<int:model_id>/groups/pattern")
@requires(Role.ANNOTATOR)
def pattern(model_id: int) -> ResponseReturnValue:
    """Join photos by a pattern of their names; an empty one joins none."""
    model = detection_models.open_model(model_id)
    asked = clean_text(request.form.get("pattern", ""))
    try:
        name_groups.choose(model, asked)
    except UserError as error:
        db.session.rollback()
        return _page(detection_models.open_model(model_id), pattern=asked, error=error), error.status
    flash(
        _("Saved: the groups follow the names now.") if asked else _("Names join no photos now."),
        "success",
    )
    return _back(model)


@blueprint.post("/models/<int:model_id>/groups/join")
@requires(Role.ANNOTATOR)
def join(model_id: int) -> ResponseReturnValue:
    """Make one group of the ticked photos and those that are named."""
    model = detection_models.open_model(model_id)
    try:
        named = groups.ids_of_names(model, clean_lines(request.form.get("names", "")).splitlines())
        count = groups.join(model, posted_ids() + named)
    except UserError as error:
        return _page(model, error=error), error.status
    flash(
        ngettext("%(num)s photo is in one group now.", "%(num)s photos are in one group now.", count),
        "success",
    )
    return _back(model)


@blueprint.post("/models/<int:model_id>/groups/part")
@requires(Role.ANNOTATOR)
def part(model_id: int) -> ResponseReturnValue:
    """Take the ticked photos out of their groups."""
    model = detection_models.open_model(model_id)
    try:
        count = groups.part(model, posted_ids())
    except UserError as error:
        return _page(model, error=error), error.status
    flash(
        ngettext("%(num)s photo is in no group now.", "%(num)s photos are in no group now.", count), "success"
    )
    return _back(model)


@blueprint.get("/models/<int:model_id>/leak-check")
@requires(Role.VIEWER)
def leak_panel(model_id: int) -> str:
    """The check as a part of other pages; it asks again while photos are being compared."""
    model = detection_models.open_model(model_id)
    return render_template("images/_leak_check.html", model=model, leak_check=leak_check.check(model))


@blueprint.post("/models/<int:model_id>/leak-check/mend")
@requires(Role.ANNOTATOR)
def mend(model_id: int) -> ResponseReturnValue:
    """Put each leaking group into one part; answers with the check as it is then."""
    model = detection_models.open_model(model_id)
    moved = leak_check.mend(model)
    return render_template(
        "images/_leak_check.html",
        model=model,
        leak_check=leak_check.check(model),
        moved=moved.count,
        undo=image_undo.remember(model, moved),
    )


@blueprint.post("/models/<int:model_id>/leak-check/undo")
@requires(Role.ANNOTATOR)
def undo_mend(model_id: int) -> ResponseReturnValue:
    """Put the photos back to where they were before ``mend``; answers with the check as it is then."""
    model = detection_models.open_model(model_id)
    moves.arrange(model, image_undo.plan(model, request.form.get("move", "")))
    return render_template("images/_leak_check.html", model=model, leak_check=leak_check.check(model))


def _page(model: DetectionModel, **context: Any) -> str:
    # Read first: photos compared in the meantime are then among the groups, or the page says that some wait.
    waiting = near_duplicates.is_waiting(model) or features.is_waiting(model)
    ids = groups.ids_of(model)
    number = min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)
    error = context.pop("error", None)
    return render_template(
        "images/groups.html",
        groups=groups.read(model, ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
        group_count=len(ids),
        photo_count=sum(map(len, ids)),
        number=number,
        pages=-(-len(ids) // PAGE_SIZE),
        counts=groups.counts(model),
        sources=list(PairReason),
        waiting=waiting,
        errors={error.field: error.message} if error and error.field else {},
        refusal=error.message if error and not error.field else None,
        **{"pattern": "", "preview": None} | context,
        **model_page(model, active="images"),
    )


def _back(model: DetectionModel) -> ResponseReturnValue:
    return redirect(url_for("photo_groups.index", model_id=model.id))
