"""Names of the files of one download."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.formats.files.filenames import is_system_litter, safe_filename, safe_path
from webapp.formats.files.handed_out_names import LONGEST, HandedOutNames, legal_name, stem_of

DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789"),
}
BIDIRECTIONAL = {
    chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
paths = st.lists(st.text(max_size=80), min_size=1, max_size=4).map("/".join)
suffixes = st.sampled_from([".png", ".jpg", ".webp"])


@pytest.mark.parametrize(
    ("path", "suffix", "name"),
    [
        ("a.png", ".png", "a.png"),
        ("A.PNG", ".png", "A.PNG"),
        ("日期 照片 (1).JPG", ".jpg", "日期 照片 (1).JPG"),
        ("scan.jpeg", ".jpg", "scan.jpeg"),
        # The content says the extension.
        ("b.tif", ".png", "b.png"),
        ("c.bmp", ".png", "c.png"),
        ("d.png", ".jpg", "d.jpg"),
        ("e.heic", ".jpg", "e.jpg"),
        ("photo", ".png", "photo.png"),
        ("part 1.25", ".png", "part 1.25.png"),
        (".jpg", ".jpg", "photo.jpg"),
        ("", ".jpg", "photo.jpg"),
        # The folders it came from are in front.
        ("d1/IMG_1.png", ".png", "d1_IMG_1.png"),
        ("C:\\line 3\\d1\\IMG_1.png", ".png", "C__line 3_d1_IMG_1.png"),
        ("../../a.png", ".png", "a.png"),
        # Windows refuses these.
        ('a<b>:"|?*.png', ".png", "a_b______.png"),
        ("a\x00b\n\x7f.png", ".png", "ab.png"),
        ("a. .png", ".png", "a.png"),
        ("  a.png ", ".png", "a.png"),
        ("con.png", ".png", "_con.png"),
        ("NUL.tar.png", ".png", "_NUL.tar.png"),
        ("Com1 .png", ".png", "_Com1.png"),
        ("LPT²", ".png", "_LPT².png"),
        ("COM10.png", ".png", "COM10.png"),
        ("d1/con.png", ".png", "d1_con.png"),
        # What cannot be seen, or turns the text around, makes two names look like one.
        ("photo\u202egpj.png", ".png", "photogpj.png"),
        ("a\u200b\ufeff.png", ".png", "a.png"),
        ("👨\u200d🔧.png", ".png", "👨\u200d🔧.png"),
        # A table adds an apostrophe to these, so they have it everywhere.
        ("-a.png", ".png", "'-a.png"),
        ("=1+1.png", ".png", "'=1+1.png"),
    ],
)
def test_a_name_is_legal_and_tells_folder_and_content(path: str, suffix: str, name: str) -> None:
    assert HandedOutNames().give(path, suffix) == name


def test_names_differ_without_regard_to_case() -> None:
    names = HandedOutNames()
    given_names = [
        names.give(path, ".png")
        for path in ("A.PNG", "a.png", "a.tif", "a-2.png", "straße.png", "STRASSE.png")
    ]
    assert given_names == ["A.PNG", "a-2.png", "a-3.png", "a-2-2.png", "straße.png", "STRASSE-2.png"]


def test_a_folder_tells_two_photos_of_one_name_apart() -> None:
    names = HandedOutNames()
    assert [names.give(path, ".png") for path in ("d1/IMG_1.png", "d2/IMG_1.png")] == [
        "d1_IMG_1.png",
        "d2_IMG_1.png",
    ]


def test_names_differ_before_the_extension_where_a_file_lies_beside_each_photo() -> None:
    names = HandedOutNames(unique_stems=True)
    assert [names.give("a.jpg", ".jpg"), names.give("A.png", ".png"), names.give("b.webp", ".webp")] == [
        "a.jpg",
        "A-2.png",
        "b.webp",
    ]
    names = HandedOutNames()
    assert [names.give("a.jpg", ".jpg"), names.give("a.png", ".png")] == ["a.jpg", "a.png"]


@pytest.mark.parametrize("letter", ["a", "日", "🍌"])
def test_long_names_are_cut_and_stay_apart(letter: str) -> None:
    names = HandedOutNames()
    path = "/".join([letter * 300, letter * 300 + ".jpeg"])
    given_names = [names.give(path, ".jpg") for _ in range(12)]
    assert len(set(given_names)) == 12
    assert all(len(name.encode()) <= LONGEST and name.endswith(".jpeg") for name in given_names)


def test_what_is_not_handed_out_itself_keeps_its_extension() -> None:
    names = HandedOutNames(unique_stems=True)
    given_names = [
        names.give(path) for path in ("d1/a.tif", "D1/A.bmp", "a", "a.png", "a.exe", "a.png.\u200b")
    ]
    assert given_names == ["d1_a.tif", "D1_A-2.bmp", "a", "a-2.png", "a.exe", "a-3.png"]
    assert [stem_of(name) for name in given_names] == ["d1_a", "D1_A-2", "a", "a-2", "a.exe", "a-3"]


def test_a_hundred_thousand_photos_of_one_name_are_named_at_once() -> None:
    names = HandedOutNames()
    assert len({names.give("IMG_1.png", ".png") for _ in range(100_000)}) == 100_000


@given(st.lists(st.tuples(paths, suffixes), max_size=8), st.booleans())
def test_any_paths_become_names_that_unpack_everywhere(
    files: list[tuple[str, str]], unique_stems: bool
) -> None:
    names = HandedOutNames(unique_stems)
    given_names = [names.give(*file) for file in files]
    for fold in (str.lower, str.upper, str.casefold):
        stems = [fold(name.rsplit(".", 1)[0] if unique_stems else name) for name in given_names]
        assert len(set(stems)) == len(stems)
    for name, (_path, suffix) in zip(given_names, files, strict=True):
        _assert_legal(name)
        assert len(name.encode()) <= LONGEST
        assert name.lower().endswith((suffix, ".jpeg", ".jpe", ".jfif") if suffix == ".jpg" else suffix)
        # Our own import keeps it as it is.
        assert safe_filename(name) == name == safe_path(name)
        assert not is_system_litter(name)


@given(st.lists(paths, max_size=8))
def test_other_files_of_the_same_photos_differ_too(files: list[str]) -> None:
    names = HandedOutNames(unique_stems=True)
    pictures = [f"{stem_of(names.give(path))}.jpg" for path in files]
    assert len({name.casefold() for name in pictures}) == len(pictures)
    for name in pictures:
        _assert_legal(name)


@given(st.text())
def test_any_text_becomes_the_first_part_of_a_name(text: str) -> None:
    _assert_legal(legal_name(text) + ".zip")


def _assert_legal(name: str) -> None:
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]', name)
    assert not set(name) & BIDIRECTIONAL
    assert name == name.strip(" .")
    assert not name.startswith(("=", "+", "-", "@"))
    assert name.split(".")[0].strip().lower() not in DEVICES
