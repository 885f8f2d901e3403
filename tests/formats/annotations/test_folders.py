"""Splits that folders name."""

import pytest

from webapp.formats.annotations.folders import split_of


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train/1.jpg", "train"),
        ("Train/images/1.jpg", "train"),
        ("images/TRAINING/1.jpg", "train"),
        ("set/train2017/1.jpg", "train"),
        ("obj_train_data/1.jpg", "train"),
        ("set\\valid\\1.jpg", "validation"),
        ("val/1.jpg", "validation"),
        ("Validation/sub/1.jpg", "validation"),
        ("val2017/1.jpg", "validation"),
        ("test/1.jpg", "test"),
        ("testing/1.jpg", "test"),
        ("test-2014/1.jpg", "test"),
        ("train/test/1.jpg", "test"),
        ("train.jpg", None),
        ("trainval/1.jpg", None),
        ("values/1.jpg", None),
        ("latest/1.jpg", None),
        ("test.json", None),
        ("", None),
    ],
)
def test_the_innermost_folder_that_names_one_says_the_split(path: str, split: str | None) -> None:
    assert split_of(path) == split
