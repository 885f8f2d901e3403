"""Names of photos in annotation files and names of photos: the same ones, and those that only look it."""

import pytest

from webapp.formats.annotations.matching import Match, match_images


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        ("a.jpg", "a.jpg"),
        ("images/train/a.jpg", "a.jpg"),
        ("a.jpg", "folder/a.jpg"),
        ("images\\train\\a.jpg", "a.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("A.JPG", "a.jpg"),
        ("a1b2c3d4-a.jpg", "a.jpg"),
        ("upload/1/0f9e8d7c-a.jpg", "a.jpg"),
        ("a.jpg", "a1b2c3d4-a.jpg"),
        ("/data/upload/1/a1b2c3d4-photo_1.jpg", "photo (1).jpg"),
        ("a1b2c3d4-photo1.jpg", "photo(1).jpg"),
        ("my photo (1).jpg", "my_photo_1.jpg"),
        ("my photo (1).jpg", "my photo (1).jpg"),
        ("my%20photo%20%281%29.jpg", "my photo (1).jpg"),
        ("/data/local-files/?d=train%2Fa.jpg", "a.jpg"),
        ("照片 1.jpg", "照片_1.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        (" a.jpg ", "a.jpg"),
    ],
)
def test_it_finds_the_photo(wanted: str, available: str) -> None:
    assert match_images([wanted], [available, "other.jpg"]) == Match(
        pairs={wanted: available}, unused=["other.jpg"]
    )


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        ("a.jpg", "b.jpg"),
        ("1-2.jpg", "12.jpg"),
        ("a.jpg", "a.png"),
        ("20260130-a.jpg", "a.jpg"),
        ("aaaaaaaa-a.jpg", "bbbbbbbb-a.jpg"),
        ("a_jpg.rf.0123456789abcdef.jpg", "a.jpg"),
        ("(.jpg", ").jpg"),
        ("", "a.jpg"),
        ("folder/", "a.jpg"),
    ],
)
def test_it_leaves_another_photo_alone(wanted: str, available: str) -> None:
    assert match_images([wanted], [available]) == Match(missing=[wanted], unused=[available])


def test_photos_that_were_not_uploaded_and_the_reverse() -> None:
    result = match_images(["a.jpg", "b.jpg"], ["b.jpg", "c.jpg"])
    assert result == Match(pairs={"b.jpg": "b.jpg"}, missing=["a.jpg"], unused=["c.jpg"])


def test_folders_tell_photos_of_one_name_apart() -> None:
    wanted = ["train\\1.jpg", "val\\1.jpg"]
    result = match_images(wanted, ["set/Val/1.jpg", "set/Train/1.jpg"])
    assert result.pairs == {"train\\1.jpg": "set/Train/1.jpg", "val\\1.jpg": "set/Val/1.jpg"}


def test_two_photos_of_one_name_are_reported_not_guessed() -> None:
    result = match_images(["1.jpg"], ["a/1.jpg", "b/1.jpg"])
    assert result == Match(ambiguous={"1.jpg": ["a/1.jpg", "b/1.jpg"]})


def test_one_photo_for_two_wanted_names_is_reported_not_guessed() -> None:
    result = match_images(["a/1.jpg", "b/1.jpg"], ["1.jpg"])
    assert result == Match(ambiguous={"a/1.jpg": ["1.jpg"], "b/1.jpg": ["1.jpg"]})


def test_what_remains_is_not_paired_by_elimination() -> None:
    result = match_images(["a/1.jpg", "b/1.jpg"], ["a/1.jpg", "c/1.jpg"])
    assert result.pairs == {"a/1.jpg": "a/1.jpg"}
    assert (result.missing, result.elsewhere) == (["b/1.jpg"], {"b/1.jpg": "a/1.jpg"})


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        ("cam1/1.png", "day2/cam1/1.png"),
        ("set/day1/1.png", "day1/1.png"),
        ("annotations/1.png", "images/1.png"),
        ("json_out/1.png", "day1/1.png"),
        ("標註/1.png", "第一天/1.png"),
        ("annotations/Train/1.png", "images/train/1.png"),
        ("val/1.png", "valid/1.png"),
        ("annotations/train2017/1.png", "Train/1.png"),
        ("my%20day/1.png", "My Day/1.png"),
        ("my_day/1.png", "My Day/1.png"),
        ("/home/lin/parts/1.png", "batch7/1.png"),
        ("C:\\Users\\Lin\\1.png", "day2/1.png"),
        ("..\\..\\parts\\1.png", "batch7/1.png"),
        ("https://host/bucket/1.png", "batch7/1.png"),
        ("upload/12/0f9e8d7c-1.png", "batch7/1.png"),
    ],
)
def test_folders_that_do_not_contradict(wanted: str, available: str) -> None:
    assert match_images([wanted], [available]).pairs == {wanted: available}


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        ("day1/1.png", "day2/1.png"),
        ("left/1.png", "right/1.png"),
        ("left\\1.png", "images/right/1.png"),
        ("day1/cam1/1.png", "day2/cam1/1.png"),
        ("images1/1.png", "images2/1.png"),
        ("train/1.png", "valid/1.png"),
        ("/data/train/1.png", "test/1.png"),
        ("C:\\data\\day1\\1.png", "day2/1.png"),
        ("/nas/cam_a/1.png", "cam_b/1.png"),
        ("/data/local-files/?d=day1/1.png", "day2/1.png"),
    ],
)
def test_folders_that_contradict(wanted: str, available: str) -> None:
    for by_stem in (False, True):
        result = match_images([wanted], [available], by_stem=by_stem)
        assert (result.pairs, result.missing) == ({}, [wanted])
        assert result.elsewhere == {wanted: available}


