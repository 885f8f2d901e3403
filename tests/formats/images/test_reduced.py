"""Thumbnails and perceptual hashes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.formats.images.photo_files import exif, picture, saved
from tests.formats.shared_data import SHARED_DATA
from webapp.formats.images.decoding import read_image
from webapp.formats.images.reduced import hash_of_file, make_thumbnail, perceptual_hash

PHOTOS = sorted((SHARED_DATA / "fruits_nuts/data/images").glob("*.jpg"))


def bits_between(first: int, second: int) -> int:
    return ((first ^ second) & (2**64 - 1)).bit_count()


def hash_of(data: bytes) -> int:
    return read_image(io.BytesIO(data), "a", 1_000_000_000).phash


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "LA"])
def test_a_thumbnail_is_small_and_in_proportion(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved(picture(400, 300, mode), "PNG"))
    with Image.open(io.BytesIO(make_thumbnail(path, 100))) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (100, 75))


def test_a_thumbnail_of_a_small_or_narrow_photo(tmp_path: Path) -> None:
    for size, expected in (((1, 1), (1, 1)), ((20_000, 4), (100, 1)), ((30, 20), (30, 20))):
        path = tmp_path / "a.jpg"
        path.write_bytes(saved(picture(*size), "JPEG"))
        with Image.open(io.BytesIO(make_thumbnail(path, 100))) as thumbnail:
            assert thumbnail.size == expected


def test_a_large_jpeg_gives_the_thumbnail_that_its_pixels_give(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(PHOTOS[0].read_bytes())
    with Image.open(path) as whole, Image.open(io.BytesIO(make_thumbnail(path, 200))) as thumbnail:
        expected = whole.convert("RGB").resize(thumbnail.size, Image.Resampling.BOX)
        difference = np.asarray(expected).astype(int) - np.asarray(thumbnail.convert("RGB"))
    assert max(thumbnail.size) == 200
    assert np.abs(difference).mean() < 8


def test_different_photos_have_different_hashes_that_fit_the_column() -> None:
    hashes = [hash_of(path.read_bytes()) for path in PHOTOS]
    assert len(set(hashes)) == len(PHOTOS)
    assert all(-(2**63) <= one < 2**63 for one in hashes)


@pytest.mark.parametrize("image_format", ["PNG", "BMP", "WEBP", "TIFF"])
def test_the_same_picture_in_another_format_or_size_has_nearly_the_same_hash(image_format: str) -> None:
    for path in PHOTOS[:4]:
        with Image.open(path) as photo:
            whole = photo.convert("RGB")
        first = hash_of(path.read_bytes())
        smaller = whole.resize((whole.width * 2 // 3, whole.height * 2 // 3))
        assert bits_between(first, hash_of(saved(whole, image_format))) <= 2
        assert bits_between(first, hash_of(saved(smaller, image_format))) <= 4
        assert bits_between(first, hash_of(saved(whole.rotate(180), image_format))) > 12


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "TIFF"])
def test_the_hash_is_that_of_the_upright_picture(image_format: str) -> None:
    with Image.open(PHOTOS[0]) as photo:
        upright = photo.convert("RGB")
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    as_taken = hash_of(saved(turned, image_format, exif=exif(6)))
    assert bits_between(as_taken, hash_of(saved(upright, image_format))) <= 2
    assert bits_between(as_taken, hash_of(saved(turned, image_format))) > 12


def test_a_stored_file_has_the_hash_that_its_upload_had(tmp_path: Path) -> None:
    for suffix, data in ((".jpg", PHOTOS[1].read_bytes()), (".png", saved(picture(300, 200), "PNG"))):
        photo = read_image(io.BytesIO(data), "a", 1_000_000)
        photo.write_to(tmp_path / f"stored{suffix}")
        assert hash_of_file(tmp_path / f"stored{suffix}") == photo.phash


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (20_000, 2), (33, 32)])
def test_a_picture_of_any_mode_and_size_has_a_hash(mode: str, size: tuple[int, int]) -> None:
    assert -(2**63) <= perceptual_hash(picture(*size, mode=mode)) < 2**63
