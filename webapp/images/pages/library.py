"""Image management: the photos of a model by split, adding photos, one photo large."""

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.annotations import queries as annotation_queries
from webapp.annotations import reviews, shape_drawings
from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.core.extensions import htmx
from webapp.core.lifetimes import ONE_DAY
from webapp.images import faults, intake
from webapp.images import zips as image_zips
from webapp.images.browsing import neighbours as image_neighbours
from webapp.images.intake import Upload
from webapp.images.pages import wall
from webapp.images.values import remarks as remarks_of
from webapp.models import DetectionModel, Image, LibraryRun, Review, Role, Split
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models
from webapp.web.filters import image_filter, image_filter_words
from webapp.web.guards import requires
from webapp.web.page_context import model_page
from webapp.web.sent_files import uploads

blueprint = Blueprint("images", __name__)
KNOWN_AT_ONCE = 1_000
"""Hashes a request."""


@blueprint.get("/models/<int:model_id>/images")
@requires(Role.VIEWER)
def index(model_id: int) -> Response:
    """One split's photos, a page at a time."""
    model = detection_models.open_model(model_id)
    shown = image_filter.from_request(default_split=Split.TRAIN)
    # Read before the photos, so that they include what an ended run has added.
    adding = image_zips.shown(model)
    page = shown.page(model)
    context = model_page(model, active="images")
    response = make_response(
        render_template(
            "images/index.html",
            filter=shown,
            page=page,
            place=wall.first_place(shown, page, context["rail"]),
            **wall.looks(),
            categories=image_filter_words.category_choices(model),
            assignees=image_filter_words.assignee_choices(model),
            sorts=image_filter_words.sorts(),
            adding=adding,
            **context,
        )
    )
    if htmx and "" in request.args.values():
        # Forms send empty fields too; redirect to a URL without them.
        response.headers["HX-Push-Url"] = shown.address("images.index", model_id=model.id)
    return response


@blueprint.post("/models/<int:model_id>/images")
@requires(Role.ANNOTATOR)
@needs_room
def add(model_id: int) -> ResponseReturnValue:
    """Add photos to a split; the result of each file as JSON (drop zone) or as a page."""
    try:
        model = detection_models.open_model(model_id)
        split = image_filter.posted_split()
    except UserError as error:
        return _refusal(error)
    sent = uploads("files")
    zips = [upload for upload in sent if image_zips.is_photo_zip(upload.stream)]
    added = intake.add_images(model, split, [upload for upload in sent if upload not in zips])
    runs = _start_zips(model, split, zips, added)
    rejected = [(name, faults.sentence(fault)) for name, fault in added.rejected]
    remarks = remarks_of.in_words(added.remarks)
    if _wants_json():
        return jsonify(
            created=[{"id": image.id, "filename": image.filename} for image in added.created],
            duplicates=[
                {
                    "filename": name,
                    "image_id": image.id,
                    "where": _where(image),
                }
                for name, image in added.duplicates
            ],
            rejected=[{"filename": name, "reason": reason} for name, reason in rejected],
            remarks=[
                {"filename": name, "remark": remark, "attention": attention}
                for name, remark, attention in remarks
            ],
            runs=[
                {"filename": name, "panel": url_for("library_runs.panel", run_id=run.id)}
                for name, run in runs
            ],
        )
    if runs and not (added.created or added.duplicates or rejected):
        return redirect(url_for("photo_actions.work", model_id=model.id, run_id=runs[0][1].id))
    context = model_page(model, active="images")
    return render_template(
        "images/added.html",
        split=split,
        added=added,
        rejected=rejected,
        remarks=remarks_of.by_name(remarks),
        runs=runs,
        **context,
    )


def _start_zips(
    model: DetectionModel, split: Split, zips: list[Upload], added: intake.AddedImages
) -> list[tuple[str, LibraryRun]]:
    """Name and run of each zip; refused zips are listed with the refused photos."""
    runs = []
    for upload in zips:
        try:
            runs.append((upload.filename, image_zips.start(model, split, upload, current_user)))
        except intake.FileRefused as refused:
            added.rejected.append((upload.filename, refused.fault))
    return runs


@blueprint.post("/models/<int:model_id>/images/known")
@requires(Role.ANNOTATOR)
def known(model_id: int) -> Response:
    """Which photos with these SHA-256 the model already has, and where: the browser does not send them."""
    model = detection_models.open_model(model_id)
    said = request.get_json(silent=True)
    hashes = said.get("hashes") if isinstance(said, dict) else None
    if not isinstance(hashes, list) or len(hashes) > KNOWN_AT_ONCE:
        abort(422)
    found = intake.known_photos(model, [sha256 for sha256 in hashes if isinstance(sha256, str)])
    return jsonify(known={image.sha256: _where(image) for image in found})


def _where(image: Image) -> str:
    return _("already in %(split)s", split=image.split.value)


@blueprint.get("/models/<int:model_id>/images/<int:image_id>")
@requires(Role.VIEWER)
def show(model_id: int, image_id: int) -> str:
    """One large photo with its labels."""
    model = detection_models.open_model(model_id)
    image = intake.open_image_of(model, image_id)
    shown = image_filter.from_request(default_split=image.split).change()
    return render_template(
        "images/show.html",
        image=image,
        filter=shown,
        narrowed=image_filter_words.narrowed(model, shown),
        drawings=shape_drawings.drawings_of(annotation_queries.annotations_of(image)),
        neighbours=image_neighbours.neighbours_of(model, image, shown.query, shown.sort),
        predicted=prediction_runs.predictions_of_photo(model, image.sha256),
        **model_page(model, active="images"),
    )


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/review")
@requires(Role.ANNOTATOR)
def review(model_id: int, image_id: int) -> ResponseReturnValue:
    """Set or reset the mark «reviewed», and redirect to the photo."""
    model = detection_models.open_model(model_id)
    image = intake.open_image_of(model, image_id)
    value = request.form.get("value") == "1"
    try:
        reviews.set_review(image, Review.REVIEWED if value else Review.OPEN, by=current_user)
    except UserError as error:
        flash(error.message, "error")
    else:
        flash(_("Marked as reviewed.") if value else _("Mark taken back."), "success")
    shown = image_filter.from_request(default_split=None).change()
    return redirect(shown.address("images.show", model_id=model.id, image_id=image.id))


@blueprint.get("/models/<int:model_id>/images/<int:image_id>/masks/<int:annotation_id>.png")
@requires(Role.VIEWER)
def mask(model_id: int, image_id: int, annotation_id: int) -> Response:
    """A mask label as a transparent PNG in its category's colour."""
    image = intake.open_image_of(detection_models.open_model(model_id), image_id)
    annotation = annotation_queries.find_annotation(image, annotation_id)
    if annotation is None or isinstance(annotation.segmentation, list):
        abort(404)
    response = Response(shape_drawings.mask_png(annotation), mimetype="image/png")
    # The URL contains the version of the labels and the colour, so it can be cached.
    response.headers["Cache-Control"] = f"private, max-age={ONE_DAY}"
    return response


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _refusal(error: UserError) -> tuple[Response, int]:
    if not _wants_json():
        raise error
    return jsonify(detail=error.message, code=error.code), error.status
