"""The trash of a model: photos deleted in the last 30 days, to restore or delete for good."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import true

from webapp.core.errors import UserError
from webapp.images import bulk, trash
from webapp.images.pages.actions import posted_ids, posted_time
from webapp.images.pages.sentences import restored_sentence
from webapp.models import DetectionModel, LibraryRun, Role, TrashedImage, User
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("photo_trash", __name__)
PAGE_SIZE = 60


@dataclass(frozen=True)
class Batch:
    """Photos that were deleted together; a page may show a part of them."""

    at: datetime
    gone_on: datetime
    by: User | None
    photos: list[TrashedImage]


@blueprint.get("/models/<int:model_id>/images/trash")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """A page of the trash, the last deleted first."""
    model = detection_models.open_model(model_id)
    after = _after(request.args.get("after", ""))
    found = trash.list_trashed(model, after, PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return render_template(
        "images/trash.html",
        batches=_batches(shown),
        first_page=after is None,
        following=f"{last.deleted_at.isoformat()}_{last.id}" if last else None,
        days=trash.KEPT.days,
        **model_page(model, active="images"),
    )


@blueprint.post("/models/<int:model_id>/images/trash/restore")
@requires(Role.ANNOTATOR)
def restore(model_id: int) -> ResponseReturnValue:
    """Restore the ticked photos, those deleted together (``at``), or ``all``."""
    model = detection_models.open_model(model_id)
    if request.form.get("all") == "1":
        restored = bulk.restore(model, current_user)
    elif "at" in request.form:
        restored = bulk.restore(model, current_user, at=posted_time("at"))
    else:
        restored = bulk.restore(model, current_user, ids=_ticked())
    if isinstance(restored, LibraryRun):
        return redirect(url_for("photo_actions.work", model_id=model.id, run_id=restored.id))
    flash(restored_sentence(restored), "warning" if restored.there_again else "success")
    return _back(model)


@blueprint.post("/models/<int:model_id>/images/trash/delete")
@requires(Role.ENGINEER)
def delete(model_id: int) -> ResponseReturnValue:
    """Delete the ticked photos for good, or ``all``."""
    model = detection_models.open_model(model_id)
    chosen = true() if request.form.get("all") == "1" else TrashedImage.id.in_(_ticked())
    count = trash.delete_for_good(model, chosen)
    flash(ngettext("%(num)s photo deleted for good.", "%(num)s photos deleted for good.", count), "success")
    return _back(model)


def _ticked() -> list[int]:
    ids = posted_ids()
    if not ids:
        raise UserError(_("Tick the photos first."), code="nothing_chosen", field="ids")
    return ids


def _back(model: DetectionModel) -> ResponseReturnValue:
    return redirect(url_for("photo_trash.index", model_id=model.id))


def _batches(photos: list[TrashedImage]) -> list[Batch]:
    people = trash.deleted_by(photos)
    batches = []
    for (at, user_id), group in groupby(photos, lambda photo: (photo.deleted_at, photo.deleted_by_id)):
        by = people.get(user_id) if user_id else None
        batches.append(Batch(at, at + trash.KEPT, by, list(group)))
    return batches


def _after(text: str) -> tuple[datetime, int] | None:
    moment, _line, number = text.partition("_")
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(number)) if at.tzinfo else None
