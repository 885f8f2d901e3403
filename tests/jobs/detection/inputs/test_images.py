"""Photos of every kind become upright 8-bit RGB."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.detection.errors import ImageMissing, ImageUnreadable
from jobs.detection.inputs.images import read_image


def test_it_turns_a_photo_upright(tmp_path: Path) -> None:
    photo = Image.new("RGB", (6, 4), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    photo.save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (6, 4, 3)


@pytest.mark.parametrize(
    ("mode", "colour", "suffix", "expected"),
    [
        ("L", 100, "png", (100, 100, 100)),
        ("1", 1, "png", (255, 255, 255)),
        ("RGBA", (10, 20, 30, 255), "png", (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), "png", (10, 20, 30)),
        ("LA", (80, 255), "png", (80, 80, 80)),
        ("CMYK", (0, 0, 0, 0), "tif", (255, 255, 255)),
        ("I;16", 0x8000, "png", (128, 128, 128)),
        ("I;16", 0x0800, "tif", (128, 128, 128)),
    ],
)
def test_it_reads_every_mode(
    tmp_path: Path, mode: str, colour: object, suffix: str, expected: tuple[int, int, int]
) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.new(mode, (4, 3), colour).save(path)  # type: ignore[arg-type]
    pixels = read_image(path)
    assert pixels.shape == (3, 4, 3)
    assert pixels.dtype == np.uint8
    assert tuple(pixels[0, 0]) == expected


def test_it_reads_a_palette_with_transparency(tmp_path: Path) -> None:
    photo = Image.new("P", (4, 3), 1)
    photo.putpalette([0, 0, 0, 200, 10, 10])
    photo.paste(0, (2, 0, 4, 3))
    photo.save(tmp_path / "opaque.png")
    photo.save(tmp_path / "clear.png", transparency=1)
    assert tuple(read_image(tmp_path / "opaque.png")[0, 0]) == (200, 10, 10)
    assert tuple(read_image(tmp_path / "clear.png")[0, 0]) == (255, 255, 255)
    assert tuple(read_image(tmp_path / "clear.png")[0, 3]) == (0, 0, 0)


def test_it_says_which_photo_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing) as caught:
        read_image(tmp_path / "gone.jpg")
    assert caught.value.params == {"file_name": "gone.jpg"}


def test_it_says_which_photo_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    whole = tmp_path / "whole.jpg"
    Image.effect_noise((200, 200), 50).save(whole)
    (tmp_path / "half.jpg").write_bytes(whole.read_bytes()[:2000])
    for name in ("text.jpg", "half.jpg"):
        with pytest.raises(ImageUnreadable) as caught:
            read_image(tmp_path / name)
        assert caught.value.params["file_name"] == name
