"""The published COCO weights become a tensors-only file, without running their pickle."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from jobs.detection.network.architectures import build_config, load_default_weights, new_model
from jobs.detection.network.convert_coco_weights import COCO_CATEGORY_COUNT, convert
from jobs.detection.network.weights import check_weights
from tests.jobs.detection.network.test_weights import RunsCode
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.formats.weights_file import COCO_WEIGHTS

R50 = TrainingParameters(architecture=Architecture.R50_FPN)


@pytest.fixture(scope="module")
def source() -> nn.Module:
    """A network of the size of the published one."""
    torch.manual_seed(1)
    return new_model(build_config(R50, COCO_CATEGORY_COUNT))


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_of_arrays_becomes_the_default_weights(
    source: nn.Module, tmp_path: Path, protocol: int
) -> None:
    arrays = {name: tensor.numpy() for name, tensor in source.state_dict().items()}
    arrays["proposal_generator.anchor_generator.cell_anchors.0"] = np.zeros((3, 4), dtype=np.float32)
    content = {"model": arrays, "__author__": "Detectron2 Model Zoo"}
    (tmp_path / "zoo.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
    assert convert(tmp_path / "zoo.pkl", tmp_path / COCO_WEIGHTS) == len(source.state_dict())

    assert check_weights(tmp_path / COCO_WEIGHTS).architecture is Architecture.R50_FPN
    model = new_model(build_config(R50, 3))
    report = load_default_weights(model, Architecture.R50_FPN, tmp_path)
    assert report.source == "coco"
    assert len(report.not_loaded) == 6
    name = "backbone.bottom_up.res5.2.conv3.weight"
    assert torch.equal(model.state_dict()[name], source.state_dict()[name])


def test_a_pickle_with_anything_else_is_refused(tmp_path: Path) -> None:
    witness = tmp_path / "it ran"
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps({"model": RunsCode(witness)}))
    with pytest.raises(pickle.UnpicklingError):
        convert(tmp_path / "evil.pkl", tmp_path / "out.safetensors")
    assert not witness.exists()


def test_a_file_that_lacks_tensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "few.pkl").write_bytes(pickle.dumps({"model": {"a": np.zeros(3, dtype=np.float32)}}))
    with pytest.raises(ValueError, match="missing"):
        convert(tmp_path / "few.pkl", tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()
