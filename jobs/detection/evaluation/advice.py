"""What the validation photos say about finished weights: score thresholds, and which box is the better one.

The test photos must not decide either: what was chosen on them would look better there than on any other photo.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.detection.evaluation.advised_threshold import advised_thresholds
from jobs.detection.evaluation.coco_scores import compare, percent
from jobs.detection.evaluation.counts_by_photo import CountsByPhoto
from jobs.detection.evaluation.evaluator import Evaluation, detect_split, judge, with_images_of
from jobs.detection.job import CocoDocument, LeftOutImage, PathOf
from jobs.detection.prediction.inference import boxed_by_mask
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.weights_file import copy_with_metadata, read_weights_header

MASK_SHARES = (0.75, 0.0, 1.0)
"""Network's boxes err by the placing of regions, masks by their cells: between both is mostly better than each, and
nearer to the mask's soft edge."""
CLEARLY_BETTER = 3.0
"""AP by which another share must win over the first: on a few photos less is chance."""


@dataclass(frozen=True)
class Advice:
    """As ``WeightsMetadata`` has it."""

    thresholds: dict[str, float] | None = None
    mask_share: float | None = None


def advise(
    weights: Path,
    document: CocoDocument,
    path_of: PathOf,
    *,
    suppression: Suppression | None,
    device: str | None = None,
    left_out: Callable[[LeftOutImage], None] = lambda image: None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Advice:
    """Looks at every validation photo once and writes what follows into the file, which a training has just saved.

    Nothing follows without labelled validation photos, or if nothing on them is found. Raises what
    ``evaluate_weights`` raises, and OSError.
    """
    detections = detect_split(
        weights,
        document,
        "validation",
        path_of,
        suppression=suppression,
        device=device,
        left_out=left_out,
        progress=progress,
        should_stop=should_stop,
    )
    if not detections:
        return Advice()
    looked_at = with_images_of(document, detections)
    judged = judge(looked_at, "validation", detections)
    advice = Advice(thresholds_of(judged), best_mask_share(looked_at, detections))
    write_advice(weights, advice)
    return advice


def thresholds_of(judged: Evaluation) -> dict[str, float] | None:
    """By category, 0 to 1; None where nothing was found."""
    names = [category["name"] for category in judged.summary["categories"]]
    return advised_thresholds(names, CountsByPhoto.of(judged.photos, len(names)))


def best_mask_share(document: CocoDocument, detections: dict[int, list[FoundObject]]) -> float | None:
    """Of ``MASK_SHARES`` the one with the highest box AP on the validation photos; the first unless it loses clearly.

    ``detections`` have the network's boxes. None where nothing is labelled.
    """
    found: dict[float, float] = {}
    for share in MASK_SHARES:
        boxed = {
            image_id: [boxed_by_mask(one, share) for one in each] for image_id, each in detections.items()
        }
        ap = percent(compare(document, "validation", boxed, ["bbox"])["bbox"].stats[:1])
        if ap is not None:
            found[share] = ap
    if not found:
        return None
    best = max(found, key=lambda share: found[share])
    usual = MASK_SHARES[0]
    return best if found[best] - found[usual] >= CLEARLY_BETTER else usual


def write_advice(weights: Path, advice: Advice) -> None:
    """Put it into the file, whatever advice it had. Raises OSError."""
    metadata = read_weights_header(weights).metadata
    assert metadata is not None  # noqa: S101  (detect_split refused files without)
    changed = replace(
        metadata,
        thresholds=advice.thresholds,
        mask_share=advice.mask_share,
        box_from_mask=advice.mask_share == 1,
    )
    with atomic_path(weights) as unfinished:
        copy_with_metadata(weights, unfinished, changed)
