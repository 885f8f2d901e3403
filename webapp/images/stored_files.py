"""Deletes stored photos that nothing refers to any more.

References are: a photo of a model, one in the trash, one of an unfinished import, one of a prediction, the
picture of a model, or a dataset version. A file uploaded within ``GRACE`` is never deleted: its row may still
follow, as for photos of a prediction that has not been started.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select

from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.formats.coco.document import photo_hashes
from webapp.images import tiles
from webapp.images.values import renditions
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
"""Photos in one transaction, which locks their rows."""
AT_ONCE = 20_000
"""Photos looked up in the dataset versions together."""
LOCK = 0x66726565
"""PostgreSQL advisory lock: shared while freezing a dataset version, exclusive while deleting files."""


def keep_files_of_this_transaction() -> None:
    """Prevent deletion of files until the caller's transaction ends, for freezing a dataset version."""
    db.session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))


def free_files(hashes: Iterable[str]) -> int:
    """Delete row, photo and thumbnail of each of these without references; returns their number. Commits."""
    candidates = sorted(set(hashes))
    versions = _VersionHashes(candidates)
    return sum(_free(batch, versions) for batch in batches(candidates, BATCH))


def free_unneeded_files() -> int:
    """``free_files`` for all stored photos. Commits."""
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
    # Wait for transactions that freeze a dataset, so that their versions are read below.
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    # A request that stores the photo again waits for this row, then finds no file and writes it.
    locked = db.session.scalars(
        select(ImageFile.sha256).where(ImageFile.sha256.in_(hashes)).with_for_update(skip_locked=True)
    ).all()
    # Query again with the rows locked: a photo may have been referenced again in between.
    unneeded = db.session.scalars(
        select(ImageFile.sha256).where(ImageFile.sha256.in_(locked), *_unneeded())
    ).all()
    free = versions.without_needed(unneeded)
    gone = db.session.execute(
        delete(ImageFile)
        .where(ImageFile.sha256.in_(free))
        .returning(ImageFile.sha256, ImageFile.suffix, ImageFile.lowest_value)
    ).all()
    # Delete files before the commit: afterwards the photo may be stored again, and that file must stay.
    kept_files.may_go()
    for sha256, suffix, lowest in gone:
        storage.image_path(sha256, suffix).unlink(missing_ok=True)
        storage.thumbnail_path(sha256).unlink(missing_ok=True)
        tiles.remove_of(sha256)
        if lowest is not None:
            renditions.remove_of(sha256)
    db.session.commit()
    return len(gone)


class _VersionHashes:
    """Photos that dataset versions refer to. Each version is read once; later calls read only new ones."""

    def __init__(self, candidates: Sequence[str]) -> None:
        self._candidates = set(candidates)
        self._needed: set[str] = set()
        self._read: set[int] = set()

    def without_needed(self, hashes: Sequence[str]) -> list[str]:
        """Those hashes that no version refers to."""
        if hashes:
            for version_id in set(db.session.scalars(select(DatasetVersion.id))) - self._read:
                document = select(DatasetVersion.document).where(DatasetVersion.id == version_id)
                for data in db.session.scalars(document):
                    self._needed |= self._candidates & photo_hashes(data)
                self._read.add(version_id)
        return [sha256 for sha256 in hashes if sha256 not in self._needed]
