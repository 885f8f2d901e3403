"""Seconds and memory of the comparison where a model has many photos."""

import random

import numpy as np
from PIL import Image
from sqlalchemy import text

from bench.accuracy.data import load
from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from bench.leaks import compared
from bench.leaks.changes import jpeg, opened
from webapp.core.extensions import db
from webapp.formats.images.features import WINDOWS
from webapp.formats.images.likeness import SIDE
from webapp.images.similar import near_duplicates

CHANNELS = 160
"""Of the features: 40 in each quarter."""
_SHARED = 1_000

# Photos without files: what the comparison reads of them is in the database.
_PHOTOS = text("""
WITH numbers AS (SELECT n FROM generate_series(1, :count) AS n),
files AS (
    INSERT INTO image_file (sha256, suffix, width, height, size, phash, created_at)
    SELECT md5('a' || n) || md5('b' || n), '.jpg', 800, 600, 1,
        ('x' || substr(md5('h' || n), 1, 16))::bit(64)::bigint, now()
    FROM numbers RETURNING sha256
), detailed AS (
    INSERT INTO photo_detail (sha256, detail, hashes)
    SELECT md5('a' || n) || md5('b' || n), (CAST(:details AS bytea[]))[1 + n % :shared],
        (CAST(:hashes AS bytea[]))[1 + n % :shared]
    FROM numbers
), seen AS (
    INSERT INTO photo_features (sha256, vectors)
    SELECT md5('a' || n) || md5('b' || n), (CAST(:vectors AS bytea[]))[1 + n % :shared] FROM numbers
)
INSERT INTO image (model_id, sha256, filename, split, labelled, no_object, annotations_version, category_ids, review,
    review_note, created_at)
SELECT :model_id, md5('a' || n) || md5('b' || n), n || '.jpg', CASE WHEN n % 10 < 7 THEN 'train' ELSE 'test' END,
    false, false, 1, '{}', 'open', '', now() FROM numbers
""")


def report_seconds(count: int, goal: float) -> None:
    """So many parts of real photos, each turned and scaled otherwise, from their thumbnails to the stored groups."""
    rng = random.Random(2)  # noqa: S311 - no secret
    photos = []
    for name in ("fruits_nuts", "wagon"):
        document, path_of = load(name, 0)
        photos += [opened(path_of(image)) for image in document["images"]]
    model = compared.new_model("many")
    for number in range(count):
        compared.add(model, jpeg(_part(rng.choice(photos), rng)), f"{number}.jpg")
    db.session.commit()
    seconds = compared.compare(model)
    for step, value in seconds.items():
        report(f"seconds_{count}_{step}", value, "s")
    report(f"seconds_{count}", sum(seconds.values()), "s", goal)


def _part(photo: Image.Image, rng: random.Random) -> Image.Image:
    side = rng.uniform(0.2, 0.5) * min(photo.size)
    left, top = rng.uniform(0, photo.width - side), rng.uniform(0, photo.height - side)
    part = photo.resize((320, 240), box=(left, top, left + side, top + side))
    return part.rotate(rng.choice((0, 15, 45, 100)), Image.Resampling.BILINEAR)


def report_memory(count: int) -> None:
    """By how much the process grows where a thousand photos are compared with so many, not with a tenth of them."""
    peaks = []
    for name, photos in (("tenth", count // 10), ("all", count - count // 10)):
        model = compared.new_model(name)
        _insert(model.id, photos)
        near_duplicates.compare_some(model.id)
        compared.forget_waiting()
        peaks.append(peak_bytes() / 2**20)
    report(f"peak_memory_{count // 10}", peaks[0], "MiB")
    report(f"peak_memory_{count}", peaks[1], "MiB", peaks[0])


def _insert(model_id: int, count: int) -> None:
    rng = np.random.default_rng(model_id)
    shared = {
        "details": [rng.integers(-127, 127, SIDE * SIDE, np.int8).tobytes() for _ in range(_SHARED)],
        "hashes": [rng.integers(-(2**62), 2**62, 8).tobytes() for _ in range(_SHARED)],
        "vectors": [rng.integers(-127, 127, WINDOWS * CHANNELS, np.int8).tobytes() for _ in range(_SHARED)],
    }
    statement = str(_PHOTOS).replace(
        "md5('a' || n) || md5('b' || n)", f"md5('a{model_id}' || n) || md5('b' || n)"
    )
    db.session.execute(text(statement), {"count": count, "model_id": model_id, "shared": _SHARED} | shared)
    db.session.commit()
