"""The weights of the first training of a model are in use by themselves; later ones only by a person's choice."""

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.models import AuditAction, DetectionModel, Weights, WeightsChangeReason, WeightsInUseChange


def take(run_id: int) -> None:
    """Put the weights of a training into use if its model has none in use. The caller commits.

    Call it in the transaction in which the run ends: no crash can come between.
    """
    final = db.session.scalar(
        select(Weights)
        .where(Weights.run_id == run_id)
        .order_by(Weights.id.desc())
        .limit(1)
        .options(joinedload(Weights.run))
        # The end of the run was written past the session.
        .execution_options(populate_existing=True)
    )
    if final is None:
        return
    taken = db.session.execute(
        update(DetectionModel)
        .where(DetectionModel.id == final.model_id, DetectionModel.weights_in_use_id.is_(None))
        .values(weights_in_use_id=final.id)
        .returning(DetectionModel.id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is not None:
        model = db.session.get_one(DetectionModel, final.model_id)
        record_choice(model, None, final, WeightsChangeReason.FIRST)
        db.session.add(
            WeightsInUseChange(
                model_id=final.model_id, reason=WeightsChangeReason.FIRST, after=final.document
            )
        )


def record_choice(
    model: DetectionModel, before: Weights | None, after: Weights | None, reason: WeightsChangeReason
) -> None:
    """Note in the audit that other weights are in use."""
    record(
        AuditAction.CHOOSE_WEIGHTS,
        model,
        before={"weights": before.filename, "weights_id": before.id} if before else None,
        after={"reason": reason} | ({"weights": after.filename, "weights_id": after.id} if after else {}),
    )
