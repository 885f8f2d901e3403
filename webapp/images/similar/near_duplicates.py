"""Finds similar photos of a model, in batches. Thresholds: ``webapp/formats/images/likeness.py``.

Triggers insert each added or moved photo into ``photo_to_compare``; the janitor reads it and queues ``JOB``. So
code that adds photos (upload, import, copy, restore) does not need to know of it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Text, delete, exists, func, literal, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from webapp.core import queues
from webapp.core.extensions import db
from webapp.formats.images import likeness as image_likeness
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, Image, ImageDetail, ImageFile, ImageToCompare, Split
from webapp.models.columns import now

JOB = "jobs.tasks.similar.compare_images"
BATCH = 1_000
"""Photos in one transaction."""
_PART = 100
"""Photos whose candidates' details are in memory together."""
CANDIDATES = 24
"""Candidates in each split, nearest by hash, whose fine structure is compared."""
KEPT = 3
"""Most pairs stored of one photo with each split."""
SAMPLE = 48
"""Photos of a model from which its reference likeness is computed."""
SETTLED = timedelta(seconds=5)
"""Comparison starts when no photo was added for this time, so that it does not slow an upload down."""
PATIENCE = timedelta(minutes=1)
"""Comparison starts after this time even if photos are still being added."""
_TEXTS = ARRAY(Text)
_log = logging.getLogger(__name__)

INSERT_PAIRS = text("""
INSERT INTO near_duplicate (first_id, second_id, model_id, distance, leaks, kept_apart)
SELECT a.id, b.id, a.model_id, pair.distance, (a.split = 'train') <> (b.split = 'train'), false
FROM unnest(CAST(:first AS int[]), CAST(:second AS int[]), CAST(:distance AS int[]))
    AS pair (first_id, second_id, distance)
JOIN image a ON a.id = pair.first_id JOIN image b ON b.id = pair.second_id
ORDER BY a.id, b.id FOR KEY SHARE OF a, b
ON CONFLICT (first_id, second_id) DO UPDATE SET leaks = EXCLUDED.leaks
""")


@dataclass(frozen=True)
class _Known:
    """The photos of a model, as arrays in the same order."""

    ids: NDArray[np.int64]
    hashes: NDArray[np.int64]
    splits: NDArray[np.int8]
    """Index in ``Split``."""
    sha256: list[str]


def models_to_compare() -> list[int]:
    """Ids of models with photos to compare whose hash is known, unless an upload is in progress."""
    waiting = (
        select(Image.created_at)
        .join(ImageToCompare, ImageToCompare.image_id == Image.id)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(ImageToCompare.model_id == DetectionModel.id, ImageFile.phash.is_not(None))
        .limit(1)
        .correlate(DetectionModel)
    )
    last = waiting.order_by(ImageToCompare.id.desc()).scalar_subquery()
    first = waiting.order_by(ImageToCompare.id).scalar_subquery()
    return list(
        db.session.scalars(
            select(DetectionModel.id).where(
                DetectionModel.deleted_at.is_(None), or_(last < now() - SETTLED, first < now() - PATIENCE)
            )
        )
    )


def is_waiting(model: DetectionModel) -> bool:
    """Whether photos of the model are still to be compared."""
    return bool(db.session.scalar(select(exists().where(ImageToCompare.model_id == model.id))))


def enqueue_waiting() -> None:
    """Queue the job of each model with photos to compare, once."""
    for model_id in models_to_compare():
        queues.enqueue_once(queues.IO, JOB, f"compare-photos-{model_id}", model_id)


