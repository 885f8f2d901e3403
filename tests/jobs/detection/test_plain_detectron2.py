"""A saved weights file is plain Detectron2's too."""

from pathlib import Path

import torch
from detectron2.checkpoint import DetectionCheckpointer
from detectron2.modeling import build_model
from safetensors.torch import load_file

from jobs.detection.inputs.dataset import InferenceMapper
from jobs.detection.inputs.images import read_image
from jobs.detection.network.architectures import build_config
from jobs.detection.network.loading import load_model
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_file import read_weights_header


def test_plain_detectron2_loads_the_file_and_finds_the_same(shapes: Dataset, tmp_path: Path) -> None:
    weights = train(shapes.job(tmp_path, iterations=2, **SMALL), Recorder()).weights
    metadata = read_weights_header(weights).metadata
    assert metadata is not None
    # All that is ours is the registered backbone and the configuration; the rest is Detectron2's documented way.
    cfg = build_config(TrainingParameters(**metadata.parameters), len(metadata.categories))
    model = build_model(cfg)
    torch.save({"model": load_file(weights)}, tmp_path / "model.pth")
    rest = DetectionCheckpointer(model).load(str(tmp_path / "model.pth"))
    assert rest == {}
    photo = InferenceMapper(cfg)(read_image(shapes.path_of(shapes.document["images"][0])))
    own = load_model(weights, device="cpu").model
    with torch.no_grad():
        (plain,), (ours,) = model.eval()([photo]), own([photo])
    assert len(plain["instances"]) == len(ours["instances"])
    torch.testing.assert_close(
        plain["instances"].pred_boxes.tensor, ours["instances"].pred_boxes.tensor, rtol=1e-4, atol=1e-3
    )
