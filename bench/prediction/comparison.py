"""Predictions against the plain way: ``.venv/bin/python -m bench.prediction``.

The product runs as ``bin/serve`` starts it; photos go in over HTTP and the zip comes out. The plain way is what
Detectron2's guide shows: ``DefaultPredictor`` and ``Visualizer`` in a loop over the files, a CSV and a zip, in one
process with the same network, threshold and cores; the product's more exact boxes are off in the weights. Both
take turns, so that a slow moment of the machine is slow for both. The weights come from a short training on
``bsdata``: what they find is little, and the same for both once second detections of an object stay; how many are left
out otherwise is counted.

Needs ``bin/setup test``, and ``bsdata`` in the shared data.
"""

import csv
import io
import json
import re
import statistics
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from bench.common.needed import requests
from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product
from bench.common.shared_data import data_folder
from bench.prediction.clients import SECONDS, answers_of_each
from bench.prediction.memory import growth_mb
from jobs.detection.network.architectures import build_config
from jobs.detection.network.weights import parameters_of, read_weights
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_file import copy_with_metadata, read_weights_header

TURNS = 3
THRESHOLD = 0.05
TRAINED_ON = 12
PARAMETERS = TrainingParameters(iterations=60)
"""Each is sent: what is proposed from the data would change with the proposals, and the figures with them."""
CALLS = 60
CLIENT_SECONDS = 600
SAME_BOX = 0.99
"""Intersection over union."""
SAME_SCORE = 1e-3


class Script:
    """Calls the REST API."""

    def __init__(self, product: RunningProduct, name: str = "bench") -> None:
        self.address = product.address + "/api/v1"
        self.session = requests.Session()
        page = product.sign_in().post(product.address + "/api-tokens", data={"name": name}).text
        found = re.search(r'id="new-token"[^>]*>([^<]+)<', page)
        if found is None:
            raise RuntimeError(page)
        self.session.headers["Authorization"] = f"Bearer {found.group(1)}"

    def call(self, method: str, path: str, **sent: Any) -> requests.Response:
        """Raises where the answer is an error."""
        answer = self.session.request(method, self.address + path, timeout=CLIENT_SECONDS, **sent)
        if not answer.ok:
            raise RuntimeError(answer.text)
        return answer

    def finished(self, path: str) -> dict[str, Any]:
        """The run when it is over."""
        while True:
            run: dict[str, Any] = self.call("GET", path).json()
            if run["status"] in ("completed", "stopped", "failed"):
                if run["status"] != "completed":
                    raise RuntimeError(str(run))
                return run
            time.sleep(0.2)  # as patient as a script is: each question takes the server from its work


def trained_model(script: Script, folder: Path) -> tuple[int, Path]:
    """A model after a short training, and its weights file."""
    model = script.call("POST", "/models", json={"name": "Ball screws"}).json()["id"]
    document = json.loads((data_folder("bsdata") / "train" / "annotations_coco.json").read_text())
    names = {image["file_name"] for image in document["images"][:TRAINED_ON]}
    files = [
        ("files", (data_folder("bsdata") / "train" / "images" / name).open("rb")) for name in sorted(names)
    ]
    labels = [("annotations", (data_folder("bsdata") / "train" / "annotations_coco.json").open("rb"))]
    script.call("POST", f"/models/{model}/imports?split=train", files=files + labels)
    run = script.call(
        "POST",
        f"/models/{model}/training-runs",
        json={
            "parameters": PARAMETERS.model_dump(mode="json"),
            "allow_empty": ["validation", "test"],
        },
    ).json()
    script.finished(f"/training-runs/{run['id']}")
    trained, weights = folder / "trained.safetensors", folder / "weights.safetensors"
    trained.write_bytes(script.call("GET", f"/training-runs/{run['id']}/weights").content)
    metadata = read_weights_header(trained).metadata
    if metadata is None:
        raise RuntimeError("the weights do not say what they are")
    # Boxes as Detectron2 makes them, so that both sides can be compared.
    copy_with_metadata(trained, weights, replace(metadata, refined=False, mask_share=0.0))
    with weights.open("rb") as file:
        uploaded = script.call("POST", f"/models/{model}/weights", files={"file": file}).json()["id"]
    script.call("PUT", f"/models/{model}/weights-in-use", json={"weights_id": uploaded})
    return model, weights


