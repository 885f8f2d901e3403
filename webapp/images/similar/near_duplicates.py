"""Finds similar photos of a model, in batches. Thresholds: ``webapp/formats/images/likeness.py``.

Triggers insert each added or moved photo into ``photo_to_compare``; the janitor reads it and queues ``JOB``. So
code that adds photos (upload, import, copy, restore) does not need to know of it.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, text

from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import candidates, features, known_photos, name_groups
from webapp.images.similar.candidates import FoundPair
from webapp.models import DetectionModel, Image, ImageFile, ImageToCompare
from webapp.models.columns import now

JOB = "jobs.tasks.similar.compare.compare_images"
BATCH = 1_000
"""Photos in one transaction."""
SETTLED = timedelta(seconds=5)
"""Comparison starts when no photo was added for this time, so that it does not slow an upload down."""
PATIENCE = timedelta(minutes=1)
"""Comparison starts after this time even if photos are still being added."""
_log = logging.getLogger(__name__)

INSERT_PAIRS = text("""
INSERT INTO near_duplicate AS old
    (first_id, second_id, model_id, distance, orientation, reasons, off, leaks, kept_apart)
SELECT a.id, b.id, a.model_id, pair.distance, pair.orientation, ARRAY[pair.reason],
    pair.reason = ANY(CAST(:off AS text[])), (a.split = 'train') <> (b.split = 'train'), false
FROM unnest(CAST(:first_id AS int[]), CAST(:second_id AS int[]), CAST(:distance AS int[]),
    CAST(:orientation AS int[]), CAST(:reason AS text[]))
    AS pair (first_id, second_id, distance, orientation, reason)
JOIN image a ON a.id = pair.first_id JOIN image b ON b.id = pair.second_id
ORDER BY a.id, b.id FOR KEY SHARE OF a, b
ON CONFLICT (first_id, second_id) DO UPDATE SET leaks = EXCLUDED.leaks, off = old.off AND EXCLUDED.off,
    distance = least(old.distance, EXCLUDED.distance),
    orientation = coalesce(EXCLUDED.orientation, old.orientation),
    reasons = CASE WHEN old.reasons @> EXCLUDED.reasons THEN old.reasons
        -- What the comparison finds takes the place of what it found before.
        ELSE ARRAY(SELECT each FROM unnest(old.reasons) AS each
            WHERE NOT (each IN ('copy', 'look', 'part') AND EXCLUDED.reasons && '{copy,look,part}')
        ) || EXCLUDED.reasons END
""")


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
    """Compare the oldest waiting photos with all of the model and store the pairs; returns how many waited.

    Commits. A photo with thousands of similar ones keeps its nearest ones in each split.
    """
    rows = db.session.execute(
        select(Image.id, Image.sha256)
        .join(ImageToCompare, ImageToCompare.image_id == Image.id)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(ImageToCompare.model_id == model_id, ImageFile.phash.is_not(None))
        .order_by(ImageToCompare.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    image_ids = sorted({image_id for image_id, _sha in rows})
    # A photo waits once more when it has features or was moved: what is known by now, this comparison sees.
    seen = db.session.scalars(select(ImageToCompare.id).where(ImageToCompare.image_id.in_(image_ids))).all()
    known_photos.keep_details({sha256 for _image, sha256 in rows})
    known = known_photos.read(model_id)
    model = db.session.get_one(DetectionModel, model_id)
    store_pairs(model, candidates.find_pairs(known, image_ids, model.groups_off))
    db.session.execute(
        delete(ImageToCompare).where(ImageToCompare.id.in_(seen)).execution_options(synchronize_session=False)
    )
    db.session.commit()
    _link_names(model)
    features.request(model)
    return len(rows)


def _link_names(model: DetectionModel) -> None:
    """In a transaction of its own: an expression that takes too long by now keeps no photo from being compared."""
    try:
        name_groups.link(model)
        db.session.commit()
    except UserError as error:
        _log.warning("names of model %s join no photos: %s", model.id, error.message)


def store_pairs(model: DetectionModel, pairs: Sequence[FoundPair]) -> None:
    """Insert these pairs, or add their reason to those that are there. The caller commits."""
    if not pairs:
        return
    columns = ("first_id", "second_id", "distance", "orientation", "reason")
    values: dict[str, Any] = {name: [getattr(pair, name) for pair in pairs] for name in columns}
    db.session.execute(INSERT_PAIRS, values | {"off": model.groups_off})
