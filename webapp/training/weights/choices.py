"""The list of a model's weights, for the forms of training, prediction and suggestions, and for the record."""

from dataclasses import dataclass

from webapp.core.errors import UserError
from webapp.models import DetectionModel, TrainingRun, Weights
from webapp.training.weights import files as weights_files
from webapp.training.weights import words


@dataclass(frozen=True)
class WeightsChoice:
    """Weights of a model; ``ready`` is False if the file is missing."""

    weights: Weights
    in_use: bool
    ready: bool

    @property
    def run(self) -> TrainingRun | None:
        """The run that saved them; None for an uploaded file."""
        return self.weights.run

    @property
    def label(self) -> str:
        """Run, kind, AP, date and architecture, with a star before those in use."""
        return words.label_of(self.weights, self.in_use)


def weights_choices(model: DetectionModel) -> list[WeightsChoice]:
    """Newest first."""
    return [
        WeightsChoice(row, row.id == model.weights_in_use_id, _is_there(row))
        for row in weights_files.list_weights(model)
    ]


def first_choice(choices: list[WeightsChoice]) -> Weights | None:
    """What a form has chosen already: the weights in use, else the newest whose file is there."""
    ready = [choice for choice in choices if choice.ready]
    return next((choice.weights for choice in sorted(ready, key=lambda choice: not choice.in_use)), None)


def _is_there(row: Weights) -> bool:
    try:
        weights_files.file_of(row)
    except UserError:
        return False
    return True