def ours(script: Script, model: int, photos: Sequence[Path], folder: Path) -> tuple[float, str]:
    """Seconds from files on the disk to the zip on the disk, and the run's path."""
    began = time.perf_counter()
    files = [("files", (photo.name, photo.read_bytes())) for photo in photos]
    sent = {"score_threshold": THRESHOLD}
    run = script.call("POST", f"/models/{model}/prediction-runs", files=files, data=sent).json()
    path = f"/prediction-runs/{run['id']}"
    script.finished(path)
    (folder / "ours.zip").write_bytes(script.call("GET", f"{path}/results.zip").content)
    return time.perf_counter() - began, path


class PlainWay:
    """``DefaultPredictor`` and ``Visualizer``."""

    def __init__(self, weights: Path) -> None:
        from detectron2.data import MetadataCatalog
        from detectron2.engine import DefaultPredictor

        tensors, metadata = read_weights(weights)
        if metadata is None:
            raise RuntimeError("the weights do not say what they are")
        cfg = build_config(parameters_of(metadata), len(metadata.categories), "cpu")
        cfg.MODEL.ROI_HEADS.SCORE_THRESH_TEST = THRESHOLD
        cfg.MODEL.WEIGHTS = ""
        self.categories = metadata.categories
        self.predictor = DefaultPredictor(cfg)
        self.predictor.model.load_state_dict(tensors)
        self.metadata = MetadataCatalog.get("bench").set(thing_classes=metadata.categories)

    def run(self, photos: Sequence[Path], folder: Path) -> tuple[float, dict[str, list[dict[str, Any]]]]:
        """Seconds from files on the disk to the zip on the disk, and what was found by photo."""
        from detectron2.data.detection_utils import read_image
        from detectron2.utils.visualizer import Visualizer

        began = time.perf_counter()
        found: dict[str, list[dict[str, Any]]] = {}
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(["photo", "category", "score", "x", "y", "width", "height"])
        with zipfile.ZipFile(folder / "plain.zip", "w") as archive:
            for photo in photos:
                # DefaultPredictor wants BGR and turns it itself where the network is trained on RGB.
                image = read_image(str(photo), format="BGR")
                instances = self.predictor(image)["instances"].to("cpu")
                drawn = Visualizer(image[:, :, ::-1], self.metadata).draw_instance_predictions(instances)
                _encoded, picture = cv2.imencode(".jpg", drawn.get_image()[:, :, ::-1])
                archive.writestr(f"pictures/{photo.stem}.jpg", picture.tobytes())
                found[photo.name] = []
                for box, score, kind in zip(
                    instances.pred_boxes.tensor.tolist(),
                    instances.scores.tolist(),
                    instances.pred_classes.tolist(),
                    strict=True,
                ):
                    x, y, right, bottom = box
                    bbox = [x, y, right - x, bottom - y]
                    category = self.categories[kind]
                    writer.writerow([photo.name, category, score, *bbox])
                    found[photo.name].append({"category": category, "score": score, "bbox": bbox})
            archive.writestr("detections.csv", table.getvalue())
        return time.perf_counter() - began, found


