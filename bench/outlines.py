"""Outlines from boxes through the page's own address, held against the true outlines.

    .venv/bin/python -m bench.outlines

``fruits_nuts`` and ``bsdata`` lie below ``SHARED_DATA``, else below ``../shared/data``. Boxes are as a hand drags them:
up to 5 % too large on each side.

Needs ``bin/setup test``, and ``fruits_nuts`` and ``bsdata`` in the shared data.
"""

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.common.needed import requests
from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product
from bench.common.shared_data import data_folder

LOOSE = 0.05


def measure(
    product: RunningProduct,
    browser: requests.Session,
    name: str,
    sets: list[tuple[Path, Path]],
    baseline: float,
) -> None:
    """One data set: COCO files with their folders of photos."""
    model = product.create_model(browser, name)
    generator = np.random.default_rng(3)
    overlaps: list[float] = []
    seconds: list[float] = []
    for document_file, folder in sets:
        document = json.loads(document_file.read_text())
        files = {path.name: path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png")}
        for image in document["images"]:
            file = files[Path(image["file_name"]).name]
            sent = browser.post(
                f"{product.address}/models/{model}/images",
                data={"split": "train"},
                files={"files": (file.name, file.read_bytes())},
                headers={"Accept": "application/json"},
            )
            number = sent.json()["created"][0]["id"]
            address = f"{product.address}/models/{model}/images/{number}/outline"
            for shape in (one for one in document["annotations"] if one["image_id"] == image["id"]):
                truth = drawn(shape["segmentation"], image)
                box = loose_box(truth, generator)
                began = time.monotonic()
                answer = browser.post(address, json={"box": box})
                seconds.append(time.monotonic() - began)
                answer.raise_for_status()
                found = answer.json()["segmentation"]
                mask = drawn(found, image)
                overlaps.append(float((mask & truth).sum() / (mask | truth).sum()))
    report(f"{name}_median_iou", float(np.median(overlaps)), "IoU", baseline)
    report(f"{name}_mean_iou", float(np.mean(overlaps)), "IoU")
    report(f"{name}_outline_p50", float(np.percentile(seconds, 50)), "s")
    report(f"{name}_outline_p95", float(np.percentile(seconds, 95)), "s", 0.6)


def drawn(polygons: list[list[float]], image: dict[str, Any]) -> np.ndarray:
    """The mask, height x width, 0 and 1."""
    mask = np.zeros((image["height"], image["width"]), np.uint8)
    for flat in polygons:
        cv2.fillPoly(mask, [np.round(np.array(flat).reshape(-1, 2) - 0.5).astype(np.int32)], 1)
    return mask


def loose_box(truth: np.ndarray, generator: np.random.Generator) -> list[float]:
    """[x, y, width, height] round the object with some room."""
    ys, xs = np.nonzero(truth)
    left, top, right, bottom = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    room = generator.uniform(0, LOOSE, 4) * [right - left, bottom - top, right - left, bottom - top] + 1
    return [
        float(left - room[0]),
        float(top - room[1]),
        float(right - left + room[0] + room[2]),
        float(bottom - top + room[1] + room[3]),
    ]


def main() -> None:
    """Prints the figures of both data sets."""
    fruits, pits = data_folder("fruits_nuts") / "data", data_folder("bsdata")
    with running_product() as product:
        browser = product.sign_in()
        measure(product, browser, "fruits_nuts", [(fruits / "trainval.json", fruits / "images")], 0.90)
        parts = [(pits / part / "annotations_coco.json", pits / part) for part in ("train", "val")]
        measure(product, browser, "bsdata", parts, 0.69)


if __name__ == "__main__":
    main()
