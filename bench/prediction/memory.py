"""``python -m bench.prediction.memory``: memory of a prediction with 300 small photos against one with 30.

Each run is a process of its own that does what the worker does: read, predict, draw, keep. The network is the default
one with random weights, which finds as many objects as it may.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench.common.peak_memory import peak_bytes
from bench.common.report import report

FEW, MANY = 30, 300
SIDE = 160
"""Pixels of a photo."""


def growth_mb() -> float:
    """How much higher the peak is with ten times the photos, MB."""
    return _peak_mb(MANY) - _peak_mb(FEW)


def _peak_mb(photos: int) -> float:
    command = [sys.executable, "-m", "bench.prediction.memory", str(photos)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def predict_photos(count: int) -> float:
    """Predict ``count`` photos in this process and answer its highest resident memory, MB."""
    from jobs.detection.inputs.images import read_image
    from jobs.detection.network.architectures import build_config, new_model
    from jobs.detection.network.weights import save_weights
    from jobs.detection.prediction.predictor import Predictor
    from webapp.contracts.suppression import Suppression
    from webapp.contracts.training_parameters import TrainingParameters
    from webapp.formats.masks.rendering import draw_detections
    from webapp.formats.weights_metadata import WeightsMetadata

    categories = ["a", "b"]
    parameters = TrainingParameters(image_size=SIDE)
    dice = np.random.default_rng(6)
    with tempfile.TemporaryDirectory() as folder:
        weights, photo, picture = (Path(folder) / name for name in ("w.safetensors", "photo.png", "out.jpg"))
        model = new_model(build_config(parameters, len(categories)))
        metadata = WeightsMetadata(
            architecture=parameters.architecture,
            categories=categories,
            parameters=parameters.model_dump(mode="json"),
        )
        save_weights(model, weights, metadata)
        del model
        predictor = Predictor(weights, score_threshold=0.05, max_detections=10)
        for _number in range(count):
            Image.fromarray(dice.integers(0, 256, (SIDE, SIDE, 3), np.uint8)).save(photo)
            rgb = read_image(photo)
            found = predictor.predict(rgb, Suppression())
            draw_detections(rgb, found, categories).save(picture, "JPEG")
    return peak_bytes() / 2**20


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(predict_photos(int(sys.argv[1])))
    else:
        report("memory_growth_mb", growth_mb(), "MB", baseline=0)
