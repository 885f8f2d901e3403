"""Estimates the memory of a training and refuses one that does not fit into the training machine.

The figures were measured by ``python -m bench.training_memory`` on a CPU (docs/performance.md): a base for each
process, and an amount for each photo of a batch and each megapixel of it.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core.errors import UserError
from webapp.runs import training_machine

MEGABYTE, GIGABYTE = 2**20, 2**30
SHAPE = 4 / 3
"""Assumed ratio of long and short side of a photo."""
MOST_KEPT_PHOTOS = GIGABYTE
"""Equals ``jobs.detection.inputs.image_cache.LIMIT_BYTES``."""
RESERVE = 0.9
"""Share of the memory that a run may use; other programs need the rest."""


@dataclass(frozen=True)
class _Need:
    base: int
    """Bytes independent of the batch: libraries, weights, gradients, optimizer state, a checkpoint being written."""
    photo: int
    """Bytes for each photo of the batch, independent of its size: regions of the heads."""
    megapixel: int
    """Bytes for each photo and megapixel: features and gradients."""


NEEDS = {
    Architecture.EFFICIENTNET_LITE0_FPN: _Need(1170 * MEGABYTE, 66 * MEGABYTE, 1320 * MEGABYTE),
    Architecture.R50_FPN: _Need(2190 * MEGABYTE, 55 * MEGABYTE, 1200 * MEGABYTE),
}
WITHOUT_GRADIENTS = 0.3
"""Share of a training photo's memory that a photo needs that is only looked at."""
IMAGE_SIZES = (1333, 1024, 800, 640, 512, 448, 384, 320, 256, 192, 128, 64)


def estimate(parameters: TrainingParameters, photos: int = 0) -> int:
    """Peak bytes of a run with ``photos`` photos: of each GPU, or of the machine without GPU.

    Several processes divide the batch; without GPUs they share the machine's memory, too.
    """
    processes = training_machine.processes_for(parameters.batch_size, training_machine.processes())
    needed = of_process(parameters, parameters.batch_size // processes)
    if training_machine.has_gpu():
        return needed
    return processes * (needed + (_kept_photos(parameters, photos) if photos else 0))


def of_process(parameters: TrainingParameters, share: int) -> int:
    """Peak bytes of a process for its share of each batch, without cached photos."""
    need = NEEDS[parameters.architecture]
    photo = parameters.image_size**2 * SHAPE / 1e6
    seen = parameters.window_size**2 / 1e6 or photo * (1 + parameters.scale_jitter / 100) ** 2
    training = share * (
        need.photo + need.megapixel * min(seen, photo * (1 + parameters.scale_jitter / 100) ** 2)
    )
    # Validation and the test look at whole photos, one at a time, and keep no gradients.
    looking = need.photo + WITHOUT_GRADIENTS * need.megapixel * photo
    return round(need.base + max(training, looking))


def _kept_photos(parameters: TrainingParameters, photos: int) -> int:
    """Bytes of the photos that ``jobs/detection/inputs/image_cache.py`` caches, scaled for the strongest crop."""
    side = parameters.image_size * (1 + parameters.scale_jitter / 100) / (1 - parameters.crop / 100)
    return min(MOST_KEPT_PHOTOS, round(photos * side**2 * SHAPE * 3))


def available() -> int | None:
    """Bytes of the training machine's GPU, else of its RAM; None until a train worker has announced it."""
    return training_machine.memory()


def fits(parameters: TrainingParameters, photos: int = 0) -> bool:
    """Whether the training fits; True if the memory is unknown."""
    limit = available()
    return limit is None or estimate(parameters, photos) <= limit * RESERVE


def would_fit(parameters: TrainingParameters, photos: int = 0) -> list[dict[str, Any]]:
    """Changes that make it fit, the smallest first: batch size only, image size only, then both."""
    found: list[dict[str, Any]] = []
    batches = [size for size in range(parameters.batch_size - 1, 0, -1)]
    sizes = [size for size in IMAGE_SIZES if size < parameters.image_size]
    candidates = (
        [{"batch_size": batch} for batch in batches],
        [{"image_size": size} for size in sizes],
        [{"batch_size": 1, "image_size": size} for size in sizes],
    )
    for changes in candidates:
        fitting = next(
            (change for change in changes if fits(parameters.model_copy(update=change), photos)), None
        )
        if fitting is not None and not (len(fitting) == 2 and found):
            found.append(fitting)
    return found


def refuse_too_large(parameters: TrainingParameters, photos: int) -> None:
    """Raises UserError (code ``memory_too_small``) that names settings which would fit.

    ``photos`` are those to train and to validate with. ``details["would_fit"]`` is the list of ``would_fit``.
    """
    if fits(parameters, photos):
        return
    settings = would_fit(parameters, photos)
    raise UserError(
        _(
            "This needs about %(needed)s GB of memory, and the training machine has %(available)s GB: %(advice)s",
            needed=_gigabytes(estimate(parameters, photos)),
            available=_gigabytes(available() or 0),
            advice=_advice(settings),
        ),
        code="memory_too_small",
        field="batch_size" if settings and "batch_size" in settings[0] else "image_size",
        would_fit=settings,
    )


def _advice(settings: list[dict[str, Any]]) -> str:
    if not settings:
        return _("choose the smaller architecture.")
    return _("choose %(settings)s.", settings=_(" or ").join(_named(change) for change in settings))


def _named(change: dict[str, Any]) -> str:
    if len(change) == 2:
        return _(
            "batch size %(batch)s with image size %(size)s",
            batch=change["batch_size"],
            size=change["image_size"],
        )
    if "batch_size" in change:
        return _("batch size %(batch)s", batch=change["batch_size"])
    return _("image size %(size)s", size=change["image_size"])


def _gigabytes(count: int) -> str:
    return f"{count / GIGABYTE:.1f}"
