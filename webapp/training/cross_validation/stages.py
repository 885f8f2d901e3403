"""The trainings of a run: one, or of a cross-validation one for each fold and then that of the weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.contracts.run_files import CHECKPOINT_NAME
from webapp.core import storage
from webapp.models import Split, TrainingRun
from webapp.training.cross_validation import out_of_fold

CocoDocument = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One training of a run."""

    fold: int | None = None
    """The fold that judges it; None for the training of the weights."""
    done: int = 0
    """Trainings of the run that are over."""
    trainings: int = 1
    """Trainings of the run."""
    fold_of: Mapping[str, int] = field(default_factory=dict, repr=False)
    """By SHA-256 of the photo; empty for a run that is no cross-validation."""

    @property
    def left(self) -> int:
        """Trainings that come after it."""
        return self.trainings - self.done - 1

    def document(self, dataset: CocoDocument) -> CocoDocument:
        """The dataset version as this training sees it: a fold for the test, all else to learn from.

        Nothing is kept for validation: whatever was chosen on a photo would look better there than on any other.
        """
        if not self.fold_of:
            return dataset

        def split(image: dict[str, Any]) -> str:
            return (Split.TEST if self.fold_of[image["sha256"]] == self.fold else Split.TRAIN).value

        return dataset | {"images": [image | {"split": split(image)} for image in dataset["images"]]}

    def planned(self, run: TrainingRun) -> dict[str, Any]:
        """Parameters of the run that are others in this training: its share of time and iterations."""
        if run.iterations:
            # ``epochs`` were converted at the start, independent of later changes of the batch, and so is a time once
            # its iterations are fixed.
            return {"epochs": 0, "iterations": run.iterations // self.trainings, "time_budget_minutes": 0}
        return {"time_budget_minutes": run.parameters["time_budget_minutes"] / self.trainings}

    def folder(self, run_id: int) -> Path:
        """Where its checkpoints lie; that of a fold is inside the run's."""
        folder = storage.checkpoint_dir(run_id)
        return folder if self.fold is None else folder / f"fold-{self.fold}"

    def checkpoint(self, run: TrainingRun) -> Path | None:
        """File of its last checkpoint; None if there is none."""
        file = self.folder(run.id) / CHECKPOINT_NAME
        return file if run.checkpoints and file.is_file() else None


def next_of(run: TrainingRun) -> Stage:
    """The first training of the run that is not over yet, as the database has it."""
    folds = out_of_fold.folds_of(run.id)
    if not folds:
        return Stage()
    left = [fold.number for fold in folds if fold.finished_at is None]
    return Stage(
        fold=left[0] if left else None,
        done=len(folds) - len(left),
        trainings=len(folds) + 1,
        fold_of=out_of_fold.photos_by_fold(run.id),
    )