def detections_of(script: Script, path: str) -> dict[str, list[dict[str, Any]]]:
    """What a run has found, by photo."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    cursor = None
    while True:
        sent = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = script.call("GET", f"{path}/detections", params=sent).json()
        for one in page["items"]:
            found[one["image"]].append(one)
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def count_pairs(mine: dict[str, list[dict[str, Any]]], theirs: dict[str, list[dict[str, Any]]]) -> int:
    """Detections that both have."""
    pairs = 0
    for name, each in theirs.items():
        left = list(mine.get(name, []))
        for one in each:
            twin = next((other for other in left if _is_same(one, other)), None)
            if twin is not None:
                left.remove(twin)
                pairs += 1
    return pairs


def report_suppression(
    script: Script, model: int, photos: Sequence[Path], folder: Path, plain: dict[str, list[dict[str, Any]]]
) -> None:
    """Without suppression the same as the plain way; with it a part of that."""
    there = count(plain)
    for name, mask_iou in (("off", None), ("on", 0.5)):
        script.call("PATCH", f"/models/{model}/settings", json={"suppress_mask_iou": mask_iou})
        mine = detections_of(script, ours(script, model, photos, folder)[1])
        pairs = count_pairs(mine, plain)
        if name == "off":
            either = there + count(mine) - pairs
            report("matched_detections", pairs / either if either else 1.0, "share", 1)
        else:
            report("second_detections_left_out", there - pairs, f"of {there}")
            report("detections_only_with_suppression", count(mine) - pairs, "detections", 0)


def count(found: dict[str, list[dict[str, Any]]]) -> int:
    """Detections on all photos."""
    return sum(map(len, found.values()))


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same_score = abs(one["score"] - other["score"]) <= SAME_SCORE
    return (
        one["category"] == other["category"] and same_score and _iou(one["bbox"], other["bbox"]) >= SAME_BOX
    )


def _iou(one: Sequence[float], other: Sequence[float]) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def call_overheads(script: Script, model: int, photos: Sequence[Path]) -> list[float]:
    """Milliseconds that a call takes more than the model alone, from the request to the answer."""
    overheads = []
    for number in range(CALLS):
        data = photos[number % len(photos)].read_bytes()
        began = time.perf_counter()
        answer = script.call("POST", f"/models/{model}/predict", files={"file": ("part.jpg", data)}).json()
        overheads.append(1000 * (time.perf_counter() - began - answer["seconds"]))
    # The first one loads the model.
    return overheads[1:]


def report_clients(product: RunningProduct, model: int, photos: Sequence[Path]) -> None:
    """How evenly eight machines are served, and how much the busiest wait costs."""

    def connect(name: str) -> Callable[[bytes], None]:
        script = Script(product, name)

        def send(photo: bytes) -> None:
            script.call("POST", f"/models/{model}/predict", files={"file": ("part.jpg", photo)})

        return send

    answered, took = answers_of_each(connect, photos)
    took.sort()
    report("eight_clients_fewest_over_most", min(answered) / max(answered), "photos of a client", 1)
    report(
        "eight_clients_p95_over_median",
        took[int(0.95 * len(took))] / statistics.median(took),
        "seconds a call",
    )
    report("eight_clients_photos_a_second", sum(answered) / SECONDS, "photos/s")


def main() -> None:
    """Prints ``end_to_end_ratio``, ``matched_detections``, ``memory_growth_mb`` and ``call_overhead_p95_ms``."""
    photos = sorted((data_folder("bsdata") / "val" / "images").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as name, running_product() as product:
        folder, script = Path(name), Script(product)
        model, weights = trained_model(script, folder)
        plain = PlainWay(weights)
        plain.run(photos[:2], folder)
        ours(script, model, photos[:2], folder)
        seconds: dict[str, list[float]] = {"ours": [], "plain": []}
        for _turn in range(TURNS):
            took, _path = ours(script, model, photos, folder)
            seconds["ours"].append(took)
            took, found = plain.run(photos, folder)
            seconds["plain"].append(took)
        ratios = [theirs / mine for mine, theirs in zip(seconds["ours"], seconds["plain"], strict=True)]
        report("end_to_end_ratio", statistics.median(ratios), "times the photos a second", 2)
        report("photos_a_second", len(photos) / statistics.median(seconds["ours"]), "photos/s")
        report("plain_photos_a_second", len(photos) / statistics.median(seconds["plain"]), "photos/s")
        report("detections", count(found), "of the plain way")
        report_suppression(script, model, photos, folder, found)
        overheads = sorted(call_overheads(script, model, photos))
        report("call_overhead_p95_ms", overheads[int(0.95 * len(overheads))], "ms", 30)
        report("call_overhead_p50_ms", statistics.median(overheads), "ms")
        report_clients(product, model, photos)
    report("memory_growth_mb", growth_mb(), "MB", 0)
