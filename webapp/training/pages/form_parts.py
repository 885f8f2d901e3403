"""Parts of the training form that are fetched by htmx: start weights, preview of the augmentation.

Part of the blueprint ``training``.
"""

from flask import Response as FlaskResponse
from flask import abort, render_template, request
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.models import Role
from webapp.projects import detection_models
from webapp.training import augmentation_preview, runs
from webapp.training.pages import form
from webapp.training.pages.start import blueprint, weights_context
from webapp.web.guards import requires


@blueprint.get("/models/<int:model_id>/train/weights")
@requires(Role.VIEWER)
def weights_part(model_id: int) -> str:
    """The list of weights, with the present choice or the uploaded file selected."""
    model = detection_models.open_model(model_id)
    context = weights_context(model, request.args.get("weights_id", ""))
    if "weights_id" not in request.args:
        # The newest uploaded file, since a training may have ended in the meantime.
        newest = next((choice.weights for choice in context["weights"] if choice.run is None), None)
        context = weights_context(model, str(newest.id) if newest else "")
    return render_template("training/_weights.html", model=model, errors={}, **context)


@blueprint.get("/models/<int:model_id>/train/augmentation")
@requires(Role.VIEWER)
def augmentation(model_id: int) -> str:
    """The preview on two photos of the model; polls until it is drawn."""
    model = detection_models.open_model(model_id)
    key, refusal, drawn = None, None, None
    try:
        changes = form.read_changes(runs.defaults(model), request.args)
        key = augmentation_preview.ask(model, runs.checked_parameters(model, changes))
        drawn = augmentation_preview.picture(key) if key is not None else None
        if drawn == augmentation_preview.NOTHING:
            refusal = _("The first photos of the training cannot be read: add them again.")
    except UserError as error:
        refusal = error.message
    return render_template(
        "training/_augmentation.html",
        model=model,
        key=key,
        refusal=refusal,
        is_drawn=drawn is not None,
    )


@blueprint.get("/models/<int:model_id>/train/augmentation/<key>.jpg")
@requires(Role.VIEWER)
def augmentation_picture(model_id: int, key: str) -> FlaskResponse:
    """The preview's JPEG; immutable, since the key is a hash of the settings."""
    model = detection_models.open_model(model_id)
    data = augmentation_preview.picture(key) if augmentation_preview.is_of(model, key) else None
    if data is None:
        abort(404)
    return FlaskResponse(data, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=600"})
