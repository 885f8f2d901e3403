"""Builds a network from the metadata of a weights file."""

from dataclasses import dataclass
from pathlib import Path

from detectron2.config import CfgNode
from detectron2.modeling import GeneralizedRCNN

from jobs.detection.device import ComputeDevice, choose_device
from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.folding import prepare_for_prediction
from jobs.detection.network.weights import check_weights, parameters_of, read_weights
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_metadata import WeightsMetadata


@dataclass(frozen=True)
class LoadedModel:
    """A network in evaluation mode, with categories and parameters of its training."""

    model: GeneralizedRCNN
    cfg: CfgNode
    metadata: WeightsMetadata
    parameters: TrainingParameters
    """Those of the training, but for another image size where one was asked for."""
    device: ComputeDevice


def load_model(weights: Path, image_size: int | None = None, device: str | None = None) -> LoadedModel:
    """``image_size`` is the short side in px; None takes that of the training. Raises ``WeightsRejected``."""
    check_weights(weights, for_prediction=True)
    tensors, metadata = read_weights(weights)
    assert metadata is not None  # noqa: S101  (check_weights refused files without)
    parameters = parameters_of(metadata)
    if image_size is not None:
        parameters = parameters.model_copy(update={"image_size": image_size})
    chosen = choose_device(device)
    cfg = build_config(parameters, len(metadata.categories), chosen.name)
    model = new_model(cfg)
    model.load_state_dict(tensors)
    model.eval()
    prepare_for_prediction(model)
    return LoadedModel(model, cfg, metadata, parameters, chosen)
