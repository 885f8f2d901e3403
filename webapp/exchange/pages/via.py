"""The page around the frame with VGG Image Annotator."""

from flask import Blueprint, Response, jsonify, render_template

from webapp.accounts import sessions
from webapp.exchange.pages.via_frame import SANDBOX, base_of
from webapp.exchange.via import access as via_access
from webapp.exchange.via import labels as via_labels
from webapp.models import Role
from webapp.projects import detection_models
from webapp.web.filters import image_filter, image_filter_words
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("via", __name__)


@blueprint.get("/models/<int:model_id>/annotate/via")
@requires(Role.ANNOTATOR)
def index(model_id: int) -> str:
    """The frame with a page of photos; without VIA, how to install it."""
    model = detection_models.open_model(model_id)
    shown = image_filter.from_request(default_split=None)
    page = shown.page(model, via_labels.MOST_PHOTOS)
    is_there = via_access.page_of_via() is not None
    token = via_access.make_token(sessions.current_id(), model) if is_there and page.photos else ""
    return render_template(
        "exchange/via.html",
        filter=shown,
        narrowed=image_filter_words.narrowed(model, shown),
        page=page,
        is_there=is_there,
        wrong_file=not is_there and via_access.file_of_via() is not None,
        frame_address=shown.address("via_frame.frame", token=token) if token else "",
        sandbox=SANDBOX,
        **model_page(model, active="annotate"),
    )


@blueprint.post("/models/<int:model_id>/annotate/via/token")
@requires(Role.ANNOTATOR)
def renew(model_id: int) -> Response:
    """A new token while the page is open."""
    model = detection_models.open_model(model_id)
    return jsonify(base=base_of(via_access.make_token(sessions.current_id(), model)))
