"""Files that are no photos for us, each with its reason."""

import io
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from tests.formats.images.photo_files import exif, huge_png, picture, saved
from webapp.formats.images.decoding import read_image
from webapp.formats.images.rejected import ImageFault, ImageRejected

LIMIT = 200_000_000


def refused(data: bytes, limit: int = LIMIT) -> ImageRejected:
    with pytest.raises(ImageRejected) as caught:
        read_image(io.BytesIO(data), "a.jpg", limit)
    return caught.value


def test_a_file_without_bytes() -> None:
    assert refused(b"").code == ImageFault.EMPTY


@pytest.mark.parametrize("data", [b"This is a text named .jpg", b"BM or not BM, that is a text", b"x"])
def test_text_named_jpg(data: bytes) -> None:
    assert refused(data).code == ImageFault.TEXT


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_truncated_photo(image_format: str, share: float) -> None:
    data = saved(picture(400, 300), image_format)
    assert refused(data[: int(len(data) * share)]).code == ImageFault.TRUNCATED


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_ends_after_its_first_bytes(image_format: str) -> None:
    assert refused(saved(picture(), image_format)[:20]).code == ImageFault.TRUNCATED


def test_a_40000_x_40000_png_is_refused_at_once_and_without_memory() -> None:
    data = huge_png(40_000, 40_000)
    assert len(data) < 1_000_000
    tracemalloc.start()
    started = time.perf_counter()
    rejected = refused(data)
    seconds = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rejected.code == ImageFault.TOO_MANY_PIXELS
    assert rejected.params == {"width": 40_000, "height": 40_000, "limit": LIMIT}
    assert seconds < 0.5
    assert peak < 10_000_000


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_the_limit_is_exact(image_format: str) -> None:
    data = saved(picture(40, 30), image_format)
    assert read_image(io.BytesIO(data), "a", 1200).width == 40
    assert refused(data, 1199).code == ImageFault.TOO_MANY_PIXELS


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0)])
def test_a_photo_without_pixels(width: int, height: int) -> None:
    assert refused(huge_png(width, height)).code == ImageFault.ZERO_SIZE
    bmp = bytearray(saved(picture(), "BMP"))
    bmp[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    assert refused(bytes(bmp)).code == ImageFault.ZERO_SIZE


def test_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_text("no photo")
    with pytest.raises(ImageRejected):
        read_image(path, path.name, LIMIT)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_100_mutated_photos_raise_nothing_but_our_own_error(image_format: str) -> None:
    options = {} if image_format == "BMP" else {"exif": exif(6)}
    original = saved(picture(), image_format, **options)
    chance = random.Random(11)  # noqa: S311
    for _ in range(100):
        data = bytearray(original)
        for _ in range(chance.randint(1, 10)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            photo = read_image(io.BytesIO(bytes(data)), "a", 1_000_000)
        except ImageRejected:
            continue
        again = read_image(io.BytesIO(photo.stored), "a", 1_000_000)
        assert (again.width, again.height) == (photo.width, photo.height)
