"""Features of photos by a network, which the predict worker computes; they find candidates for ``candidates.py``."""

import numpy as np
from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert

from webapp.core import queues
from webapp.core.extensions import db
from webapp.formats.images.features import Projection, Vectors, unpacked
from webapp.models import DetectionModel, Image, ImageFeatures, ImageFile, PairReason

JOB = "jobs.tasks.similar.features.compute"
BLOCK = 4_096
"""Photos whose features are in memory together: 4 MB as stored, 30 MB for the comparison."""
SAMPLE = 500
_AGAIN = text(
    "INSERT INTO photo_to_compare (image_id, model_id) SELECT id, model_id FROM image "
    "WHERE sha256 = ANY(:hashes) ORDER BY id"
)


def request(model: DetectionModel) -> None:
    """Queue the job where photos of the model have no features, once."""
    if is_waiting(model):
        queues.enqueue_once(queues.PREDICT, JOB, f"photo-features-{model.id}", model.id)


def request_missing() -> None:
    """The same for all models: daily, where a job was lost."""
    for model in db.session.scalars(select(DetectionModel).where(DetectionModel.deleted_at.is_(None))):
        request(model)


def is_waiting(model: DetectionModel) -> bool:
    """Whether features of photos of the model are still missing."""
    if PairReason.PART.value in model.groups_off:
        return False
    lacking = ~exists().where(ImageFeatures.sha256 == Image.sha256)
    readable = exists().where(ImageFile.sha256 == Image.sha256, ImageFile.phash.is_not(None))
    return bool(db.session.scalar(select(exists().where(Image.model_id == model.id, lacking, readable))))


def next_files(model_id: int, limit: int) -> list[ImageFile]:
    """Photos of the model without features."""
    return list(
        db.session.scalars(
            select(ImageFile)
            .where(
                ImageFile.phash.is_not(None),
                exists().where(Image.model_id == model_id, Image.sha256 == ImageFile.sha256),
                ~exists().where(ImageFeatures.sha256 == ImageFile.sha256),
            )
            .order_by(ImageFile.sha256)
            .limit(limit)
        )
    )


def store(vectors: dict[str, bytes]) -> None:
    """Keep the features by SHA-256, empty for a photo that cannot be read, and compare these photos again. Commits."""
    if vectors:
        rows = [{"sha256": sha256, "vectors": vectors[sha256]} for sha256 in sorted(vectors)]
        # One statement: psycopg2 would send one for each row.
        db.session.execute(insert(ImageFeatures).values(rows).on_conflict_do_nothing())
        db.session.execute(_AGAIN, {"hashes": [sha256 for sha256, data in vectors.items() if data]})
    db.session.commit()


def read(hashes: list[str]) -> tuple[list[int], Vectors]:
    """Places in ``hashes`` of the photos that have features, and these, photos x windows x channels."""
    found = dict(
        db.session.execute(
            select(ImageFeatures.sha256, ImageFeatures.vectors).where(
                ImageFeatures.sha256.in_(hashes), ImageFeatures.vectors != b""
            )
        ).all()
    )
    places = [place for place, sha256 in enumerate(hashes) if sha256 in found]
    if not places:
        return [], np.zeros((0, 1, 1), np.float32)
    return places, unpacked(found[hashes[place]] for place in places)


def projection_of(hashes: list[str]) -> Projection | None:
    """Of a sample spread over these photos, always the same one; None with fewer than two that have features."""
    chosen = np.random.default_rng(0).permutation(len(hashes))[:SAMPLE]
    places, vectors = read([hashes[place] for place in chosen])
    return Projection.of(vectors[:, 0]) if len(places) > 1 else None
