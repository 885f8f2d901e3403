"""Photos with more than 8 bits: 10, 12, 14 and 16 bits, grey and colour, floating point, as PNG and TIFF."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.formats.images.deep_files import camera, png, pnm, tiff
from tests.formats.images.photo_files import saved
from tests.formats.shared_data import SHARED_DATA
from webapp.formats.images.decoding import (
    CheckedImage,
    decode_image,
    open_deep,
    read_image,
)
from webapp.formats.images.reduced import ImageDamaged
from webapp.formats.images.rejected import ImageFault, ImageRejected, RemarkCode
from webapp.formats.images.value_range import ValueRange

CASE = SHARED_DATA.parent / "cases" / "05-gray-16-bit-brightness-jumps"
TEN, TWELVE, SIXTEEN = (ValueRange.of_depth(bits) for bits in (10, 12, 16))


def taken(data: bytes) -> CheckedImage:
    photo = read_image(io.BytesIO(data), "a.tif", 1_000_000)
    assert photo.measured is not None
    return photo


def stated(data: bytes) -> ValueRange | None:
    measured = taken(data).measured
    return measured.stated if measured else None


def shown(data: bytes, setting: ValueRange | None = None) -> np.ndarray:
    return np.asarray(decode_image(data, 1_000_000, setting).picture)


def eighths(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """What 8 bits of these values are, by the definition."""
    return np.rint((values.astype(float) - low) / (high - low) * 255).clip(0, 255)


GREY, COLOUR, FOUR = camera(4095), camera(4095, colours=3), camera(4095, colours=4)
KINDS: dict[str, tuple[bytes, np.ndarray]] = {
    "png grey": (png(GREY), GREY),
    "png colour": (png(COLOUR), COLOUR),
    "tiff grey": (tiff(GREY), GREY),
    "tiff grey, big endian": (tiff(GREY, order=">"), GREY),
    "tiff colour": (tiff(COLOUR), COLOUR),
    "tiff colour, big endian": (tiff(COLOUR, order=">"), COLOUR),
    "tiff colour in planes": (tiff(COLOUR, planes=True), COLOUR),
    "tiff colour and a fourth sample": (tiff(FOUR, (338, 3, [0])), FOUR[..., :3]),
    "tiff of 32 bits": (tiff(GREY.astype(np.uint32)), GREY),
    "tiff of signed 16 bits": (tiff(GREY.astype(np.int16)), GREY),
    "tiff colour, signed": (tiff(COLOUR.astype(np.int16)), COLOUR),
    "tiff of floats": (tiff(GREY.astype(np.float32)), GREY),
    "tiff of doubles": (tiff(GREY.astype(np.float64)), GREY),
    "tiff colour of floats": (tiff(COLOUR.astype(np.float32)), COLOUR),
    "tiff packed, 12 bits": (tiff(GREY, bits=12), GREY),
    "tiff packed, 14 bits": (tiff(GREY, bits=14), GREY),
    "pgm": (pnm(GREY), GREY),
    "ppm": (pnm(COLOUR), COLOUR),
    "tiff lzw": (saved(Image.fromarray(GREY), "TIFF", compression="tiff_lzw"), GREY),
    "tiff deflate": (saved(Image.fromarray(GREY), "TIFF", compression="tiff_deflate"), GREY),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_is_read(kind: str) -> None:
    data, values = KINDS[kind]
    photo = taken(data)
    assert photo.measured is not None
    assert (photo.measured.lowest, photo.measured.highest) == (values.min(), values.max())
    said = photo.measured.stated
    expected = eighths(values, 0, said.high if said else 4095)
    assert np.array_equal(np.asarray(photo.seen), expected)
    assert np.array_equal(shown(data, TWELVE), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_kept_and_seen_in_any_range(kind: str, tmp_path: Path) -> None:
    data, values = KINDS[kind]
    photo = taken(data)
    assert photo.stored == data
    assert photo.unchanged
    path = tmp_path / f"a{photo.stored_suffix}"
    path.write_bytes(photo.stored)
    seen = np.asarray(open_deep(path, ValueRange(100, 3000)))
    assert np.array_equal(seen, eighths(values, 100, 3000))


@pytest.mark.parametrize("kind", ["float32", "float64", "float16"])
def test_floating_point_from_0_to_1_is_seen_whole(kind: str) -> None:
    values = np.linspace(0, 1, 1200).reshape(30, 40).astype(kind)
    assert np.array_equal(shown(tiff(values)), eighths(values, 0, 1))


def test_what_is_no_number_is_black_and_infinite_is_white() -> None:
    values = np.full((30, 40), 0.5, dtype=np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    photo = taken(tiff(values))
    assert (photo.measured and photo.measured.highest) == 0.5
    assert np.asarray(photo.seen)[0, :4].tolist() == [0, 255, 0, 128]
    nothing = np.full((30, 40), np.nan, dtype=np.float32)
    assert np.asarray(taken(tiff(nothing)).seen).max() == 0


@pytest.mark.parametrize(
    ("data", "range_"),
    [
        (png(camera(900)), None),
        (png(camera(900), [12]), TWELVE),
        (png(camera(900, colours=3), [10, 12, 10]), TWELVE),
        (png(camera(900, colours=4), [12, 12, 12, 16]), TWELVE),
        (pnm(camera(900)), None),
        (pnm(camera(900, colours=3), 4095), TWELVE),
        (pnm(camera(900), 1023), TEN),
        (tiff(camera(900), bits=10), TEN),
        (tiff(camera(900), (281, 3, [4095])), TWELVE),
        (tiff(camera(900), (280, 3, [0]), (281, 3, [65535])), None),
        (tiff(camera(900), (341, 3, [4095])), TWELVE),
        (tiff(camera(900), (340, 12, [64.0]), (341, 12, [1000.0])), ValueRange(64, 1000)),
        (tiff(camera(900).astype(np.float32), (340, 11, [0.0]), (341, 11, [4095.0])), TWELVE),
        (tiff(camera(900), (340, 3, [9]), (341, 3, [9])), None),
        (tiff(camera(900), (270, 2, ['<OME><Pixels SignificantBits="12" SizeX="4"/></OME>'])), TWELVE),
        (tiff(camera(900), (270, 2, ['<Pixels SignificantBits="99"/>'])), None),
        (tiff(camera(900), (270, 2, ["taken at noon"])), None),
    ],
)
def test_the_range_that_the_file_says(data: bytes, range_: ValueRange | None) -> None:
    assert stated(data) == range_
    if range_ is not None:
        assert np.array_equal(shown(data), shown(data, SIXTEEN)), "it counts before every setting"


def test_significant_bits_of_a_png_are_the_upper_or_the_lower_ones() -> None:
    values = camera(4095)
    lower, upper = png(values, [12]), png(values << 4, [12])
    repeated = png((values << 4) | (values >> 8), [12])
    assert [stated(data) for data in (lower, upper, repeated)] == [TWELVE, SIXTEEN, SIXTEEN]
    assert np.abs(shown(lower).astype(int) - shown(upper)).max() <= 1
    assert np.array_equal(shown(lower), shown(repeated))


def test_white_is_zero_where_the_file_says_so() -> None:
    values = camera(4095)
    assert np.array_equal(shown(tiff(values, inverted=True)), 255 - shown(tiff(values)))


@pytest.mark.parametrize("write", [png, tiff])
@pytest.mark.parametrize("samples", [2, 4])
def test_alpha_is_taken_out_as_of_photos_of_8_bits(write: Any, samples: int) -> None:
    values = camera(4095, colours=samples)
    inside = eighths(values[..., 0] if samples == 2 else values[..., :3], 0, 4095)
    values[..., -1] = 65535
    values[0, 0, -1] = 0
    photo = taken(write(values))
    assert [remark.code for remark in photo.remarks] == [RemarkCode.TRANSPARENCY_ON_WHITE]
    pixels = np.asarray(photo.seen)
    assert (pixels[0, 0] == 255).all()
    assert np.array_equal(pixels[1:], inside[1:])
    values[..., -1] = 0
    unused = taken(write(values))
    assert [remark.code for remark in unused.remarks] == [RemarkCode.TRANSPARENCY_IGNORED]
    assert np.array_equal(np.asarray(unused.seen), inside)


@pytest.mark.parametrize("data", [png(GREY, orientation=6), tiff(GREY, (274, 3, [6]))])
def test_a_turned_photo_is_seen_upright_and_its_file_is_kept(data: bytes, tmp_path: Path) -> None:
    photo = taken(data)
    assert (photo.width, photo.height, photo.stored) == (30, 40, data)
    upright = np.rot90(eighths(GREY, 0, 4095), -1)
    assert np.array_equal(np.asarray(photo.seen), upright)
    path = tmp_path / f"a{photo.stored_suffix}"
    path.write_bytes(photo.stored)
    assert np.array_equal(np.asarray(open_deep(path, TWELVE)), upright)


@pytest.mark.parametrize("data", [png(GREY), png(COLOUR), tiff(GREY), tiff(COLOUR), tiff(GREY, bits=12)])
def test_a_file_that_is_cut_off_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ImageRejected) as refused:
        taken(data[:-500])
    assert refused.value.code is ImageFault.TRUNCATED
    path = tmp_path / "a.tif"
    path.write_bytes(data[:-500])
    with pytest.raises(ImageDamaged, match=r"a\.tif"):
        open_deep(path, TWELVE)


def test_a_png_with_a_changed_byte_is_refused_by_the_library_as_by_the_line() -> None:
    data = bytearray(png(GREY))
    data[len(data) // 2] ^= 0xFF
    for read in (taken, shown):
        with pytest.raises(ImageRejected) as refused:
            read(bytes(data))
        assert refused.value.code is ImageFault.TRUNCATED


def test_one_pixel_changes_nothing_else() -> None:
    ordinary, brighter, ten = (
        (CASE / f"{name}.png").read_bytes()
        for name in ("same_scene_peak_4095", "same_scene_peak_4096", "ten_bit_camera_peak_1023")
    )
    first, second = shown(ordinary, TWELVE), shown(brighter, TWELVE)
    assert (first != second).sum() <= 1
    assert 30 < first.mean() < 45
    assert shown(ten).max() == 255
    measured = taken(brighter).measured
    assert measured is not None
    assert measured.is_beyond(TWELVE)


def test_photos_of_8_bits_know_no_range() -> None:
    data = saved(Image.fromarray(camera(255).astype(np.uint8)), "PNG")
    assert read_image(io.BytesIO(data), "a.png", 1_000_000).measured is None
    assert np.array_equal(shown(data, TWELVE), shown(data))


def test_the_limit_of_pixels_counts_what_a_pixel_needs() -> None:
    doubles = tiff(COLOUR.astype(np.float64))
    with pytest.raises(ImageRejected) as refused:
        read_image(io.BytesIO(doubles), "a.tif", 1_200)
    assert refused.value.params == {"width": 40, "height": 30, "limit": 400}
    assert read_image(io.BytesIO(doubles), "a.tif", 3_600).width == 40
    assert read_image(io.BytesIO(tiff(FOUR)), "a.tif", 1_200).width == 40
