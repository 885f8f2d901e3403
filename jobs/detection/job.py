"""Input and output of a training run. Imports neither torch nor Detectron2."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from jobs.detection.errors import DetectionError
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_parameters import TrainingParameters

CocoDocument = dict[str, Any]
"""A dataset version: ``images`` (with ``split``), ``annotations``, ``categories``; COCO otherwise."""

PathOf = Callable[[dict[str, Any]], Path]
"""Gives the file of an entry of ``images``."""


class Phase(StrEnum):
    """Phases of a run, reported while there are no iterations."""

    PREPARING = "preparing"
    TRAINING = "training"
    SAVING = "saving"


@dataclass(frozen=True)
class Machines:
    """Several machines that train one run together; ``rank`` is this machine's, 0 leads."""

    count: int
    rank: int
    address: str
    """``tcp://host:port`` of the leading machine."""


@dataclass(frozen=True)
class CheckpointFile:
    """A checkpoint file."""

    kind: str
    """``last`` or ``best``."""
    iteration: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class TrainingJob:
    """Everything a run needs.

    ``output_dir`` receives ``weights.safetensors`` and, on the way, the files of ``checkpoint.py``.
    ``start_weights`` is a file that was accepted by ``weights.check_weights``; None takes the default
    weights of the architecture, from its package or from ``pretrained_dir``. ``resume_from`` is a
    checkpoint of the same run. ``random_start`` asks for untrained weights (tests of R50-FPN on a machine
    without its file).
    """

    parameters: TrainingParameters
    dataset: CocoDocument
    path_of: PathOf
    output_dir: Path
    dataset_version: str = ""
    start_weights: Path | None = None
    pretrained_dir: Path | None = None
    resume_from: Path | None = None
    random_start: bool = False
    device: str | None = None
    """``cpu`` or ``cuda``; None chooses at start."""
    sample_path: Callable[[int, int], Path] | None = None
    """Path of a sample picture by iteration and index; None draws none."""
    sample_photos: int = 0
    processes: int = 1
    """Processes on this machine: one for each GPU, or several on the CPU. The batch is divided among all."""
    machines: "Machines | None" = None
    suppression: Suppression | None = None
    """Of second detections of an object, on the sample pictures."""


@dataclass(frozen=True)
class IterationRecord:
    """Figures of one iteration. Losses have no unit; ``seconds`` includes the validation photo."""

    iteration: int
    """From 1."""
    total: int
    """0: the time budget has not fixed it yet."""
    training_loss: float
    validation_loss: float | None
    """Of one validation photo; None when the validation split is empty."""
    full_validation_loss: float | None
    """The mean of all validation photos, at the validation period."""
    validation_ap: float | None
    """Mask AP on validation photos, 0 to 100, at the validation period."""
    learning_rate: float
    seconds: float
    seconds_left: float
    """Estimated time to the last iteration."""
    loss_parts: dict[str, float] = field(default_factory=dict)
    """The parts of ``training_loss`` by Detectron2's names: loss_cls, loss_box_reg, loss_mask, ..."""
    device_memory: int | None = None
    """Bytes: peak of the GPU, or resident memory of the process."""


@dataclass(frozen=True)
class LoadReport:
    """What was loaded from a weights file, and which tensors were not (other categories, for example)."""

    loaded: int
    not_loaded: list[str]
    source: str
    """``imagenet``, ``coco``, ``file``, ``checkpoint`` or ``random``."""


@dataclass(frozen=True)
class TrainingOutcome:
    """Result of a run: all iterations, or ``stopped`` or ``ended_early`` after ``iterations`` of them."""

    weights: Path
    iterations: int
    stopped: bool
    ended_early: bool
    best_weights: Path | None
    """None without validation photos, or if the last weights are the best."""
    best_iteration: int | None
    seconds: float
    start: LoadReport
    device: str


@dataclass(frozen=True)
class LeftOutImage:
    """A photo of the dataset version that was not used, and why."""

    file_name: str
    split: str
    error: DetectionError
    """``ImageMissing``, ``ImageUnreadable``, ``ImageFailed`` or ``ImageOutOfMemory``."""


class TrainingListener(Protocol):
    """Receives the reports of a run. Its methods are called from the training loop, so they must be fast.

    An exception from any of them ends the run and reaches the caller of ``train``.
    """

    def phase(self, phase: Phase) -> None:
        """A new phase begins."""

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """The first iteration is about to begin; it is above 1 when resuming from a checkpoint.

        ``total`` is 0 where a time budget fixes it later.
        """

    def iterations_fixed(self, total: int) -> None:
        """The time budget allows so many iterations. A run that is resumed must be given this number."""

    def iteration(self, record: IterationRecord) -> None:
        """An iteration ended."""

    def left_out(self, images: list[LeftOutImage]) -> None:
        """These photos cannot be used; the run goes on without them. Each is reported once an attempt."""

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        """A checkpoint was written and flushed; these are all files now on disk."""

    def should_stop(self) -> bool:
        """Called after every iteration, and between the photos of a full validation, which a stop interrupts."""

    def should_pause(self) -> bool:
        """Called after every iteration: whether to end like a stop, since the run will resume from its checkpoint."""
