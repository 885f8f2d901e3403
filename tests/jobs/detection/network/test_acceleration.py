"""What makes a step faster changes neither losses nor gradients."""

import copy

import pytest
import torch
from detectron2.layers import ROIAlign
from detectron2.utils.events import EventStorage

from jobs.detection.inputs.dataset import TrainingMapper, records_of_split
from jobs.detection.network.acceleration import MatrixROIAlign, _weights, accelerate
from jobs.detection.network.architectures import build_config, load_default_weights, new_model
from tests.jobs.detection.conftest import Dataset
from webapp.contracts.training_parameters import TrainingParameters


@pytest.mark.parametrize(("bins", "scale", "ratio"), [(7, 0.25, 0), (14, 0.125, 0), (7, 0.25, 2)])
@pytest.mark.parametrize("aligned", [True, False])
def test_the_gradient_of_roi_align_is_torchvisions(
    bins: int, scale: float, ratio: int, aligned: bool
) -> None:
    """Boxes of all sizes, some partly or wholly outside, one without any extent."""
    random = torch.Generator().manual_seed(1)
    features = torch.randn(2, 3, 20, 30, generator=random, requires_grad=True)
    corners = torch.rand(40, 2, generator=random) * torch.tensor([150.0, 100.0]) / (scale * 4) - 30
    sizes = torch.rand(40, 2, generator=random) * torch.tensor([120.0, 80.0]) / (scale * 4)
    sizes[0] = 0
    photos = torch.randint(0, 2, (40, 1), generator=random).float()
    rois = torch.cat([photos, corners, corners + sizes], dim=1)
    plain = ROIAlign((bins, bins), scale, ratio, aligned)
    wanted, found = plain(features, rois), MatrixROIAlign(plain)(features, rois)
    assert torch.equal(wanted, found)
    upstream = torch.randn(wanted.shape, generator=random)
    (expected,) = torch.autograd.grad(wanted, features, upstream)
    (gradient,) = torch.autograd.grad(found, features, upstream)
    torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-4)


def test_the_weights_of_the_worked_example() -> None:
    weights = _weights(torch.tensor([0.0]), torch.tensor([4.0]), bins=2, length=4, ratio=2)
    assert weights[0].tolist() == [[0.25, 0.5, 0.25, 0.0], [0.0, 0.0, 0.25, 0.75]]
    assert (weights[0] @ torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist() == [2.0, 3.75]


def test_an_accelerated_model_has_the_losses_gradients_and_names_of_a_plain_one(shapes: Dataset) -> None:
    parameters = TrainingParameters(image_size=96, horizontal_flip=False)
    cfg = build_config(parameters, 2)
    torch.manual_seed(1)
    plain = new_model(cfg)
    load_default_weights(plain, parameters.architecture, None)
    fast = copy.deepcopy(plain)
    accelerate(fast)
    records = records_of_split(shapes.document, "train", shapes.path_of)
    batch = [TrainingMapper(cfg, parameters)(record) for record in records[:2]]
    losses = []
    for model in (plain, fast):
        torch.manual_seed(3)
        with EventStorage():
            parts = model.train()(batch)
        sum(parts.values()).backward()
        losses.append({name: part.item() for name, part in parts.items()})
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert {n: t.shape for n, t in plain.state_dict().items()} == {
        n: t.shape for n, t in fast.state_dict().items()
    }
    for (name, one), other in zip(plain.named_parameters(), fast.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None
        difference = (one.grad - other.grad).norm() / (one.grad.norm() + 1e-6)
        assert difference < 0.02, name
