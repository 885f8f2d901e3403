"""The photos of a model as arrays, and their fine structure, for the comparison."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from sqlalchemy import exists, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.extensions import db
from webapp.formats.images.likeness import Detail, detail_of_picture, details
from webapp.formats.images.orientations import COUNT, hashes_of
from webapp.images.similar import looking
from webapp.models import Image, ImageDetail, ImageFile, Split

SAMPLE = 32
"""Photos of a model from which its reference likeness is computed."""


@dataclass(frozen=True)
class KnownPhotos:
    """The photos of a model, as arrays in the same order."""

    ids: NDArray[np.int64]
    hashes: NDArray[np.int64]
    splits: NDArray[np.int8]
    """Index in ``Split``."""
    sha256: list[str]

    def sample(self) -> list[str]:
        """Hashes of photos evenly spread over the model; deterministic."""
        places = np.random.default_rng(0).permutation(len(self.sha256))[:SAMPLE]
        return [self.sha256[place] for place in places]

    def places_of(self, image_ids: list[int]) -> NDArray[np.intp]:
        """Where these photos stand; those that were deleted in the meantime are left out."""
        places = np.searchsorted(self.ids, image_ids)
        present = places[(places < len(self.ids))]
        return present[np.isin(self.ids[present], image_ids)]

    def nearest_of_each_split(
        self, own: int, indexes: NDArray[Any], nearness: NDArray[Any], count: int
    ) -> NDArray[np.intp]:
        """Which of ``indexes``: of each split the ``count`` with the highest ``nearness``, without the photo itself.

        Of equally near ones the oldest: then many copies of one photo are connected through the first ones.
        """
        order = np.lexsort((indexes, -nearness.astype(np.float64)))
        order = order[indexes[order] != own]
        kept = [order[self.splits[indexes[order]] == split][:count] for split in range(len(Split))]
        return np.concatenate(kept)


def read(model_id: int) -> KnownPhotos:
    """Photos of the model in order of id, without those that have no hash."""
    numbers = {split.value: number for number, split in enumerate(Split)}
    rows: Sequence[Any] = db.session.execute(
        # Cast to text: the enum type would create an object for each of 100,000 values.
        select(Image.id, ImageFile.phash, literal_column("image.split"), Image.sha256)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(Image.model_id == model_id, ImageFile.phash.is_not(None))
        .order_by(Image.id)
    ).all()
    return KnownPhotos(
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        hashes=np.array([row[1] for row in rows], dtype=np.int64),
        splits=np.array([numbers[row[2]] for row in rows], dtype=np.int8),
        sha256=[row[3] for row in rows],
    )


def read_details(hashes: Iterable[str]) -> dict[str, Detail]:
    """The fine structure by SHA-256, of those that have one."""
    rows = db.session.execute(
        select(ImageDetail.sha256, ImageDetail.detail).where(ImageDetail.sha256.in_(list(hashes)))
    ).all()
    return dict(zip([row[0] for row in rows], details([row[1] for row in rows]), strict=True))


def read_hashes(hashes: list[str]) -> dict[str, NDArray[np.int64]]:
    """The perceptual hash in each orientation by SHA-256."""
    rows = db.session.execute(
        select(ImageDetail.sha256, ImageDetail.hashes).where(ImageDetail.sha256.in_(hashes))
    )
    return {sha256: np.frombuffer(stored, np.int64).reshape(COUNT) for sha256, stored in rows}


def keep_details(hashes: set[str]) -> None:
    """Compute missing details. A photo whose file cannot be read has none, and so no pairs. Commits."""
    without = (
        select(ImageFile)
        .where(ImageFile.sha256.in_(hashes), ~exists().where(ImageDetail.sha256 == ImageFile.sha256))
        .order_by(ImageFile.sha256)
    )
    seen = looking.look_at(db.session.scalars(without).all(), _details)
    made = [
        {"sha256": sha256, "detail": detail, "hashes": turned} for sha256, (detail, turned) in seen.items()
    ]
    if made:
        # One statement: psycopg2 would send one for each row.
        db.session.execute(insert(ImageDetail).values(made).on_conflict_do_nothing())
    # Commit now: details stay valid whatever happens to the pairs, and no transaction is open while decoding.
    db.session.commit()


def _details(picture: Picture.Image) -> tuple[bytes, bytes]:
    grey = picture.convert("L")
    return detail_of_picture(grey), hashes_of(grey).tobytes()
