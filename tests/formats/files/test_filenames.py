"""File names as they come from browsers and zips of any system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.formats.files.filenames import clean_line, clean_lines, is_system_litter, safe_filename


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.jpg", "a.jpg"),
        ("日期 照片 (1).JPG", "日期 照片 (1).JPG"),
        ("🍌.png", "🍌.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("a\x00b\n.jpg", "ab.jpg"),
        ("caf\u0065\u0301.jpg", "caf\u00e9.jpg"),
        ("a\ud800.jpg", "a?.jpg"),
        (" a.jpg ", "a.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\u2066\u2028b.jpg", "ab.jpg"),
        ("\u05d0\u200db.jpg", "\u05d0\u200db.jpg"),
        ("", "photo"),
        ("..", "photo"),
        ("folder/", "photo"),
        ("\x00", "photo"),
        (".jpg", ".jpg"),
    ],
)
def test_it_keeps_what_is_harmless(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


def test_a_text_keeps_its_lines_and_a_name_has_one() -> None:
    text = "\u202eone\r\n two\x00\u2028 three\n"
    assert clean_line(text) == "one two three"
    assert clean_lines(text) == "one\ntwo\nthree"


@pytest.mark.parametrize("letter", ["a", "日", "🍌"])
def test_a_name_of_5000_characters_is_cut_before_its_suffix(letter: str) -> None:
    name = safe_filename(letter * 5000 + ".jpeg")
    assert name.endswith(letter + ".jpeg")
    assert len(name) <= 200
    assert len(name.encode()) <= 240


@given(st.text())
def test_any_text_becomes_a_name(text: str) -> None:
    name = safe_filename(text)
    assert name not in {"", ".", ".."}
    assert not set(name) & set("/\\\0")
    assert safe_filename(name) == name
    assert len(name.encode()) <= 240


@pytest.mark.parametrize(
    "name", ["._labels.json", "a/._b.jpg", "__MACOSX/a.jpg", ".DS_Store", "x\\Thumbs.db", "desktop.ini"]
)
def test_litter_of_systems_is_known(name: str) -> None:
    assert is_system_litter(name)


@pytest.mark.parametrize("name", ["a.jpg", "_a.json", ".a.jpg", "", "b/c.png"])
def test_other_files_are_no_litter(name: str) -> None:
    assert not is_system_litter(name)
