"""What docs/data.md shows: groups, leaks, folds, and labels that look wrong."""

import io
import json
from pathlib import Path

from PIL import Image

from bench.common.shared_data import data_folder
from bench.prediction.comparison import Script
from tools.pictures.camera import Camera

FOLDED = {"iterations": 80, "image_size": 256, "folds": 3, "time_budget_minutes": 0}


def take_doubts(script: Script, camera: Camera) -> None:
    """What docs/data.md shows: groups, the check for leaks, folds, a result by folds, labels that look wrong."""
    model = fill_with_turned_copies(script)
    base = f"/models/{model}"
    # The check of the training page knows of copies as soon as all photos are compared.
    camera.take("leaks", f"{base}/train", ready="#leak-check[data-complete=yes] img")
    camera.take("groups", f"{base}/groups", ready="main img", at="#groups")
    camera.take("folds", f"{base}/folds?folds=3&seed=1&together=1", ready="main table")
    sent = {"parameters": FOLDED, "allow_empty": ["validation"]}
    run = int(script.call("POST", f"{base}/training-runs", json=sent).json()["id"])
    script.finished(f"/training-runs/{run}")
    camera.take("result-folds", f"/training-runs/{run}/result", ready="#folds-of-run")
    camera.take("label-mistakes", f"{base}/label-mistakes", ready=".mistake-whole")


def fill_with_turned_copies(script: Script) -> int:
    """A model in whose test two of three photos are photos for training, upside down; its id."""
    source = data_folder("fruits_nuts")
    model = int(script.call("POST", "/models", json={"name": "Fruits, turned copies"}).json()["id"])
    document = json.loads((source / "train13.json").read_text())
    images, annotations = document["images"], document["annotations"]
    turned = [
        image | {"file_name": f"{Path(image['file_name']).stem}_rotated_180.jpg"} for image in images[:2]
    ]
    photos = {}
    for image in images:
        name = Path(image["file_name"]).name
        photos[name] = (source / "data" / "images" / name).read_bytes()
    for image, copy in zip(images, turned, strict=False):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(photos[Path(image["file_name"]).name])).rotate(180).save(
            buffer, "JPEG", quality=90
        )
        photos[copy["file_name"]] = buffer.getvalue()
    sizes = {image["id"]: (image["width"], image["height"]) for image in turned}
    copied = [
        each
        | {"segmentation": [_turned(polygon, sizes[each["image_id"]]) for polygon in each["segmentation"]]}
        for each in annotations
        if each["image_id"] in sizes
    ]
    for split, shown, labels in (
        ("train", images[:-1], annotations),
        ("test", [*turned, images[-1]], [*copied, *annotations]),
    ):
        ids = {image["id"] for image in shown}
        part = document | {
            "images": shown,
            "annotations": [each for each in labels if each["image_id"] in ids],
        }
        files = [("files", (name, photos[name])) for name in (Path(i["file_name"]).name for i in shown)]
        sent = ("annotations", ("labels.json", json.dumps(part).encode()))
        script.call("POST", f"/models/{model}/imports?split={split}", files=[*files, sent])
    return model


def _turned(polygon: list[float], size: tuple[int, int]) -> list[float]:
    """By 180°."""
    return [size[place % 2] - value for place, value in enumerate(polygon)]
