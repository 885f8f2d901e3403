"""The weights in use of a model: what predictions, suggestions and the line take unless told otherwise.

The first are taken by themselves (``webapp/runs/first_weights.py``). Each change is recorded.
"""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.annotations import categories
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, TrainingRun, User, Weights, WeightsChangeReason, WeightsInUseChange
from webapp.projects import detection_models
from webapp.runs import first_weights
from webapp.training.weights import files as weights_files

NONE = 0
"""Stands for no weights where an id is expected."""
NAMES_SHOWN = 5


def of_model(model: DetectionModel) -> Weights | None:
    """The weights in use; None before the end of the first training."""
    return db.session.get(Weights, model.weights_in_use_id) if model.weights_in_use_id is not None else None


def for_prediction(model: DetectionModel, weights_id: int | None) -> Weights:
    """The given weights or those in use. Raises UserError: none to take (409), unknown weights (422)."""
    chosen = weights_files.open_weights(model, weights_id) if weights_id is not None else of_model(model)
    if model.id not in detection_models.trained([model.id]):
        raise _not_trained()
    if chosen is None:
        raise UserError(
            _(
                "No weights of this model are in use yet: wait for the end of its training, or choose weights in the "
                "training record."
            ),
            code="no_weights_in_use",
            status=409,
        )
    return chosen


def choose(model: DetectionModel, weights: Weights, user: User | None, expected: int | None = None) -> None:
    """Take these weights into use from now on, and record who chose them. Commits.

    ``expected`` is the id of those that the person saw in use, or ``NONE``. Raises UserError (409) if others are in
    use by now, and whatever makes these unfit: see ``fault_of``.
    """
    detection_models.lock(model)
    if expected is not None and expected != (model.weights_in_use_id or NONE):
        raise UserError(
            _("Somebody else changed this at the same time: look at the page again."),
            code="changed",
            status=409,
        )
    if weights.run is not None:
        db.session.refresh(weights.run)
    fault = fault_of(model, weights)
    if fault is not None:
        raise fault
    _change(model, weights, WeightsChangeReason.CHOSEN, user)
    db.session.commit()


def fault_of(model: DetectionModel, weights: Weights) -> UserError | None:
    """Why these weights cannot be taken into use: not whole yet, deleted, missing, of other categories."""
    try:
        weights_files.open_weights(model, weights.id)
        weights_files.file_of(weights)
        refuse_other_categories(model, weights)
    except UserError as error:
        return error
    if weights.run is not None and not weights.run.status.is_over:
        return UserError(
            _("This training is still under way: its weights can be taken into use when it has ended."),
            code="run_active",
            status=409,
        )
    if model.id not in detection_models.trained([model.id]):
        return _not_trained()
    return None


def _not_trained() -> UserError:
    return UserError(
        _("This model has not been trained yet: train it first."), code="not_trained", status=409
    )


def refuse_other_categories(model: DetectionModel, weights: Weights) -> None:
    """Raises UserError for uploaded weights that have no category of this model."""
    own = [category.name for category in categories.list_categories(model)]
    if weights.run_id is None and own and not set(own) & set(weights.categories):
        raise UserError(
            _(
                "These weights find other categories (%(theirs)s) than this model has (%(ours)s): "
                "choose weights of this model.",
                theirs=", ".join(weights.categories[:NAMES_SHOWN]),
                ours=", ".join(own[:NAMES_SHOWN]),
            ),
            code="weights_other_categories",
            field="weights_id",
        )


def are_of(run: TrainingRun) -> bool:
    """Whether weights of this run are in use."""
    chosen = of_model(run.model)
    return chosen is not None and chosen.run_id == run.id


def others_than_of(run: TrainingRun) -> bool:
    """Whether another run of the model has weights that could be in use instead."""
    others = [row for row in weights_files.list_weights(run.model) if row.run_id not in (None, run.id)]
    return any(fault_of(run.model, row) is None for row in others)


def release(run: TrainingRun, user: User | None) -> None:
    """Let the weights of a run go before it is deleted; the caller holds the model's lock and commits.

    Raises UserError (409) while others could be chosen: nothing else begins to judge by itself.
    """
    if not are_of(run):
        return
    if others_than_of(run):
        raise UserError(
            _("The weights of this run are in use: take others into use first, then delete it."),
            code="weights_in_use",
            status=409,
        )
    _change(run.model, None, WeightsChangeReason.DELETED, user)


def _change(
    model: DetectionModel, weights: Weights | None, reason: WeightsChangeReason, user: User | None
) -> None:
    before = of_model(model)
    if before is weights:
        return
    model.weights_in_use_id = weights.id if weights else None
    first_weights.record_choice(model, before, weights, reason)
    db.session.add(
        WeightsInUseChange(
            model_id=model.id,
            reason=reason,
            before=before.document if before else None,
            after=weights.document if weights else None,
            user_id=user.id if user else None,
        )
    )


def history(
    model: DetectionModel, before: int | None = None, limit: int | None = None
) -> list[WeightsInUseChange]:
    """The changes, newest first; ``before`` is the id of the last one seen."""
    statement = (
        select(WeightsInUseChange)
        .where(WeightsInUseChange.model_id == model.id)
        .options(joinedload(WeightsInUseChange.user))
        .order_by(WeightsInUseChange.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(WeightsInUseChange.id < before)
    return list(db.session.scalars(statement))


def previous(model: DetectionModel) -> Weights | None:
    """Those that were in use before the last change, if they can be used again."""
    changes = history(model, limit=1)
    before = changes[0].before if changes else None
    weights = db.session.get(Weights, before["id"]) if before else None
    return weights if weights is not None and fault_of(model, weights) is None else None
