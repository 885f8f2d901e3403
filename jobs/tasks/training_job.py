"""Converts a ``TrainingRun`` into the engine's ``TrainingJob``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from jobs.detection.job import TrainingJob
from jobs.processes import machines
from jobs.tasks.image_paths import image_paths
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import storage
from webapp.core.extensions import db
from webapp.models import TrainingRun, Weights
from webapp.runs import training_machine
from webapp.training import runs as training_runs
from webapp.training import samples as training_samples
from webapp.training.weights import files as weights_files


@dataclass(frozen=True)
class SamplePath:
    """A picklable function that gives the path of a sample picture."""

    folder: Path

    def __call__(self, iteration: int, index: int) -> Path:
        """The file."""
        return self.folder / training_samples.file_name(iteration, index)


def job_of(run: TrainingRun, dataset: dict[str, Any]) -> TrainingJob:
    """The engine's job for this run, with the settings of this worker."""
    initial = db.session.get(Weights, run.initial_weights_id) if run.initial_weights_id else None
    settings = machines.settings_of_app()
    # ``epochs`` were converted to ``iterations`` at the start, independent of later changes of the batch, and so is a
    # time once its iterations are fixed.
    planned = {"epochs": 0, "iterations": run.iterations, "time_budget_minutes": 0} if run.iterations else {}
    parameters = TrainingParameters(**(run.parameters | planned))
    together = machines.machines_for(parameters.batch_size, settings)
    share = parameters.batch_size // (together.count if together else 1)
    return TrainingJob(
        parameters=parameters,
        dataset=dataset,
        path_of=image_paths(dataset, run.range_in_use),
        output_dir=storage.checkpoint_dir(run.id),
        dataset_version=run.dataset_version.hash,
        start_weights=weights_files.file_of(initial) if initial else None,
        pretrained_dir=settings.pretrained_dir,
        resume_from=training_runs.checkpoint_file(run),
        sample_path=SamplePath(training_samples.folder(run.id)),
        sample_photos=training_samples.PHOTOS,
        processes=training_machine.processes_for(share, most_processes(settings.training_processes)),
        machines=together,
        suppression=run.model.suppression,
    )


def most_processes(wanted: int) -> int:
    """``wanted`` processes; 0: one for each GPU that this worker sees."""
    return wanted or max(1, torch.cuda.device_count())
