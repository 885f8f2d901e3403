"""The labels of a photo for the editor in the browser: read, saved, their history, an earlier state restored."""

import json
from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from webapp.annotations import categories, editor, outlines, reviews
from webapp.annotations import history as annotation_history
from webapp.annotations import restore as annotation_restore
from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.formats.annotations.editor_labels import EditorLabels, both_versions
from webapp.images.intake import open_image_of
from webapp.models import Image, LabelSource, Review, Role
from webapp.projects import detection_models
from webapp.web.compressed_static import compressed
from webapp.web.guards import requires

blueprint = Blueprint("photo_labels", __name__)
SOURCES = {
    LabelSource.EDITOR: _l("Drawn here"),
    LabelSource.API: _l("By a program"),
    LabelSource.IMPORT: _l("Imported"),
    LabelSource.SUGGESTION: _l("Suggested and accepted"),
    LabelSource.VIA: _l("From VIA"),
    LabelSource.RESTORE: _l("Brought back"),
    LabelSource.CATEGORIES: _l("Categories changed"),
    LabelSource.DOUBLES: _l("Doubled labels removed"),
    LabelSource.CORRECTION: _l("Mistake corrected"),
    LabelSource.EARLIER: _l("From before the history"),
}


@blueprint.errorhandler(UserError)
def refused(error: UserError) -> ResponseReturnValue:
    """Errors as JSON for the editor, as a sentence for its panels."""
    db.session.rollback()
    if htmx:
        return render_template("web/error_fragment.html", sentence=error.message), error.status
    return jsonify(detail=error.message, code=error.code, field=error.field), error.status


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/labels")
@requires(Role.VIEWER)
def read(model_id: int, image_id: int) -> Response:
    """All labels, with the version that a change of them names."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    response = Response(editor.read(image), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return compressed(response)


@blueprint.put("/models/<int:model_id>/images/<int:image_id>/labels")
@requires(Role.ANNOTATOR)
def save(model_id: int, image_id: int) -> ResponseReturnValue:
    """Replace all labels; 412 if somebody saved in between, with both versions where ``base`` is sent."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    sent = editor.parse(request.get_data(cache=False))
    try:
        return jsonify(editor.save(image, sent, current_user))
    except UserError as error:
        if error.status != HTTPStatus.PRECONDITION_FAILED or sent.base is None:
            raise
        db.session.rollback()
        return _two_versions(image, sent), error.status


def _two_versions(image: Image, sent: EditorLabels) -> Response:
    """The labels as they are, those of both, and both versions drawn."""
    there = editor.parse(editor.read(image))
    model = detection_models.open_model(image.model_id)
    drawn = render_template(
        "annotations/_two_versions.html",
        model=model,
        image=image,
        versions=[("mine", sent), ("theirs", there)],
        colors={category.id: category.color for category in categories.list_categories(model)},
    )
    answer = {
        "version": there.version,
        "shapes": there.shapes,
        "no_object": there.no_object,
        "both": both_versions(sent, there),
        "drawn": drawn,
    }
    return Response(msgspec.json.encode(answer), mimetype="application/json")


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/outlines")
@requires(Role.ANNOTATOR)
def operate(model_id: int, image_id: int) -> Response:
    """An operation on outlines: ``{"results": [[[ring, …], …] or null, …]}``, one for each shape. Stores nothing."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    return jsonify(results=outlines.carry_out(image, request.get_data(cache=False)))


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/labels/history")
@requires(Role.VIEWER)
def history(model_id: int, image_id: int) -> str:
    """Who changed the labels, when and how."""
    return _history(open_image_of(detection_models.open_model(model_id), image_id))


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/labels/versions/<int:version>")
@requires(Role.VIEWER)
def version(model_id: int, image_id: int, version: int) -> Response:
    """An earlier version, to be shown over the photo."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    return Response(editor.read_version(image, version), mimetype="application/json")


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/labels/restore")
@requires(Role.ANNOTATOR)
def restore(model_id: int, image_id: int) -> Response:
    """Restore an earlier version; the current one stays in the history."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    annotation_restore.restore(image, request.form.get("version", default=-1, type=int), current_user)
    response = make_response(_history(image))
    response.headers["HX-Trigger"] = json.dumps({"labels:restored": {}})
    return response


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/labels/review")
@requires(Role.VIEWER)
def review(model_id: int, image_id: int) -> str:
    """The review panel of the labels."""
    return _review(open_image_of(detection_models.open_model(model_id), image_id))


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/labels/review")
@requires(Role.ANNOTATOR)
def set_review(model_id: int, image_id: int) -> ResponseReturnValue:
    """Set the review: reviewed, rejected with a note, or open."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    said, note = request.form.get("review", ""), request.form.get("note", "")
    try:
        reviews.set_review(
            image, Review(said) if said in list(Review) else Review.OPEN, note, by=current_user
        )
    except UserError as error:
        db.session.rollback()
        return _review(image, error=error.message, note=note), error.status
    return _review(image)


def _history(image: Image) -> str:
    return render_template(
        "annotations/history.html",
        image=image,
        versions=annotation_history.versions_of(image),
        sources=SOURCES,
    )


def _review(image: Image, **context: str) -> str:
    return render_template("annotations/review.html", image=image, **context)
