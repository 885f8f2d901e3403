"""Frees the files of photos that nothing needs any more.

A stored photo is needed by a photo of a model, one in the trash, one of an import that waits, one of a prediction,
the picture of a model, or a dataset version. A file that was sent within the last days is never freed: it may wait for
its row, as the photos of a prediction do that has not been started.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select

from webapp.core import storage
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.formats.coco.document import photo_hashes
from webapp.models import (
    DatasetVersion,
    DetectionModel,
    Image,
    ImageFile,
    ImportFile,
    PredictedImage,
    TrashedImage,
)
from webapp.models.columns import now

GRACE = timedelta(days=2)
"""Longer than photos wait for the start of a prediction."""
BATCH = 500
"""Photos a transaction, which holds their rows."""
AT_ONCE = 20_000
"""Photos looked up in the dataset versions together."""
LOCK = 0x66726565
"""PostgreSQL's advisory lock of those who freeze a dataset (shared) and who free files (alone)."""


def keep_files_of_this_transaction() -> None:
    """No file is freed until the caller's transaction ends: what it reads will be there for a dataset version."""
    db.session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))


def free_files(hashes: Iterable[str]) -> int:
    """Remove row, photo and thumbnail of each of these that nothing needs; answers how many. Commits."""
    candidates = sorted(set(hashes))
    versions = _VersionHashes(candidates)
    return sum(_free(batch, versions) for batch in batches(candidates, BATCH))


def free_unneeded_files() -> int:
    """The same for every stored photo there is. Commits."""
    freed, last = 0, ""
    while True:
        candidates = db.session.scalars(
            select(ImageFile.sha256)
            .where(ImageFile.sha256 > last, *_unneeded())
            .order_by(ImageFile.sha256)
            .limit(AT_ONCE)
        ).all()
        if not candidates:
            db.session.commit()
            return freed
        freed += free_files(candidates)
        last = candidates[-1]


def _unneeded() -> list[ColumnElement[bool]]:
    holders = (
        Image.sha256,
        TrashedImage.sha256,
        ImportFile.sha256,
        PredictedImage.sha256,
        DetectionModel.picture_sha256,
    )
    return [ImageFile.created_at < now() - GRACE] + [
        ~exists().where(holder == ImageFile.sha256) for holder in holders
    ]


def _free(hashes: list[str], versions: "_VersionHashes") -> int:
    # Waits for whoever freezes a dataset, so that its version is among those that are read.
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    # Whoever stores such a photo again waits for this row, then finds no file and writes it.
    locked = db.session.scalars(
        select(ImageFile.sha256).where(ImageFile.sha256.in_(hashes)).with_for_update(skip_locked=True)
    ).all()
    # Asked again now that the rows are held: a photo may have come back in between.
    unneeded = db.session.scalars(
        select(ImageFile.sha256).where(ImageFile.sha256.in_(locked), *_unneeded())
    ).all()
    free = versions.without_needed(unneeded)
    gone = db.session.execute(
        delete(ImageFile).where(ImageFile.sha256.in_(free)).returning(ImageFile.sha256, ImageFile.suffix)
    ).all()
    # The files before the commit: after it somebody may store the photo again, and that file must stay.
    for sha256, suffix in gone:
        storage.image_path(sha256, suffix).unlink(missing_ok=True)
        storage.thumbnail_path(sha256).unlink(missing_ok=True)
    db.session.commit()
    return len(gone)


class _VersionHashes:
    """Which of some photos a dataset version needs. Reads each version once; the later calls only new ones."""

    def __init__(self, candidates: Sequence[str]) -> None:
        self._candidates = set(candidates)
        self._needed: set[str] = set()
        self._read: set[int] = set()

    def without_needed(self, hashes: Sequence[str]) -> list[str]:
        """Those that no version needs."""
        if hashes:
            for version_id in set(db.session.scalars(select(DatasetVersion.id))) - self._read:
                document = select(DatasetVersion.document).where(DatasetVersion.id == version_id)
                for data in db.session.scalars(document):
                    self._needed |= self._candidates & photo_hashes(data)
                self._read.add(version_id)
        return [sha256 for sha256 in hashes if sha256 not in self._needed]