def forget_gone_images() -> None:
    """Delete rows of photos that do not exist any more."""
    db.session.execute(
        delete(ImageToCompare)
        .where(~exists().where(Image.id == ImageToCompare.image_id))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def compare_some(model_id: int, limit: int = BATCH) -> int:
    """Compare the oldest waiting photos with all of the model and store the pairs; returns the number of rows.

    Commits. A photo with thousands of similar ones keeps its ``KEPT`` nearest in each split.
    """
    rows = db.session.execute(
        select(ImageToCompare.id, Image.id, Image.sha256)
        .join(Image, Image.id == ImageToCompare.image_id)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(ImageToCompare.model_id == model_id, ImageFile.phash.is_not(None))
        .order_by(ImageToCompare.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    _keep_details({sha256 for _row, _image, sha256 in rows})
    known = _known_photos(model_id)
    reference = image_likeness.reference_likeness(
        image_likeness.spectra(list(_details(_sample(known)).values()))
    )
    pairs = _find_pairs(known, sorted({image_id for _row, image_id, _sha in rows}), reference)
    if pairs:
        first, second = zip(*pairs, strict=True)
        values = {"first": list(first), "second": list(second), "distance": list(pairs.values())}
        db.session.execute(INSERT_PAIRS, values)
    db.session.execute(
        delete(ImageToCompare)
        .where(ImageToCompare.id.in_([row_id for row_id, _image, _sha in rows]))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return len(rows)


def _find_pairs(known: _Known, image_ids: list[int], reference: float) -> dict[tuple[int, int], int]:
    """The pairs of these photos (smaller id first) with their Hamming distance."""
    required = image_likeness.required_likeness(reference)
    pairs: dict[tuple[int, int], int] = {}
    places = np.searchsorted(known.ids, image_ids)
    # Skip photos that were deleted since the rows were read.
    present = places[(places < len(known.ids))]
    present = present[np.isin(known.ids[present], image_ids)]
    for start in range(0, len(present), _PART):
        part = present[start : start + _PART]
        nearest = image_likeness.near_hashes(known.hashes[part], known.hashes)
        chosen = [
            _nearest_of_each_split(known, place, indexes, bits, CANDIDATES)
            for place, (indexes, bits) in zip(part, nearest, strict=True)
        ]
        needed = {known.sha256[i] for own, found in zip(part, chosen, strict=True) for i in (own, *found[0])}
        details = _details(sorted(needed))
        rows = dict(zip(details, image_likeness.spectra(list(details.values())), strict=True))
        for place, (indexes, bits) in zip(part, chosen, strict=True):
            own = rows.get(known.sha256[place])
            seen = [(i, d) for i, d in zip(indexes, bits, strict=True) if known.sha256[i] in rows]
            if own is None or not seen:
                continue
            alike = image_likeness.likeness(own, np.stack([rows[known.sha256[i]] for i, _d in seen]))
            same = [pair for pair, value in zip(seen, alike, strict=True) if value >= required]
            kept = _nearest_of_each_split(
                known, place, np.array([i for i, _d in same], int), np.array([d for _i, d in same], int), KEPT
            )
            for i, distance in zip(*kept, strict=True):
                one, other = int(known.ids[place]), int(known.ids[i])
                pairs[min(one, other), max(one, other)] = int(distance)
    return pairs


def _nearest_of_each_split(
    known: _Known, own: int, indexes: NDArray[Any], bits: NDArray[Any], count: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    # Of equally near ones the oldest: then many copies of one photo are connected through the first ones.
    order = np.lexsort((indexes, bits))
    order = order[indexes[order] != own]
    kept = [order[known.splits[indexes[order]] == split][:count] for split in range(len(Split))]
    chosen = np.concatenate(kept)
    return indexes[chosen], bits[chosen]


def _known_photos(model_id: int) -> _Known:
    """Photos of the model in order of id, without those that have no hash."""
    numbers = {split.value: number for number, split in enumerate(Split)}
    rows: Sequence[Any] = db.session.execute(
        # Cast to text: the enum type would create an object for each of 100,000 values.
        select(Image.id, ImageFile.phash, literal_column("image.split"), Image.sha256)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(Image.model_id == model_id, ImageFile.phash.is_not(None))
        .order_by(Image.id)
    ).all()
    return _Known(
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        hashes=np.array([row[1] for row in rows], dtype=np.int64),
        splits=np.array([numbers[row[2]] for row in rows], dtype=np.int8),
        sha256=[row[3] for row in rows],
    )


def _sample(known: _Known) -> list[str]:
    """Hashes of photos evenly spread over the model; deterministic."""
    places = np.random.default_rng(0).permutation(len(known.sha256))[:SAMPLE]
    return [known.sha256[place] for place in places]


def _details(hashes: list[str]) -> dict[str, bytes]:
    rows = db.session.execute(
        select(ImageDetail.sha256, ImageDetail.detail).where(
            ImageDetail.sha256 == func.any(literal(hashes, type_=_TEXTS))
        )
    )
    return {sha256: detail for sha256, detail in rows}


def _keep_details(hashes: set[str]) -> None:
    """Compute missing details. A photo whose file cannot be read has none, and so no pairs."""
    without = (
        select(ImageFile)
        .where(ImageFile.sha256.in_(hashes), ~exists().where(ImageDetail.sha256 == ImageFile.sha256))
        .order_by(ImageFile.sha256)
    )
    made = []
    for file in db.session.scalars(without):
        try:
            made.append(
                {"sha256": file.sha256, "detail": image_likeness.detail_of(image_intake.thumbnail(file))}
            )
        except Exception as error:  # decoders raise arbitrary exceptions on damaged files
            _log.warning("photo %s cannot be compared: %s", file.sha256, error)
    if made:
        db.session.execute(insert(ImageDetail).on_conflict_do_nothing(), made)
    # Commit now: details stay valid whatever happens to the pairs, and no transaction is open while decoding.
    db.session.commit()
