"""Kinds of files: those that are read as photos, and those that are refused by their real name."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from bench.fuzz_photos.heic_files import HEIC_TURNED
from bench.fuzz_photos.mutated_photos import check, mutated
from bench.fuzz_photos.photo_kinds import KINDS, jpeg_xl
from tests.formats.images.photo_files import exif, picture, saved
from webapp.core.settings import ROOT
from webapp.formats.images.decoding import CheckedImage, decode_image, read_image
from webapp.formats.images.kinds import SUFFIXES, sniff
from webapp.formats.images.rejected import ImageFault, ImageRejected

GIVEN_AWAY = 4
"""Largest difference of a pixel, of 255, that a lossy format may make in a flat area."""


def _stored_picture(photo: CheckedImage) -> Image.Image:
    """What the library shows of it: of a file with more than 8 bits, a picture in its range of values."""
    return photo.seen if photo.measured else Image.open(io.BytesIO(photo.stored))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_alike_by_the_library_and_the_line(kind: str) -> None:
    data = KINDS[kind]()
    photo = read_image(io.BytesIO(data), "a", 1_000_000)
    kept = np.asarray(_stored_picture(photo).convert("RGB")).astype(int)
    line = np.asarray(decode_image(data, 1_000_000).picture.convert("RGB"))
    assert kept.shape == line.shape == (photo.height, photo.width, 3)
    assert np.abs(kept - line).max() <= 8, "a turned JPEG is encoded again"


@pytest.mark.parametrize(
    "kind", ["gif", "ppm", "jpeg_2000", "jpeg_2000_stream", "avif", "heic", "jpeg_xl", "jpeg_xl_lossless"]
)
def test_what_a_browser_does_not_show_becomes_a_png_of_the_same_colours(kind: str) -> None:
    photo = read_image(io.BytesIO(KINDS[kind]()), "a.heic", 1_000_000)
    assert (photo.stored_suffix, photo.width, photo.height) == (".png", 64, 48)
    assert sniff(photo.stored) == "PNG"
    with Image.open(io.BytesIO(photo.stored)) as stored:
        pixels = np.asarray(stored.convert("RGB")).astype(int)
    tolerance = 42 if kind == "gif" else GIVEN_AWAY  # the colours of its palette
    assert np.abs(pixels[5, 5] - (250, 10, 10)).max() <= tolerance
    assert np.abs(pixels[-5, -5] - (10, 10, 250)).max() <= tolerance


def test_a_phone_held_upright() -> None:
    photo = read_image(io.BytesIO(HEIC_TURNED), "IMG_0001.HEIC", 1_000_000)
    assert (photo.width, photo.height) == (64, 48)
    with Image.open(io.BytesIO(photo.stored)) as stored:
        assert stored.convert("RGB").getpixel((60, 3))[0] > 240  # type: ignore[index]
        assert not stored.getexif()


def test_exif_of_an_avif_turns_the_photo_and_goes() -> None:
    recorded = picture().transpose(Image.Transpose.ROTATE_90)
    photo = read_image(io.BytesIO(saved(recorded, "AVIF", exif=exif(6))), "a", 1_000_000)
    assert (photo.width, photo.height) == (40, 30)
    assert b"SECRETCAMERA" not in photo.stored


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3)])
def test_jpeg_xl_of_more_bits_is_scaled_by_what_it_says(bits: int, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).integers(0, 1 << bits, shape).astype(np.uint16)
    photo = read_image(io.BytesIO(jpeg_xl(values, lossless=True, bitspersample=bits)), "a", 1_000_000)
    with Image.open(io.BytesIO(photo.stored)) as stored:
        assert np.array_equal(np.asarray(stored), values >> (bits - 8))


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (300, 201), (3, 700), (640, 480), (1920, 2)])
def test_the_size_of_a_jpeg_xl_is_known_before_it_is_decoded(size: tuple[int, int]) -> None:
    for in_container in (False, True):
        data = jpeg_xl(picture(*size), lossless=True, usecontainer=in_container)
        with pytest.raises(ImageRejected) as refused:
            read_image(io.BytesIO(data), "a", size[0] * size[1] - 1)
        if size != (1, 1):
            assert refused.value.params["width"] == size[0]
        assert read_image(io.BytesIO(data), "a", size[0] * size[1]).width == size[0]


@pytest.mark.parametrize(
    "kind", ["gif", "pgm", "ppm", "jpeg_2000", "jpeg_2000_stream", "avif", "heic", "jpeg_xl", "tiff_pages"]
)
@pytest.mark.parametrize("share", [0.4, 0.8, 0.97])
def test_a_truncated_one(kind: str, share: float) -> None:
    data = KINDS[kind]()
    with pytest.raises(ImageRejected) as refused:
        read_image(io.BytesIO(data[: int(len(data) * share)]), "a", 1_000_000)
    assert refused.value.code == ImageFault.TRUNCATED


@pytest.mark.parametrize(
    ("data", "code", "name"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "git_lfs_pointer",
            None,
        ),
        ("# 資料集\n\n照片在 images 資料夾。\n".encode(), "text", None),
        ("說明：照片".encode("cp950"), "text", None),
        ("說明：照片".encode("utf-16"), "text", None),
        (b"7 0.5 0.5 0.2 0.1\n", "text", None),
        (b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", "web_page", None),
        (b'<?xml version="1.0"?><svg width="3"/>', "unsupported_format", "SVG"),
        (b"<svg/>", "unsupported_format", "SVG"),
        (bytes(128) + b"DICM" + bytes(40), "unsupported_format", "DICOM"),
        (b"%PDF-1.7 and so on", "unsupported_format", "PDF"),
        (b"8BPS\0\1" + bytes(40), "unsupported_format", "PSD"),
        (b"\x93NUMPY\1\0" + bytes(40), "unsupported_format", "NumPy"),
        (b"v/1\1" + bytes(40), "unsupported_format", "OpenEXR"),
        (bytes(60) + b"TRUEVISION-XFILE.\0", "unsupported_format", "TGA"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "video", "MP4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0", "video", "MOV"),
        (b"RIFF\0\0\0\0AVI LIST", "video", "AVI"),
        (b"\x1a\x45\xdf\xa3" + bytes(40), "video", "Matroska, WebM"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(40), "camera_raw", "CR2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "camera_raw", "CR3"),
        (b"FUJIFILMCCD-RAW 0201", "camera_raw", "RAF"),
        (bytes(200), "not_an_image", None),
        (np.random.default_rng(1).bytes(400), "not_an_image", None),
    ],
)
def test_what_is_no_photo_is_refused_by_its_real_name(data: bytes, code: str, name: str | None) -> None:
    with pytest.raises(ImageRejected) as refused:
        read_image(io.BytesIO(data), "photo.jpg", 1_000_000)
    assert refused.value.code == code
    assert refused.value.params.get("format") == name


def test_a_browser_picks_the_suffixes_that_the_server_reads() -> None:
    """The script that reads a folder has the same list as a pattern."""
    script = (ROOT / "static/js/web/upload/files.js").read_text("utf-8")
    pattern = re.search(r"const PICTURES =\s*/(.*)/i;", script)
    assert pattern is not None
    picks = re.compile(pattern.group(1), re.IGNORECASE)
    assert [suffix for suffix in sorted(SUFFIXES) if not picks.search(f"a{suffix}")] == []
    assert not picks.search("README.md")


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_photos_raise_nothing_but_our_own_error(kind: str) -> None:
    for seed in range(10):
        check(mutated(kind, seed))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_mutated_photos_raise_nothing_but_our_own_error(kind: str) -> None:
    for seed in range(10, 500):
        check(mutated(kind, seed))
