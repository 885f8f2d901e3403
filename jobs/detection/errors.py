"""Errors of the engine, as codes with parameters; the caller makes sentences of them."""

from typing import Any


class DetectionError(Exception):
    """A refusal or failure that a user can act on. ``code`` is stable, ``params`` fill the sentence."""

    code = "detection_error"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(f"{self.code}: {params}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Make errors picklable, for other processes."""
        return _rebuilt, (type(self), self.code, self.params)


def _rebuilt(kind: type["DetectionError"], code: str, params: dict[str, Any]) -> "DetectionError":
    return kind(code, **params) if kind is WeightsRejected else kind(**params)


class ImageMissing(DetectionError):
    """The file of a photo of the dataset version is missing. params: ``file_name``."""

    code = "photo_missing"


class ImageUnreadable(DetectionError):
    """The file of a photo is not a picture that can be decoded. params: ``file_name``, ``reason``."""

    code = "photo_unreadable"


class ImageFailed(DetectionError):
    """A photo raised something unforeseen. params: ``file_name``, ``error``."""

    code = "photo_failed"


class ImageOutOfMemory(DetectionError):
    """The machine's memory (not the GPU's) did not suffice for a photo. params: ``file_name``."""

    code = "photo_out_of_memory"


class DatasetUnusable(DetectionError):
    """The dataset version cannot be trained on.

    params: ``reason`` (``no_photos``, ``no_categories``, ``no_usable_photos``: with ``file_name`` of one of them).
    """

    code = "dataset_unusable"


class PretrainedMissing(DetectionError):
    """The default weights of an architecture are not on this machine. params: ``architecture``, ``path``."""

    code = "pretrained_missing"


class ProcessKilled(DetectionError):
    """One of several processes that trained together died. params: ``signal``, its name or empty."""

    code = "process_killed"


class MachineMissing(DetectionError):
    """A machine did not take part in a training. params: ``rank``."""

    code = "machine_missing"


class LossDiverged(DetectionError):
    """The loss became NaN or infinite, or rose above the limit.

    params: ``iteration`` (the first bad one, from 1), ``learning_rate``.
    """

    code = "loss_diverged"


class CheckpointUnusable(DetectionError):
    """A checkpoint cannot be continued from. params: ``reason``."""

    code = "checkpoint_unusable"


class WeightsRejected(DetectionError):
    """A weights file was refused. ``code`` says why:

    - ``weights_not_tensors``: neither safetensors nor a tensors-only torch file; a pickle may hold code
    - ``weights_damaged``: truncated, or sizes that contradict each other (params: ``reason``)
    - ``weights_other_architecture``: names or shapes do not fit (params: ``architecture``, ``mismatched``)
    - ``weights_no_architecture``: it does not say its architecture, and none fits
    - ``weights_other_categories``: it was trained for others than asked for (params: ``categories``)
    - ``weights_no_categories``: it does not say its categories, so it can start a run but not predict
    """

    code = "weights_rejected"

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        super().__init__(**params)
