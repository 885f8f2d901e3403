"""The network that predicts is the trained one, made cheaper."""

import pytest
import torch
from detectron2.layers import FrozenBatchNorm2d

from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.folding import prepare_for_prediction
from webapp.contracts.training_parameters import Architecture, TrainingParameters


@pytest.mark.parametrize("architecture", Architecture)
def test_the_features_stay_the_same_and_no_norm_is_left(architecture: Architecture) -> None:
    torch.manual_seed(1)
    model = new_model(build_config(TrainingParameters(architecture=architecture), 2)).eval()
    for norm in [module for module in model.modules() if isinstance(module, FrozenBatchNorm2d)]:
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.5, 1.5)
        norm.weight.uniform_(0.5, 1.5)
        norm.bias.normal_(0, 0.1)
    photo = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        before = model.backbone(photo)
    prepare_for_prediction(model)
    with torch.inference_mode():
        after = model.backbone(photo)
    assert not [module for module in model.modules() if isinstance(module, FrozenBatchNorm2d)]
    for name, features in before.items():
        torch.testing.assert_close(after[name], features, rtol=1e-3, atol=1e-3 * float(features.abs().max()))
