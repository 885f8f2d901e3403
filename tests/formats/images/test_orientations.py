"""The hash of a picture in each of its eight orientations, from one transform."""

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from webapp.formats.images.orientations import COUNT, HASHED_SIDE, hashes_of, oriented


def expected(grey: Image.Image) -> list[int]:
    small = np.asarray(grey.resize((HASHED_SIDE, HASHED_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0))
    turned = [Image.fromarray(oriented(small, orientation)) for orientation in range(COUNT)]
    return [
        int.from_bytes(np.packbits(imagehash.phash(picture).hash).tobytes(), "big", signed=True)
        for picture in turned
    ]


@pytest.mark.parametrize("seed", range(20))
def test_they_are_those_of_the_turned_pictures(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (48, 64), dtype=np.uint8)
    grey = Image.fromarray(noise).resize((200, 140), Image.Resampling.BICUBIC)
    assert hashes_of(grey).tolist() == expected(grey)


def test_and_of_photos(shared_data: Path) -> None:
    for path in sorted((shared_data / "fruits_nuts/data/images").glob("*.jpg"))[:6]:
        with Image.open(path) as photo:
            grey = photo.convert("L")
        assert hashes_of(grey).tolist() == expected(grey)
