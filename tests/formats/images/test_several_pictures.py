"""Files with several pictures: the largest is meant, and the others are named."""

import io

import numpy as np
import pytest
from PIL import Image

from bench.fuzz_photos.heic_files import HEIC_OF_TWO
from bench.fuzz_photos.photo_kinds import jpeg_xl
from bench.fuzz_photos.tiff_files import TiffPage, tiff
from tests.formats.images.photo_files import exif, picture, saved
from webapp.formats.images.decoding import CheckedImage, decode_image, read_image
from webapp.formats.images.rejected import ImageFault, ImageRejected, RemarkCode
from webapp.formats.images.tiff_directory import CFA

LARGE = TiffPage(np.asarray(picture()))
SMALL = TiffPage(np.asarray(picture(8, 6)), kind=1)


def taken(data: bytes) -> CheckedImage:
    photo = read_image(io.BytesIO(data), "a", 1_000_000)
    assert decode_image(data, 1_000_000).picture.size == (photo.width, photo.height)
    return photo


def is_the_picture(photo: CheckedImage) -> bool:
    with Image.open(io.BytesIO(photo.stored)) as stored:
        differences = np.abs(np.asarray(stored.convert("RGB")).astype(int) - np.asarray(picture()))
    return bool(np.median(differences) < 10 and differences.mean() < 10)  # edges are lossy


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize(
    "pages",
    [
        (SMALL, LARGE),
        (LARGE, SMALL),
        (TiffPage(np.asarray(picture(8, 6)), kind=1, below=(LARGE,)),),
        (TiffPage(np.asarray(picture()), below=(SMALL,)),),
    ],
)
def test_the_largest_page_of_a_tiff_or_the_largest_below_one(
    pages: tuple[TiffPage, ...], is_big: bool
) -> None:
    photo = taken(tiff(*pages, is_big=is_big))
    assert is_the_picture(photo)
    [remark] = photo.remarks
    assert (remark.code, remark.params["others"]) == (RemarkCode.MORE_PICTURES, "8 × 6")
    assert (remark.params["width"], remark.params["height"]) == (40, 30)


def test_a_mask_of_a_page_is_no_picture() -> None:
    mask = TiffPage(np.zeros((60, 80), dtype=np.uint8), photometric=1, kind=4)
    photo = taken(tiff(mask, LARGE))
    assert is_the_picture(photo)
    assert not photo.remarks


def test_of_pages_alike_the_first() -> None:
    other = TiffPage(np.zeros((30, 40, 3), dtype=np.uint8))
    photo = taken(tiff(LARGE, *[other] * 8))
    assert is_the_picture(photo)
    assert photo.remarks[0].params == {
        "width": 40,
        "height": 30,
        "count": 8,
        "others": ", ".join(["40 × 30"] * 5) + ", …",
    }


def test_what_a_page_says_of_its_orientation_holds_for_the_picture_below_it() -> None:
    turned = TiffPage(np.asarray(picture().transpose(Image.Transpose.ROTATE_90)))
    photo = taken(tiff(TiffPage(SMALL.pixels, kind=1, orientation=6, below=(turned,))))
    assert is_the_picture(photo)


def test_a_file_that_is_cut_off_behind_its_thumbnail_is_not_taken_for_it() -> None:
    data = tiff(SMALL, LARGE)
    with pytest.raises(ImageRejected) as refused:
        taken(data[: len(data) // 2])
    assert refused.value.code == ImageFault.TRUNCATED


def test_directories_in_a_circle_end() -> None:
    data = bytearray(tiff(LARGE))
    data[-4:] = data[4:8]  # the next page is the first
    assert is_the_picture(taken(bytes(data)))


def raw(width: int, height: int, *below: TiffPage) -> bytes:
    sensor = TiffPage(np.zeros((height, width), dtype=np.uint16), photometric=CFA)
    return tiff(TiffPage(SMALL.pixels, kind=1, below=(sensor, *below), is_dng=True))


def test_raw_data_of_a_camera_are_refused_by_their_name_and_not_taken_for_their_thumbnail() -> None:
    with pytest.raises(ImageRejected) as refused:
        taken(raw(400, 300))
    assert (refused.value.code, refused.value.params) == (ImageFault.CAMERA_RAW, {"format": "DNG"})


def test_a_developed_picture_as_large_as_the_raw_data_is_the_photo() -> None:
    photo = taken(raw(42, 31, LARGE))
    assert is_the_picture(photo)
    assert [remark.code for remark in photo.remarks] == [RemarkCode.RAW_PREVIEW]


def test_a_kind_of_tiff_that_is_not_read_is_named() -> None:
    with pytest.raises(ImageRejected) as refused:
        taken(tiff(TiffPage(np.zeros((30, 40, 7), dtype=np.uint8), photometric=32844)))
    assert refused.value.code == ImageFault.UNSUPPORTED_FORMAT
    assert "7 × 8 bit" in str(refused.value.params["format"])


def test_an_mpo_whose_thumbnail_comes_first() -> None:
    photo = taken(saved(picture(8, 6), "MPO", save_all=True, append_images=[picture()], exif=exif()))
    assert is_the_picture(photo)
    assert (photo.stored_suffix, photo.remarks[0].params["others"]) == (".jpg", "8 × 6")
    assert b"SECRETCAMERA" not in photo.stored


def test_an_mpo_whose_thumbnail_is_cut_off() -> None:
    data = saved(picture(), "MPO", save_all=True, append_images=[picture(8, 6)])
    assert is_the_picture(taken(data[: data.rindex(b"\xff\xd8") + 10]))


def test_the_largest_of_a_heic_whose_primary_picture_is_small() -> None:
    photo = taken(HEIC_OF_TWO)
    assert (photo.width, photo.height) == (128, 96)
    assert photo.remarks[0].params["others"] == "32 × 24"


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "GIF", "AVIF", "JXL"])
def test_the_first_picture_of_an_animation(image_format: str) -> None:
    others = [Image.new("RGB", (40, 30), "green"), Image.new("RGB", (40, 30), "yellow")]
    if image_format == "JXL":
        data = jpeg_xl(np.stack([np.asarray(image) for image in (picture(), *others)]), lossless=True)
    else:
        data = saved(picture(), image_format, save_all=True, append_images=others)
    photo = taken(data)
    assert is_the_picture(photo)
    assert [remark.code for remark in photo.remarks] == [RemarkCode.ANIMATION]
