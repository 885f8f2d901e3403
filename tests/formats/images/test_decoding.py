"""Photos that are taken: upright, without EXIF, one picture, 8 bits, and otherwise as they came."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from tests.formats.images.photo_files import exif, picture, saved
from tests.formats.shared_data import SHARED_DATA
from webapp.formats.images.decoding import CheckedImage, read_image

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def taken(data: bytes, name: str = "a.jpg") -> CheckedImage:
    photo = read_image(io.BytesIO(data), name, 1_000_000)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.unchanged is (photo.stored == data)
    with Image.open(io.BytesIO(photo.stored)) as image:
        assert image.size == (photo.width, photo.height)
        assert {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[str(image.format)] == photo.stored_suffix
        assert not image.getexif()
        assert getattr(image, "n_frames", 1) == 1
    return photo


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize(("image_format", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp")])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_an_upright_photo_without_exif_is_kept_byte_for_byte(
    image_format: str, suffix: str, mode: str
) -> None:
    if (image_format == "JPEG" and mode in {"RGBA", "P", "1"}) or (image_format == "WEBP" and mode == "1"):
        mode = "RGB"
    data = saved(picture(mode=mode), image_format)
    photo = taken(data)
    assert photo.unchanged
    assert (photo.stored_suffix, photo.width, photo.height) == (suffix, 40, 30)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("profile", [None, PROFILE])
def test_exif_with_its_place_goes_and_no_pixel_changes(image_format: str, profile: bytes | None) -> None:
    options: dict[str, Any] = {"exif": exif(), "icc_profile": profile}
    if image_format != "PNG":
        options["xmp"] = b"<x:xmpmeta>SECRETPLACE</x:xmpmeta>"
    data = saved(picture(), image_format, **options)
    assert b"SECRETCAMERA" in data
    photo = taken(data)
    assert b"SECRET" not in photo.stored
    assert np.array_equal(pixels(photo.stored), pixels(data))
    with Image.open(io.BytesIO(photo.stored)) as image:
        assert image.info.get("icc_profile") == profile


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"restart_marker_rows": 1}, {"comment": "a comment"}]
)
def test_jpeg_of_several_scans_and_restarts_loses_only_its_exif(options: dict[str, Any]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "JPEG", exif=exif(), **options)
    photo = taken(data)
    assert np.array_equal(pixels(photo.stored), pixels(data))
    assert photo.stored == taken(photo.stored).stored


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_turned_by_its_exif_is_stored_upright(image_format: str, orientation: int) -> None:
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera held like that has recorded
    recorded = picture().transpose(Image.Transpose(turns[orientation]))
    data = saved(recorded, image_format, exif=exif(orientation))
    photo = taken(data)
    assert (photo.width, photo.height) == (40, 30)
    stored = pixels(photo.stored)
    assert np.abs(stored[3, 3] - (250, 10, 10)).max() < 25
    assert np.abs(stored[26, 36] - (10, 10, 250)).max() < 25


def test_a_turned_jpeg_keeps_its_profile_and_full_colour() -> None:
    photo = taken(saved(picture(), "JPEG", exif=exif(6), icc_profile=PROFILE))
    with Image.open(io.BytesIO(photo.stored)) as image:
        assert image.info["icc_profile"] == PROFILE
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    assert taken(saved(picture(), "JPEG", exif=exif(orientation))).width == 40


def test_broken_exif_is_no_reason_to_refuse() -> None:
    data = saved(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff broken")
    assert b"Exif" not in taken(data).stored


def test_texts_of_a_png_are_dropped_however_long_they_are() -> None:
    """A microscope's XMP, and a place in it."""
    texts = PngImagePlugin.PngInfo()
    place = "<exif:GPSLatitude>25,2.0N</exif:GPSLatitude>"
    texts.add_text("Comment", place)
    texts.add_text("Long", place * 60_000, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", place, zip=False)
    photo = taken(saved(picture(), "PNG", pnginfo=texts), "a.png")
    assert not any(word in photo.stored for word in (b"GPS", b"tEXt", b"zTXt", b"iTXt"))
    assert np.array_equal(pixels(photo.stored), pixels(saved(picture(), "PNG")))


@pytest.mark.parametrize("image_format", ["BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_bmp_and_tiff_become_png_without_loss(image_format: str, mode: str) -> None:
    data = saved(picture(mode=mode), image_format)
    photo = taken(data, "a.bmp")
    assert (photo.stored_suffix, photo.filename) == (".png", "a.bmp")
    assert np.array_equal(pixels(photo.stored), pixels(data))


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_deflate", "packbits"])
def test_compressed_tiff(compression: str) -> None:
    assert taken(saved(picture(), "TIFF", compression=compression)).width == 40


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(image_format: str) -> None:
    photo = taken(saved(picture(mode="CMYK"), image_format))
    with Image.open(io.BytesIO(photo.stored)) as image:
        assert image.mode == "RGB"
    assert np.abs(pixels(photo.stored)[3, 3] - (250, 10, 10)).max() < 40


def test_the_first_page_of_a_tiff() -> None:
    other = Image.new("RGB", (10, 10))
    assert taken(saved(picture(), "TIFF", save_all=True, append_images=[other])).width == 40


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_the_first_frame_of_an_animation(image_format: str) -> None:
    frames = [Image.new("RGB", (40, 30), "green"), Image.new("RGB", (40, 30), "yellow")]
    data = saved(picture(), image_format, save_all=True, append_images=frames, lossless=True)
    photo = taken(data)
    assert not photo.unchanged
    assert np.array_equal(pixels(photo.stored), pixels(saved(picture(), "PNG")))


def test_a_second_picture_behind_a_jpeg_goes() -> None:
    second = saved(picture(), "JPEG", exif=exif())
    data = saved(picture(), "MPO", save_all=True, append_images=[picture(20, 20)]) + second
    photo = taken(data)
    assert photo.stored_suffix == ".jpg"
    assert b"SECRETCAMERA" not in photo.stored
    assert b"MPF" not in photo.stored
    assert np.array_equal(pixels(photo.stored), pixels(saved(picture(), "JPEG")))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_a_photo_of_one_pixel(image_format: str) -> None:
    photo = taken(saved(picture(1, 1), image_format))
    assert (photo.width, photo.height) == (1, 1)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_a_photo_20000_pixels_wide(image_format: str) -> None:
    assert taken(saved(picture(20_000, 4), image_format)).width == 20_000


def test_the_name_says_nothing_about_the_content() -> None:
    photo = taken(saved(picture(), "PNG"), "../照片\x00.jpg")
    assert (photo.filename, photo.stored_suffix) == ("照片.jpg", ".png")


def test_it_reads_from_disk_and_writes_to_disk(tmp_path: Path) -> None:
    source = tmp_path / "a.bmp"
    source.write_bytes(saved(picture(), "BMP"))
    photo = read_image(source, source.name, 1_000_000)
    photo.write_to(tmp_path / "stored.png")
    assert (tmp_path / "stored.png").read_bytes() == photo.stored


def test_real_photos_are_kept_as_they_are() -> None:
    paths = sorted((SHARED_DATA / "fruits_nuts/data/images").iterdir())
    assert len(paths) == 18
    assert all(read_image(path, path.name, 1_000_000).unchanged for path in paths)