def test_a_folder_of_another_machine_counts_where_it_is_known_here() -> None:
    wanted = "/nas/left/1.png"
    assert match_images([wanted], ["right/1.png"]).pairs == {wanted: "right/1.png"}
    assert match_images([wanted], ["right/1.png", "left/2.png"]).pairs == {}


@pytest.mark.parametrize(
    ("wanted", "place", "available", "fits"),
    [
        ("set/gt/1.png", "set/gt", ["set/frames/1.png"], True),
        ("set/1.png", "set", ["set/day2/1.png"], True),
        ("set/gt/1.png", "set/gt", ["set/1.png"], True),
        ("set/gt/day1/1.png", "set/gt", ["set/day1/1.png"], True),
        ("set/gt/day1/1.png", "set/gt", ["set/day2/1.png"], False),
        ("day1/1.png", "day1", ["day2/1.png"], False),
        ("left/1.png", "left", ["right/1.png", "left/2.png"], False),
    ],
)
def test_a_label_file_may_lie_beside_its_photos(
    wanted: str, place: str, available: list[str], fits: bool
) -> None:
    pairs = match_images([wanted], available, places={wanted: place}).pairs
    assert pairs == ({wanted: available[0]} if fits else {})


def test_names_in_two_files_can_be_one_photo() -> None:
    wanted = {"labelme/1.png": {0}, "coco/JPEGImages/1.png": {1}}
    assert match_images(wanted, ["images/1.png"], files=wanted).pairs == dict.fromkeys(wanted, "images/1.png")
    one_file = {name: {0} for name in wanted}
    assert match_images(wanted, ["images/1.png"], files=one_file).pairs == {}
    contradicting = {"left/1.png": {0}, "right/1.png": {1}}
    assert match_images(contradicting, ["1.png"], files=contradicting).pairs == {}


def test_the_same_bytes_under_two_names_are_no_ambiguity() -> None:
    contents = {"a/1.jpg": "x", "b/1.jpg": "x", "c/2.jpg": "y"}
    assert match_images(["1.jpg"], contents, contents=contents).pairs == {"1.jpg": "a/1.jpg"}
    assert match_images(["1.jpg"], contents, contents=contents | {"b/1.jpg": "z"}).ambiguous


@pytest.mark.parametrize("other", ["set/masks/1.png", "set/labels/1.png"])
def test_the_closer_of_two_photos_is_meant(other: str) -> None:
    result = match_images(["images/1.png"], [other, "set/images/1.png"])
    assert result.pairs == {"images/1.png": "set/images/1.png"}


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        ("a.jpeg", "a.jpg"),
        ("A.BMP", "a.png"),
        ("a.json", "a.png"),
        ("a", "a.png"),
        ("IMG_1_jpg.rf.0123456789abcdef0123456789abcdef.jpg", "IMG_1.jpg"),
        ("IMG_1_png.rf.AbC123xyz.jpg", "IMG_1.png"),
        ("IMG_1.jpg", "IMG_1_jpg.rf.0123456789abcdef.jpg"),
        ("Photo-2024-10-24-at-11_06_42_jpeg.rf.0123456789abcdef.jpg", "Photo 2024-10-24 at 11.06.42.jpeg"),
        ("a1b2c3d4-part.jpeg", "part.png"),
        ("day1/a.jpeg", "a.jpg"),
    ],
)
def test_photos_that_were_converted_or_renamed(wanted: str, available: str) -> None:
    assert match_images([wanted], [available]).pairs == {}
    assert match_images([wanted], [available], by_stem=True).pairs == {wanted: available}


@pytest.mark.parametrize(
    ("wanted", "available"),
    [
        (["a.jpeg"], ["a.jpg", "a.png"]),
        (["a.jpeg", "a.bmp"], ["a.jpg"]),
        (["a_jpg.rf.0123456789abcdef.jpg"], ["a_jpg.rf.fedcba9876543210.jpg"]),
        (["a_jpg.rf.0123456789abcdef.jpg", "a_jpg.rf.fedcba9876543210.jpg"], ["a.jpg"]),
        (["IMG_0.5"], ["IMG_0.7"]),
        ([".jpg"], [".png"]),
    ],
)
def test_stems_of_several_photos_are_not_guessed(wanted: list[str], available: list[str]) -> None:
    assert match_images(wanted, available, by_stem=True).pairs == {}


def test_many_photos_of_one_name_take_no_long_time() -> None:
    wanted = [f"a{number}x/1.png" for number in range(2_000)]
    result = match_images(wanted, [f"b{number}y/1.png" for number in range(2_000)])
    assert len(result.elsewhere) == 2_000


def test_the_exact_name_goes_before_a_similar_one() -> None:
    result = match_images(["A.jpg", "a.jpg"], ["a.jpg"])
    assert result == Match(pairs={"a.jpg": "a.jpg"}, missing=["A.jpg"])


def test_nothing_wanted_and_nothing_there() -> None:
    assert match_images([], []) == Match()
    assert match_images(["a.jpg"], []) == Match(missing=["a.jpg"])
    assert match_images([], ["a.jpg"]) == Match(unused=["a.jpg"])


def test_the_same_name_given_twice_counts_once() -> None:
    assert match_images(["a.jpg", "a.jpg"], ["a.jpg", "a.jpg"]) == Match(pairs={"a.jpg": "a.jpg"})
