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
    assert result.ambiguous == {"b/1.jpg": ["c/1.jpg"]}


def test_the_exact_name_goes_before_a_similar_one() -> None:
    result = match_images(["A.jpg", "a.jpg"], ["a.jpg"])
    assert result == Match(pairs={"a.jpg": "a.jpg"}, missing=["A.jpg"])


def test_nothing_wanted_and_nothing_there() -> None:
    assert match_images([], []) == Match()
    assert match_images(["a.jpg"], []) == Match(missing=["a.jpg"])
    assert match_images([], ["a.jpg"]) == Match(unused=["a.jpg"])


def test_the_same_name_given_twice_counts_once() -> None:
    assert match_images(["a.jpg", "a.jpg"], ["a.jpg", "a.jpg"]) == Match(pairs={"a.jpg": "a.jpg"})
