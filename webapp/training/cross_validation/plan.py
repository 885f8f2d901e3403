"""Which photos of a dataset version judge in which fold: groups and parts stay whole."""

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.coco.document import photo_hashes
from webapp.images.splits import folds
from webapp.models import DatasetVersion, DetectionModel, Image

SMALL_SET = 100
"""Labelled photos up to which cross-validation is proposed: a test of fifteen of them says little."""
FEW = 10
"""Labelled photos below which three folds are proposed instead of five."""
LEAST = 6
"""Labelled photos below which nothing is proposed."""


def proposed(labelled: int) -> int:
    """The number of folds that is proposed for so many labelled photos; 0: none."""
    if not LEAST <= labelled <= SMALL_SET:
        return 0
    return 3 if labelled < FEW else 5


def divided(model: DetectionModel, version: DatasetVersion, parameters: TrainingParameters) -> dict[str, int]:
    """The number of the fold, from 1, by SHA-256 of each photo of the version, by the seed of the run.

    Raises UserError beside the field ``folds``; 409 where labels changed while the version was frozen.
    """
    found = folds.build(model, parameters.folds, parameters.seed, together=True, by_part=True)
    rows = db.session.execute(
        select(Image.id, Image.sha256).where(Image.model_id == model.id, Image.labelled)
    )
    fold_of = {sha256: found.fold_of[image_id] for image_id, sha256 in rows if image_id in found.fold_of}
    if fold_of.keys() != photo_hashes(version.document):
        raise UserError(
            _("Somebody else changed this at the same time: look at the page again."),
            code="changed",
            status=409,
        )
    return fold_of
