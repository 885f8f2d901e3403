"""Default training parameters of a model, chosen for machine and data, with reasons.

The base values are in ``webapp/contracts/training_parameters.py``.
"""

import math

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.contracts.training_parameters import Architecture, TrainingParameters, architecture_defaults
from webapp.models import DetectionModel, Split
from webapp.runs import training_machine
from webapp.training import readiness

VIEWS = 20
"""The least number of times that each training photo should be seen."""
MOST_ITERATIONS = {Architecture.EFFICIENTNET_LITE0_FPN: 5_000, Architecture.R50_FPN: 20_000}
"""Upper limit of the default, about an hour on the architecture's kind of machine."""
FEW_PHOTOS = 30


def product_defaults(model: DetectionModel) -> TrainingParameters:
    """For the machine's architecture, with as many iterations as the labelled training photos need."""
    parameters = architecture_defaults(_architecture())
    photos = _photos(model, Split.TRAIN)
    return parameters.model_copy(update={"iterations": _iterations(parameters, photos)})


def falls_back_to_cpu_architecture() -> bool:
    """Whether there is a GPU but not the COCO weights that its default architecture needs."""
    return training_machine.has_gpu() and not training_machine.coco_weights_installed()


def reasons(model: DetectionModel) -> dict[str, str]:
    """By parameter, why it has this default, as a sentence in the user's language."""
    parameters = product_defaults(model)
    photos = _photos(model, Split.TRAIN)
    found = {"architecture": _architecture_reason()}
    if parameters.architecture is Architecture.EFFICIENTNET_LITE0_FPN:
        found["image_size"] = _("A small image size, because this machine trains on its CPU.")
    if photos:
        found["iterations"] = ngettext(
            "%(num)s training photo: it is seen about %(times)s times.",
            "%(num)s training photos: each is seen about %(times)s times.",
            photos,
            times=round(parameters.iterations * parameters.batch_size / photos),
        )
    if 0 < photos < FEW_PHOTOS:
        found["rotation"] = _(
            "With so few photos, turning, cropping and changing the light help where the parts allow it."
        )
    if not _photos(model, Split.VALIDATION):
        found["early_stopping"] = _("Without validation photos there is no best result, and no early stop.")
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


def _iterations(parameters: TrainingParameters, photos: int) -> int:
    """The larger of the architecture's number and full hundreds that show each photo ``VIEWS`` times."""
    needed = math.ceil(photos * VIEWS / parameters.batch_size / 100) * 100
    return min(max(parameters.iterations, needed), MOST_ITERATIONS[parameters.architecture])
