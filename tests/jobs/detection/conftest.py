"""Photos and labels for the engine's tests: a real set, and a small made-up one that trains in seconds."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from jobs.detection.job import (
    CheckpointFile,
    IterationRecord,
    LeftOutImage,
    LoadReport,
    Phase,
    TrainingJob,
    TrainingOutcome,
)
from jobs.detection.training.trainer import train
from webapp.contracts.training_parameters import TrainingParameters

SMALL = {"image_size": 96, "batch_size": 1, "warmup_iterations": 2, "horizontal_flip": True}
"""Parameters of a run that takes a tenth of a second an iteration."""


@dataclass
class Recorder:
    """A listener that keeps all it hears, and asks to stop after ``stop_after`` iterations."""

    stop_after: int | None = None
    phases: list[Phase] = field(default_factory=list)
    start: tuple[int, int, str, LoadReport] | None = None
    records: list[IterationRecord] = field(default_factory=list)
    checkpoints: list[list[CheckpointFile]] = field(default_factory=list)
    without: list[LeftOutImage] = field(default_factory=list)
    fixed: list[int] = field(default_factory=list)
    """Numbers of iterations that a time budget has fixed."""

    def phase(self, phase: Phase) -> None:
        self.phases.append(phase)

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        self.start = (first_iteration, total, device, start)

    def iterations_fixed(self, total: int) -> None:
        self.fixed.append(total)

    def iteration(self, record: IterationRecord) -> None:
        self.records.append(record)

    def left_out(self, images: list[LeftOutImage]) -> None:
        self.without += images

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        self.checkpoints.append(files)

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.records) >= self.stop_after

    def should_pause(self) -> bool:
        return False

    @property
    def losses(self) -> list[float]:
        return [record.training_loss for record in self.records]


@dataclass(frozen=True)
class Dataset:
    """A COCO document and where its photos lie."""

    document: dict[str, Any]
    folder: Path

    def path_of(self, image: dict[str, Any]) -> Path:
        return self.folder / image["file_name"]

    def job(self, output_dir: Path, **parameters: Any) -> TrainingJob:
        return TrainingJob(
            parameters=TrainingParameters(**parameters),
            dataset=self.document,
            path_of=self.path_of,
            output_dir=output_dir,
            dataset_version="sha256-of-the-version",
            device="cpu",
        )


def fruits_in(folder: Path, splits: dict[str, str]) -> Dataset:
    """The photos of the folder that ``splits`` names, with their labels."""
    whole = json.loads((folder / "data" / "trainval.json").read_text())
    images = [
        {**image, "split": splits[image["file_name"]]}
        for image in whole["images"]
        if image["file_name"] in splits
    ]
    ids = {image["id"] for image in images}
    annotations = [annotation for annotation in whole["annotations"] if annotation["image_id"] in ids]
    document = {"images": images, "annotations": annotations, "categories": whole["categories"]}
    return Dataset(document, folder / "data" / "images")


@pytest.fixture(scope="session")
def fruits(shared_data: Path) -> Callable[[dict[str, str]], Dataset]:
    """``fruits({"3.jpg": "train"})``: some real photos with their labels. Fails where the data is missing."""
    return partial(fruits_in, shared_data / "fruits_nuts")


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Six photos of 128 x 96 px with a disc and a square each: 3 train, 2 validation, 1 test."""
    folder = tmp_path_factory.mktemp("shapes")
    images, annotations = [], []
    for number, split in enumerate(["train", "train", "train", "validation", "validation", "test"]):
        name = f"{number}.png"
        images.append({"id": number, "file_name": name, "width": 128, "height": 96, "split": split})
        photo = Image.new("RGB", (128, 96), (90, 90, 90))
        pen = ImageDraw.Draw(photo)
        x, y = 8 + 4 * number, 40 - 5 * number
        pen.ellipse((x, y, x + 36, y + 36), fill=(220, 40, 40))
        pen.rectangle((x + 48, y + 8, x + 80, y + 40), fill=(40, 60, 220))
        photo.save(folder / name)
        annotations.append(annotation_of(number, 1, (x, y, 36, 36)))
        annotations.append(annotation_of(number, 2, (x + 48, y + 8, 32, 32)))
    for number, annotation in enumerate(annotations):
        annotation["id"] = number + 1
    categories = [{"id": 1, "name": "圓形"}, {"id": 2, "name": "方形"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    return Dataset(document, folder)


def annotation_of(image_id: int, category_id: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    """A labelled rectangle; ``box`` is x, y, width, height."""
    x, y, width, height = box
    return {
        "id": 0,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": list(box),
        "segmentation": [[x, y, x + width, y, x + width, y + height, x, y + height]],
        "area": width * height,
        "iscrowd": 0,
    }


@dataclass(frozen=True)
class TrainedRun:
    """A run that learnt two real photos by heart."""

    dataset: Dataset
    outcome: TrainingOutcome
    recorder: Recorder


def learn_by_heart(fruits_folder: Path, output_dir: Path) -> TrainedRun:
    """Two real photos in turn: half a minute. AdamW needs half of SGD's iterations for it."""
    dataset = fruits_in(fruits_folder, {"0.jpg": "train", "1.jpg": "train"})
    recorder = Recorder()
    job = dataset.job(
        output_dir,
        iterations=36,
        batch_size=1,
        image_size=160,
        warmup_iterations=5,
        optimizer="adamw",
        learning_rate=0.001,
        schedule="cosine",
        horizontal_flip=False,
    )
    return TrainedRun(dataset, train(job, recorder), recorder)
