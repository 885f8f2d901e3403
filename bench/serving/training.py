"""A real training in the running product."""

import json

from bench.common.running_product import RunningProduct
from bench.common.shared_data import data_folder
from bench.prediction.comparison import Script

PHOTOS = 12


def started_training(product: RunningProduct) -> tuple[int, int]:
    """The run, which goes on for many minutes, and its model."""
    script = Script(product)
    model = int(script.call("POST", "/models", json={"name": "Ball screws"}).json()["id"])
    folder = data_folder("bsdata") / "train"
    document = json.loads((folder / "annotations_coco.json").read_text())
    names = sorted({image["file_name"] for image in document["images"][:PHOTOS]})
    files = [("files", (folder / "images" / name).open("rb")) for name in names]
    labels = [("annotations", (folder / "annotations_coco.json").open("rb"))]
    script.call("POST", f"/models/{model}/imports?split=train", files=files + labels)
    sent = {"parameters": {"iterations": 5_000}, "allow_empty": ["validation", "test"]}
    run = int(script.call("POST", f"/models/{model}/training-runs", json=sent).json()["id"])
    while not product.count("SELECT count(*) FROM run_loss WHERE run_id = %s", run):
        pass
    return run, model
