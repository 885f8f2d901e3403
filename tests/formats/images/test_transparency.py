"""Transparency: what it covers stays visible, and what was done is said."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.fuzz_photos.heic_files import HEIC_TRANSPARENT
from bench.fuzz_photos.photo_kinds import jpeg_xl
from bench.fuzz_photos.tiff_files import TiffPage, tiff
from tests.formats.images.photo_files import picture, saved
from tests.formats.shared_data import SHARED_CASES
from webapp.formats.images.decoding import CheckedImage, decode_image, read_image
from webapp.formats.images.pixels import open_rgb
from webapp.formats.images.rejected import RemarkCode

IGNORED, ON_WHITE = RemarkCode.TRANSPARENCY_IGNORED, RemarkCode.TRANSPARENCY_ON_WHITE


def taken(data: bytes, folder: Path) -> tuple[CheckedImage, np.ndarray]:
    """The photo, and its pixels as training and prediction read them; a page and the line see the same."""
    photo = read_image(io.BytesIO(data), "a", 1_000_000)
    path = folder / f"stored{photo.stored_suffix}"
    photo.write_to(path)
    seen = np.asarray(open_rgb(path)).astype(int)
    with Image.open(path) as stored:
        assert np.array_equal(np.asarray(stored.convert("RGB")), seen), "a page shows the same"
    line = decode_image(data, 1_000_000)
    assert np.array_equal(np.asarray(line.picture.convert("RGB")), seen), "and a line machine's photo"
    assert line.remarks == photo.remarks
    return photo, seen


def codes(photo: CheckedImage) -> list[RemarkCode]:
    return [remark.code for remark in photo.remarks]


def with_alpha(alpha: np.ndarray, mode: str = "RGBA") -> Image.Image:
    image = picture()
    image.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    return image.convert(mode)


def test_the_case_of_a_frame_buffer_whose_alpha_is_0(tmp_path: Path) -> None:
    case = SHARED_CASES / "21-alpha-zero-everywhere-is-a-white-photo"
    photo, seen = taken((case / "argb0.png").read_bytes(), tmp_path)
    with Image.open(case / "same_without_alpha.png") as expected:
        assert np.array_equal(seen, np.asarray(expected.convert("RGB")))
    assert codes(photo) == [IGNORED]


@pytest.mark.parametrize("level", [0, 1, 100, 254])
@pytest.mark.parametrize(
    ("image_format", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("TIFF", "RGBA"), ("WEBP", "RGBA")]
)
def test_the_same_alpha_everywhere_is_left_out(
    tmp_path: Path, image_format: str, mode: str, level: int
) -> None:
    options: dict[str, Any] = {"lossless": True, "exact": True} if image_format == "WEBP" else {}
    photo, seen = taken(saved(with_alpha(np.full((30, 40), level), mode), image_format, **options), tmp_path)
    expected = picture(mode="L" if mode == "LA" else "RGB").convert("RGB")
    assert np.abs(seen - np.asarray(expected)).max() <= 1
    assert codes(photo) == [IGNORED]


def test_no_transparency_is_no_remark_and_no_new_file(tmp_path: Path) -> None:
    for image in (with_alpha(np.full((30, 40), 255)), picture(mode="P"), picture(mode="LA")):
        photo, _seen = taken(saved(image, "PNG"), tmp_path)
        assert photo.unchanged
        assert not photo.remarks


@pytest.mark.parametrize(
    "kind", ["RGBA", "LA", "palette", "colour", "TIFF", "WEBP", "AVIF", "HEIC", "JXL", "JP2", "GIF"]
)
def test_partial_transparency_is_laid_over_white_and_said(tmp_path: Path, kind: str) -> None:
    alpha = np.full((30, 40), 255)
    alpha[:15, 20:] = 0  # the upper right quarter
    image = with_alpha(alpha)
    palette = picture(mode="P")
    free = next(index for index in range(256) if index not in set(palette.tobytes()))
    palette.paste(free, (20, 0, 40, 15))
    keyed = picture()
    keyed.paste((1, 2, 3), (20, 0, 40, 15))
    data = {
        "RGBA": lambda: saved(image, "PNG"),
        "LA": lambda: saved(image.convert("LA"), "PNG"),
        "palette": lambda: saved(palette, "PNG", transparency=free),
        "colour": lambda: saved(keyed, "PNG", transparency=(1, 2, 3)),
        "TIFF": lambda: saved(image, "TIFF"),
        "WEBP": lambda: saved(image, "WEBP", lossless=True),
        "AVIF": lambda: saved(image, "AVIF", quality=95),
        "HEIC": lambda: HEIC_TRANSPARENT,
        "JXL": lambda: jpeg_xl(image, lossless=True),
        "JP2": lambda: saved(image, "JPEG2000"),
        "GIF": lambda: saved(palette, "GIF", transparency=free),
    }[kind]()
    photo, seen = taken(data, tmp_path)
    assert (seen[3, -4] >= 250).all()
    assert seen[3, 3, 1] < 100, "red, or its grey"
    assert codes(photo) == [ON_WHITE]


def test_stray_values_in_an_unused_channel_do_not_hide_the_picture(tmp_path: Path) -> None:
    few = np.zeros((30, 40))
    few[7, 9] = 255
    noise = np.random.default_rng(1).integers(0, 30, (30, 40))
    for alpha in (few, noise):
        photo, seen = taken(saved(with_alpha(alpha), "PNG"), tmp_path)
        assert np.array_equal(seen, np.asarray(picture()))
        assert codes(photo) == [IGNORED]


def test_white_on_nothing_is_not_laid_over_white(tmp_path: Path) -> None:
    alpha = np.zeros((30, 40), dtype=np.uint8)
    alpha[5:20, 5:30] = 255
    white = Image.new("RGB", (40, 30), "white")
    white.putalpha(Image.fromarray(alpha))
    photo, seen = taken(saved(white, "PNG"), tmp_path)
    assert (seen[10, 10] == 255).all()
    assert (seen[0, 0] == 0).all()
    assert codes(photo) == [RemarkCode.TRANSPARENCY_ON_BLACK]


def test_a_fourth_channel_that_a_tiff_does_not_call_transparency_is_left_out(tmp_path: Path) -> None:
    infrared = np.random.default_rng(1).integers(0, 255, (30, 40, 1)).astype(np.uint8)
    pixels = np.concatenate([np.asarray(picture()), infrared], axis=2)
    for extra, expected in ((None, [IGNORED]), (0, [])):
        photo, seen = taken(tiff(TiffPage(pixels, extra=extra)), tmp_path)
        assert np.array_equal(seen, np.asarray(picture()))
        assert codes(photo) == expected
    photo, _seen = taken(tiff(TiffPage(pixels, extra=2)), tmp_path)
    assert codes(photo) == [ON_WHITE]


def test_16_bits_with_transparency(tmp_path: Path) -> None:
    deep = np.asarray(with_alpha(np.zeros((30, 40)))).astype(np.uint16) * 257
    photo, seen = taken(tiff(TiffPage(deep, extra=2)), tmp_path)
    assert np.array_equal(seen, np.asarray(picture()))
    assert codes(photo) == [IGNORED]
