"""Disk space: what takes the room, and the clean-up with its preview."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.core import disk_space
from webapp.models import Role
from webapp.operations import space
from webapp.operations.space import Cleaning
from webapp.projects import detection_models
from webapp.web.guards import requires

blueprint = Blueprint("space", __name__)


@blueprint.get("/space")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """What takes the room."""
    return _page("operations/space.html", room=disk_space.room(), usage=space.usage(), words=part_name)


@blueprint.get("/space/clean-up")
@requires(Role.ADMINISTRATOR)
def preview() -> str:
    """What would go, by kind."""
    found = {cleaning: space.preview(cleaning) for cleaning in Cleaning}
    return _page("operations/space_preview.html", found=found, words=cleaning_words)


@blueprint.post("/space/clean-up")
@requires(Role.ADMINISTRATOR)
def clean() -> Response:
    """Remove what was ticked."""
    known = [cleaning for cleaning in Cleaning if cleaning.value in request.form.getlist("what")]
    if not known:
        flash(_("Tick what is to go."), "warning")
        return redirect(url_for("space.preview"))
    freed = space.clean(known)
    flash(_("Cleaned up: %(size)s became free.", size=size_words(freed)), "success")
    return redirect(url_for("space.index"))


def part_name(name: str) -> str:
    """What a folder of ``DATA_DIR`` holds."""
    return {
        "photos": _("Photos"),
        "thumbnails": _("Small pictures"),
        "renditions": _("Pictures of 8 bits"),
        "tiles": _("Tiles of large photos"),
        "weights": _("Weights"),
        "checkpoints": _("Checkpoints of trainings"),
        "runs": _("Logs and samples of trainings"),
        "results": _("Pictures of predictions"),
        "uploads": _("Uploads under way"),
        "exports": _("Exports"),
        "backups": _("Backups"),
        "logs": _("Logs"),
        space.DATABASE: _("Database"),
    }.get(name, _("Other"))


def cleaning_words(cleaning: Cleaning) -> tuple[str, str]:
    """What it is, and what its removal means."""
    return {
        Cleaning.THUMBNAILS: (
            _("Small pictures"),
            _("They are made again when somebody looks at the photos, which then takes longer once."),
        ),
        Cleaning.CHECKPOINTS: (
            _("Checkpoints of trainings that are over"),
            _("These trainings cannot be resumed any more. Their weights and results stay."),
        ),
        Cleaning.EXPORTS: (_("Finished exports"), _("Who needs one exports again.")),
        Cleaning.TRASH: (
            _("The trash"),
            _(
                "Models, trainings and photos in the trash of all models are deleted for good. What a frozen data set "
                "needs stays."
            ),
        ),
    }[cleaning]


def size_words(size: int) -> str:
    """Bytes as a person reads them."""
    return f"{size / 10**9:.1f} GB" if size >= 10**9 else f"{size / 10**6:.1f} MB"


def _page(template: str, **context: object) -> str:
    switcher = detection_models.list_models(current_user)
    return render_template(template, models_for_switcher=switcher, size=size_words, **context)
