"""Choose a model: the cards, create and edit."""

import json
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.core.lifetimes import ONE_YEAR
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, Role
from webapp.projects import choice, detection_models, pictures, trash
from webapp.teamwork import assignments
from webapp.web.guards import requires
from webapp.web.numbers import whole_number
from webapp.web.page_context import model_page
from webapp.web.sent_files import uploads

blueprint = Blueprint("models", __name__)
ORDER_COOKIE = "model_order"


@blueprint.get("/")
@requires(Role.VIEWER)
def index() -> Response:
    """The cards, in order of creation or in the one that was asked for last."""
    response = make_response(render_template("projects/index.html", **_cards()))
    if (order := request.args.get("order")) in choice.ORDERS:
        response.set_cookie(ORDER_COOKIE, order, max_age=ONE_YEAR, samesite="Lax")
    return response


@blueprint.post("/models")
@requires(Role.ENGINEER)
def create() -> ResponseReturnValue:
    """A new model; returns its card, or the form with the error beside its field."""
    try:
        picture = _sent_picture()
        model = detection_models.create_model(
            request.form.get("name", ""), request.form.get("description", ""), current_user, picture
        )
    except UserError as error:
        db.session.rollback()
        template = "projects/create.html" if htmx else "projects/index.html"
        context = {} if htmx else _cards()
        return render_template(
            template, errors=_beside_field(error), values=request.form, **context
        ), error.status
    message = _("Model “%(name)s” created.", name=model.name)
    if request.form.get("then") == "photos":
        flash(message, "success")
        photos = url_for("images.index", model_id=model.id)
        return Response(headers={"HX-Redirect": photos}) if htmx else redirect(photos)
    if not htmx:
        flash(message, "success")
        return redirect(url_for("models.index") + f"#model-{model.id}")
    response = make_response(render_template("projects/cards.html", new_id=model.id, **_cards()))
    response.headers["HX-Trigger"] = json.dumps({"toast": {"message": message, "level": "success"}})
    return response


@blueprint.get("/models/<int:model_id>", endpoint="open")
@requires(Role.VIEWER)
def open_record(model_id: int) -> ResponseReturnValue:
    """What a card opens: the training record; of a model in which nothing was done yet, the photos."""
    model = detection_models.open_model(model_id)
    begun = detection_models.summary(model)
    if not begun.images_count and not begun.newest_run and not begun.active_run:
        return redirect(url_for("images.index", model_id=model.id))
    return redirect(url_for("training.record", model_id=model.id))


@blueprint.route("/models/<int:model_id>/edit", methods=["GET", "POST"])
@requires(Role.ENGINEER)
def edit(model_id: int) -> ResponseReturnValue:
    """Name, description and picture of a model."""
    model = detection_models.open_model(model_id)
    if request.method == "GET":
        return _edit_page(model, {}, {"name": model.name, "description": model.description})
    try:
        picture = _sent_picture()
        detection_models.update_model(
            model, request.form.get("name", ""), request.form.get("description", "")
        )
        if picture or request.form.get("remove_picture"):
            detection_models.set_picture(model, picture)
    except UserError as error:
        db.session.rollback()
        return _edit_page(model, _beside_field(error), request.form), error.status
    flash(_("Saved."), "success")
    return redirect(url_for("models.index") + f"#model-{model.id}")


@blueprint.post("/models/<int:model_id>/place")
@requires(Role.ENGINEER)
def place(model_id: int) -> ResponseReturnValue:
    """Move the card in the order by hand; ``before`` is the id of the model it is put before, empty for the end."""
    model = detection_models.open_model(model_id)
    before = whole_number(request.form.get("before", ""))
    choice.move(model, detection_models.open_model(before, current_user) if before else None)
    if not htmx:
        return redirect(url_for("models.index", order=choice.BY_HAND) + f"#model-{model.id}")
    return make_response(render_template("projects/cards.html", **_cards()))


@blueprint.get("/models/<int:model_id>/picture")
@requires(Role.VIEWER)
def picture(model_id: int) -> Response:
    """The picture of its card, or the default one."""
    model = detection_models.open_model(model_id)
    file = image_intake.find_file(model.picture_sha256)
    if file is None:
        return send_file(Path(str(current_app.static_folder)) / "img" / "model.svg", max_age=0)
    # The URL contains the picture's hash, so it changes with the picture.
    newest = request.args.get("v") == picture_version(model)
    return send_file(image_intake.thumbnail(file), mimetype="image/webp", max_age=ONE_YEAR if newest else 0)


@blueprint.app_template_global()
def picture_url(model: DetectionModel) -> str:
    """Where a model's picture is; the default one is a static file."""
    if model.picture_sha256 is None:
        return url_for("static", filename="img/model.svg")
    return url_for("models.picture", model_id=model.id, v=picture_version(model))


def picture_version(model: DetectionModel) -> str:
    """Changes with the picture."""
    return (model.picture_sha256 or "")[:12]


def _cards() -> dict[str, object]:
    models = detection_models.list_models(current_user)
    summaries = detection_models.summarise(models)
    order = request.values.get("order") or request.cookies.get(ORDER_COOKIE) or ""
    ordered = {choice.LAST_USED: choice.last_used_first, choice.BY_HAND: choice.by_hand}.get(order, list)
    return {
        "summaries": ordered(summaries),
        "order": order,
        "waiting": choice.waiting(summaries),
        "models_for_switcher": models,
        "trash_count": trash.count(current_user),
        "own_work": assignments.own_work(current_user),
    }


def _edit_page(model: DetectionModel, errors: dict[str, str], values: object) -> str:
    return render_template(
        "projects/edit.html",
        errors=errors,
        values=values,
        trash_days=trash.KEPT.days,
        **model_page(model, active="edit"),
    )


def _sent_picture() -> str | None:
    sent = uploads("picture")
    return pictures.store_picture(sent[0]) if sent else None


def _beside_field(error: UserError) -> dict[str, str]:
    return {error.field or "name": error.message}
