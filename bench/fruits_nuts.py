"""Trains ``fruits_nuts`` with the product's defaults for a CPU and measures it on photos it has not seen.

    .venv/bin/python -m bench.fruits_nuts

The photos lie in ``fruits_nuts`` below ``SHARED_DATA``, else below ``../shared/data`` beside the repository.

Needs ``bin/setup``, and ``fruits_nuts`` in the shared data.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.common.report import report
from bench.common.shared_data import data_folder
from jobs.detection.evaluation.evaluator import evaluate_weights
from jobs.detection.job import CheckpointFile, IterationRecord, LeftOutImage, LoadReport, Phase, TrainingJob
from jobs.detection.training.trainer import train
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_defaults import defaults_for, facts_of

NAME = "fruits_nuts"


class Progress:
    """Writes a line to standard error every ten iterations."""

    def phase(self, phase: Phase) -> None:
        """Nothing to say."""

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """Says where it runs."""
        print(f"{total or 'not yet known'} iterations on {device}, weights: {start.source}", file=sys.stderr)

    def iterations_fixed(self, total: int) -> None:
        """The time budget allows so many."""

    def iteration(self, record: IterationRecord) -> None:
        """Shows that it learns."""
        if record.iteration % 10 == 0:
            print(
                f"{record.iteration}/{record.total} loss {record.training_loss:.3f}, "
                f"{record.seconds_left:.0f} s left",
                file=sys.stderr,
            )

    def left_out(self, images: list[LeftOutImage]) -> None:
        """Names them."""
        for image in images:
            print(f"left out: {image.file_name}", file=sys.stderr)

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        """Nothing to say."""

    def should_stop(self) -> bool:
        """Never."""
        return False

    def should_pause(self) -> bool:
        """Never."""
        return False


def load(name: str, split: str) -> dict[str, Any]:
    """A COCO file of the data folder, all of its photos in one split."""
    document = json.loads((data_folder(NAME) / name).read_text())
    for image in document["images"]:
        image["split"] = split
    return document


def path_of(image: dict[str, Any]) -> Path:
    """The photo of an entry."""
    return data_folder(NAME) / "data" / "images" / image["file_name"]


def main() -> None:
    """Prints ``segm_ap``, ``segm_ap50``, their box counterparts and ``training_seconds``."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = load("train13.json", "train")
        job = TrainingJob(
            parameters=defaults_for(facts_of(dataset)),
            dataset=dataset,
            path_of=path_of,
            output_dir=Path(folder),
            device="cpu",
        )
        outcome = train(job, Progress())
        evaluation = evaluate_weights(
            outcome.weights,
            load("heldback5.json", "test"),
            "test",
            path_of,
            suppression=Suppression(),
            device="cpu",
        )
    metrics = evaluation.metrics if evaluation else {}
    report("segm_ap", metrics["segm"]["AP"] or 0.0, "AP", 70)
    report("segm_ap50", metrics["segm"]["AP50"] or 0.0, "AP", 95)
    report("bbox_ap", metrics["bbox"]["AP"] or 0.0, "AP")
    report("training_seconds", outcome.seconds, "s", 577)


if __name__ == "__main__":
    main()
