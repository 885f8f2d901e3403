"""The validation loss, as hooks: one photo after every iteration, all photos at the validation period.

Detectron2 has no validation loss. Here the model stays in training mode, without gradients: batch norm is
frozen in both architectures, so the model does not change. The regions for the loss are sampled with a seed
that depends on the photo, so that its losses are comparable; afterwards the random state of the training is
restored.
"""

import time
from collections.abc import Callable

import torch
from detectron2.engine import HookBase
from detectron2.utils.events import EventStorage
from torch import nn

from jobs.detection.inputs.dataset import Record, TrainingMapper
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.training.checkpoint import Progress
from jobs.detection.training.validation_ap import VALIDATION_AP, ValidationAp

VALIDATION_LOSS = "validation_loss"
FULL_VALIDATION_LOSS = "full_validation_loss"


class ValidationImages:
    """The photos of the validation split and the model's loss on each of them."""

    def __init__(
        self,
        model: nn.Module,
        records: list[Record],
        mapper: TrainingMapper,
        seed: int,
        left_out: LeftOutImages,
    ) -> None:
        self._model = model
        self._records = records
        self._mapper = mapper
        self._seed = seed
        self._left_out = left_out

    def __len__(self) -> int:
        return len(self._records)

    def loss(self, index: int) -> float | None:
        """Loss of the photo with this index; None where it is left out.

        Raises FloatingPointError when the model has diverged.
        """
        record = self._records[index]
        if record not in self._left_out:
            try:
                return self._loss(record, index)
            except Exception as error:
                self._left_out.add(record, error)
        return None

    def seconds(self) -> float:
        """How long the losses of all photos take, measured with the first one."""
        began = time.monotonic()
        self.loss(0)
        return (time.monotonic() - began) * len(self)

    def _loss(self, record: Record, index: int) -> float:
        batch = [self._mapper(record)]
        with torch.no_grad(), torch.random.fork_rng(), EventStorage():
            torch.manual_seed(self._seed + index)
            return sum(part.item() for part in self._model(batch).values())


class ValidationLoss(HookBase):
    """One photo after every iteration, in turn; the next one in place of one that is left out."""

    def __init__(self, photos: ValidationImages) -> None:
        self._photos = photos

    def after_step(self) -> None:
        """Raises FloatingPointError when the model has diverged."""
        count = len(self._photos)
        losses = (self._photos.loss((self.trainer.iter + step) % count) for step in range(count))
        loss = next((loss for loss in losses if loss is not None), None)
        if loss is not None:
            self.trainer.storage.put_scalar(VALIDATION_LOSS, loss, smoothing_hint=False)


class FullValidation(HookBase):
    """All photos every ``period`` iterations and after the last one: their loss, and AP; records the best iteration."""

    def __init__(
        self,
        photos: ValidationImages,
        ap: ValidationAp,
        period: int,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> None:
        self._photos = photos
        self._ap = ap
        self._period = period
        self._progress = progress
        self._should_stop = should_stop

    def after_step(self) -> None:
        """A stop interrupts the pass; then there is no value."""
        done = self.trainer.iter + 1
        if done % self._period and done < self.trainer.max_iter:
            return
        losses = []
        for index in range(len(self._photos)):
            if self._should_stop():
                return
            losses.append(self._photos.loss(index))
        known = [loss for loss in losses if loss is not None]
        if not known:
            return
        loss = sum(known) / len(known)
        ap = self._ap.measure(self._should_stop)
        if self._should_stop():
            return
        self.trainer.storage.put_scalar(FULL_VALIDATION_LOSS, loss, smoothing_hint=False)
        if ap is not None:
            self.trainer.storage.put_scalar(VALIDATION_AP, ap, smoothing_hint=False)
        self._progress.note(done, loss, ap)

    def seconds(self) -> float:
        """How long a pass takes, measured with a photo."""
        return self._photos.seconds() + self._ap.seconds()
