"""``python -m tools.pictures FOLDER``: the pictures of README and of the screens, made anew in a real Chromium.

The product runs on an empty folder; everything comes into it over REST, so that an earlier version can be pictured too
(``--of CHECKOUT --suffix -before``). Needs ``bin/setup test`` and ``fruits_nuts`` in the shared data; five minutes.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from bench.common.running_product import RunningProduct, running_product
from bench.common.shared_data import data_folder
from bench.pages.browser import chromium
from bench.prediction.comparison import Script
from tools.pictures.camera import Camera
from tools.pictures.doubts import take_doubts
from webapp.core.settings import ROOT

PARAMETERS = {"iterations": 120, "image_size": 256, "validation_period": 20}
"""Of a run of some two minutes on two cores."""
SHORT = {"iterations": 40, "image_size": 256}


def fill(script: Script) -> int:
    """A model with labelled photos in all splits, and an empty one; the id of the first."""
    source = data_folder("fruits_nuts")
    model = int(script.call("POST", "/models", json={"name": "Fruits and nuts"}).json()["id"])
    script.call("POST", "/models", json={"name": "Ball screws", "description": "CNC 3, right bench"})
    held_back = json.loads((source / "heldback5.json").read_text())
    train = json.loads((source / "train13.json").read_text())
    parts = {
        "train": train,
        "validation": _with_photos(held_back, 0, 3),
        "test": _with_photos(held_back, 3, 5),
    }
    for split, document in parts.items():
        names = [Path(image["file_name"]).name for image in document["images"]]
        files = [("files", (name, (source / "data" / "images" / name).read_bytes())) for name in names]
        labels = ("annotations", ("labels.json", json.dumps(document).encode()))
        script.call("POST", f"/models/{model}/imports?split={split}", files=[*files, labels])
    return model


def _with_photos(document: dict[str, Any], first: int, last: int) -> dict[str, Any]:
    images = document["images"][first:last]
    ids = {image["id"] for image in images}
    return document | {
        "images": images,
        "annotations": [one for one in document["annotations"] if one["image_id"] in ids],
    }


def take_all(product: RunningProduct, camera: Camera) -> None:
    """Each screen once; those of README in Chinese too."""
    script = Script(product)
    model = fill(script)
    base = f"/models/{model}"
    runs = []
    for parameters in (SHORT, PARAMETERS):
        sent = {"parameters": parameters}
        run = int(script.call("POST", f"{base}/training-runs", json=sent).json()["id"])
        runs.append(run)
        if parameters is PARAMETERS:
            _wait_for_iteration(script, run, parameters["iterations"] // 2)
            camera.take("training", f"/training-runs/{run}", ready="[data-loss-chart] svg path")
        script.finished(f"/training-runs/{run}")
    photos = [
        data_folder("fruits_nuts") / "data" / "images" / f"{number}.jpg" for number in (1, 2, 5, 6, 7, 9)
    ]
    files = [("files", (photo.name, photo.read_bytes())) for photo in photos]
    threshold = {"score_threshold": 0.3}
    prediction = script.call("POST", f"{base}/prediction-runs", files=files, data=threshold).json()["id"]
    script.finished(f"/prediction-runs/{prediction}")
    charts = "[data-chart] svg path"
    for name, path, ready in (
        ("models", "/", ".model-card img"),
        ("images", f"{base}/images", ".photo img"),
        ("annotate", f"{base}/annotate", "main"),
        ("train", f"{base}/train", "main"),
        ("record", f"{base}/record", "[data-loss-chart] svg path"),
        ("result", f"/training-runs/{runs[-1]}/result", charts),
        ("comparison", f"{base}/compare?run={runs[0]}&run={runs[1]}", "[data-chart] svg path"),
        ("report", f"/training-runs/{runs[-1]}/report", charts),
        ("predict", f"{base}/predict", "main"),
        ("prediction", f"/prediction-runs/{prediction}", ".result img"),
        ("users", "/users", "main"),
        ("audit", "/audit", "main"),
        ("account", "/account", "main"),
    ):
        camera.take(name, path, ready=ready)
    for name, path in (
        ("result-zh", f"/training-runs/{runs[-1]}/result"),
        ("prediction-zh", f"/prediction-runs/{prediction}"),
        ("images-zh", f"{base}/images"),
    ):
        camera.take(name, path, chinese=True)


def _wait_for_iteration(script: Script, run: int, iteration: int) -> None:
    while script.call("GET", f"/training-runs/{run}").json()["iteration"] < iteration:
        time.sleep(0.5)  # a training is watched from outside here: there is nothing else to wait for


def main() -> None:
    """Takes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--of", type=Path, default=ROOT, help="checkout of the version to picture")
    parser.add_argument("--suffix", default="", help="ends each name, such as -before")
    parser.add_argument("--doubts", action="store_true", help="only what docs/data.md shows")
    asked = parser.parse_args()
    with running_product(asked.of) as product, chromium() as browser:
        camera = Camera(browser, product.address, asked.folder, asked.suffix)
        if not asked.doubts:
            take_all(product, camera)
        if not asked.suffix:
            take_doubts(Script(product, "doubts"), camera)


if __name__ == "__main__":
    main()
