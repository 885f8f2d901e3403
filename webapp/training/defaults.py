"""Default training parameters of a model, chosen for machine and data, with reasons.

The rules are in ``webapp/contracts/training_defaults.py``.
"""

from flask_babel import gettext as _
from sqlalchemy import text

from webapp.annotations import categories
from webapp.contracts.training_defaults import LEAST_SIDE, DataFacts, defaults_for, facts_from
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core.extensions import db
from webapp.models import DetectionModel, Split
from webapp.runs import training_machine
from webapp.training import readiness
from webapp.training.cross_validation import plan

FEW_PHOTOS = 30
SAMPLE = 5_000
"""Objects, and photos, that are looked at: with more the figures hardly change, and the page waits."""

_PHOTOS = text("""
SELECT f.width, f.height FROM image i JOIN image_file f ON f.sha256 = i.sha256
WHERE i.model_id = :model AND i.split = 'train' AND i.labelled ORDER BY i.id LIMIT :sample
""")
_COUNT = text("SELECT count(*) FROM image WHERE model_id = :model AND split = 'train' AND labelled")
_OBJECTS = text("""
SELECT sqrt(greatest(0, (a.bbox->>2)::float8 * (a.bbox->>3)::float8))
FROM image i JOIN annotation a ON a.image_id = i.id
WHERE i.model_id = :model AND i.split = 'train' AND i.labelled AND NOT a.iscrowd ORDER BY i.id LIMIT :sample
""")


def product_defaults(model: DetectionModel) -> TrainingParameters:
    """For the machine's architecture and the model's labelled training photos."""
    return defaults_for(facts_of(model), _architecture())


def facts_of(model: DetectionModel) -> DataFacts:
    """Of the photos that a training of this model would see now."""
    asked = {"model": model.id, "sample": SAMPLE}
    photos = db.session.execute(_COUNT, {"model": model.id}).scalar_one()
    sizes = [(row.width, row.height) for row in db.session.execute(_PHOTOS, asked)]
    sides = list(db.session.execute(_OBJECTS, asked).scalars())
    names = [category.name for category in categories.list_categories(model)]
    return facts_from(photos, sizes, sides, names)


def falls_back_to_cpu_architecture() -> bool:
    """Whether there is a GPU but not the COCO weights that its default architecture needs."""
    return training_machine.has_gpu() and not training_machine.coco_weights_installed()


def reasons(model: DetectionModel) -> dict[str, str]:
    """By parameter, why it has this default, as a sentence in the user's language."""
    facts = facts_of(model)
    parameters = defaults_for(facts, _architecture())
    found = {"architecture": _architecture_reason(), **_scale_reasons(facts, parameters)}
    if 0 < facts.photos < FEW_PHOTOS:
        found["rotation"] = _(
            "With so few photos, turning, cropping and changing the light help where the parts allow it."
        )
    if facts.sided is not None:
        found["horizontal_flip"] = _(
            "Off, because the category “%(name)s” says left or right: in a mirrored photo that would be wrong.",
            name=facts.sided,
        )
    if in_folds := reason_for_folds(model):
        found["folds"] = in_folds
    if not _photos(model, Split.VALIDATION):
        found["early_stopping"] = _("Without validation photos there is no best result, and no early stop.")
    return found


def reason_for_folds(model: DetectionModel) -> str | None:
    """Why cross-validation is proposed, as a sentence in the user's language; None where it is not."""
    labelled = sum(ready.labelled for ready in readiness.of_model(model))
    folds = plan.proposed(labelled)
    if not folds:
        return None
    return _(
        "Proposed for this set: %(folds)s folds. With %(photos)s labelled photos a test of a few of them says little; "
        "in folds all of them judge.",
        folds=folds,
        photos=labelled,
    )


def _scale_reasons(facts: DataFacts, parameters: TrainingParameters) -> dict[str, str]:
    if parameters.architecture is not Architecture.EFFICIENTNET_LITE0_FPN:
        return {}
    if not facts.small or not facts.width or not facts.height:
        return {"image_size": _("A small image size, because this machine trains on its CPU.")}
    seen = round(facts.small * parameters.scale_of(round(facts.width), round(facts.height)))
    sizes = {"small": round(facts.small), "seen": seen}
    found = {
        "image_size": _(
            "A quarter of the labels is no larger than %(small)s px: the network sees them at %(seen)s px.",
            **sizes,
        )
    }
    if seen < LEAST_SIDE:
        found["image_size"] = _(
            "A quarter of the labels is no larger than %(small)s px. The network sees them at %(seen)s px, which is "
            "little: closer photos would help.",
            **sizes,
        )
    if parameters.window_size:
        found["window_size"] = _(
            "The labels are small in the photo: training on windows around them is faster than on whole photos."
        )
    return found


def _architecture() -> Architecture:
    if training_machine.has_gpu() and training_machine.coco_weights_installed():
        return Architecture.R50_FPN
    return Architecture.EFFICIENTNET_LITE0_FPN


def _architecture_reason() -> str:
    if falls_back_to_cpu_architecture():
        return _(
            "The COCO weights for R50-FPN are not installed, so the architecture for CPUs is the default."
        )
    if training_machine.has_gpu():
        return _("This machine has a GPU, so the larger network is the default.")
    return _("This machine has no GPU, so the small network is the default.")


def _photos(model: DetectionModel, split: Split) -> int:
    return next(ready.labelled for ready in readiness.of_model(model) if ready.split == split)
