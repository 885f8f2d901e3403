"""Zips of people, of other systems, and of attackers."""

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.formats.files.zip_files import encrypted, with_raw_name, with_symlink, zipped
from webapp.formats.files.archive import Archive, ArchiveFault, ArchiveLimits, ArchiveRejected
from webapp.formats.files.archive import open_zip as open_archive


def opened(data: bytes, **limits: int) -> Archive:
    return open_archive(io.BytesIO(data), ArchiveLimits(**limits))


def names(archive: Archive) -> list[str]:
    return [member.name for member in archive.members]


def problems(archive: Archive) -> list[tuple[ArchiveFault, str]]:
    return [(problem.code, problem.name) for problem in archive.problems]


def fault_of(data: bytes, **limits: int) -> ArchiveFault:
    with pytest.raises(ArchiveRejected) as caught:
        opened(data, **limits)
    return caught.value.code


def test_members_are_listed_and_read(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    path.write_bytes(zipped(("set/", b""), ("set/a.jpg", b"photo"), ("labels.json", b"{}")))
    with open_archive(path) as archive:
        assert [(member.name, member.size) for member in archive.members] == [
            ("set/a.jpg", 5),
            ("labels.json", 2),
        ]
        assert archive.read(archive.members[0]) == b"photo"
        with archive.open(archive.members[1]) as stream:
            assert stream.read(1) == b"{"
        assert archive.problems == []


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "x/../../a.jpg", "/etc/passwd", "C:/a.jpg", "c:a.jpg", "..\\..\\a.jpg", "\\\\nas\\a.jpg"],
)
def test_a_path_that_leads_out_is_left_out(name: str) -> None:
    archive = opened(zipped((name, b"x"), ("b.jpg", b"photo")))
    assert names(archive) == ["b.jpg"]
    assert [code for code, _ in problems(archive)] == [ArchiveFault.UNSAFE_PATH]


def test_dots_in_a_name_are_no_way_out() -> None:
    assert names(opened(zipped(("a..b.jpg", b"x"), ("..x/c.jpg", b"x")))) == ["a..b.jpg", "..x/c.jpg"]


def test_a_symbolic_link_is_left_out() -> None:
    archive = opened(with_symlink("/etc/passwd"))
    assert (names(archive), problems(archive)) == (["a.jpg"], [(ArchiveFault.SYMLINK, "link.jpg")])


def test_backslashes_of_windows_are_folders() -> None:
    assert names(opened(with_raw_name(b"set\\a.jpg"))) == ["set/a.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp950"])
def test_chinese_names_without_the_flag_for_utf_8(encoding: str) -> None:
    assert names(opened(with_raw_name("照片/部品.jpg".encode(encoding)))) == ["照片/部品.jpg"]


def test_western_names_of_the_old_code_page() -> None:
    assert names(opened(with_raw_name("Größe.jpg".encode("cp437")))) == ["Größe.jpg"]


def test_a_name_in_unicode_beside_the_old_one() -> None:
    raw = b"???.jpg"
    content = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + "照片😀.jpg".encode()
    extra = struct.pack("<HH", 0x7075, len(content)) + content
    assert names(opened(with_raw_name(raw, extra=extra))) == ["照片😀.jpg"]


def test_emoji_and_spaces_stay() -> None:
    assert names(opened(zipped(("部品 (1) 😀.jpg", b"x")))) == ["部品 (1) 😀.jpg"]


def test_a_name_of_5000_characters_is_cut_before_its_suffix() -> None:
    (name,) = names(opened(zipped(("x" * 5000 + ".jpg", b"x"))))
    assert len(name) == 200 and name.endswith(".jpg")


def test_two_long_names_that_are_cut_to_the_same_are_two_files() -> None:
    archive = opened(zipped(("x" * 5000 + "1.jpg", b"1"), ("x" * 5000 + "2.jpg", b"2")))
    assert [archive.read(member) for member in archive.members] == [b"1", b"2"]


def test_5000_folders() -> None:
    (name,) = names(opened(zipped(("d/" * 5000 + "a.jpg", b"x"))))
    assert name.endswith("d/a.jpg") and len(name) < 50


def test_a_nul_and_control_characters_in_a_name() -> None:
    archive = opened(with_raw_name(b"a\x00\n\x1b.jpg"))
    assert all(name.isprintable() for name in names(archive))


@pytest.mark.parametrize("name", [b"", b"\x00", b" "])
def test_a_file_without_a_name_is_left_out(name: bytes) -> None:
    assert [code for code, _ in problems(opened(with_raw_name(name)))] == [ArchiveFault.UNSAFE_PATH]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_of_one_path_the_first_is_taken() -> None:
    archive = opened(zipped(("a.jpg", b"first"), ("a.jpg", b"second")))
    assert problems(archive) == [(ArchiveFault.DUPLICATE, "a.jpg")]
    assert archive.read(archive.members[0]) == b"first"


def test_what_macos_and_windows_leave_is_counted_alone() -> None:
    archive = opened(
        zipped(
            ("__MACOSX/._a.jpg", b"x"),
            ("set/._b.json", b"x"),
            ("Thumbs.db", b"x"),
            (".DS_Store", b"x"),
            ("a.jpg", b"x"),
        )
    )
    assert (names(archive), archive.litter, archive.problems) == (["a.jpg"], 4, [])


@pytest.mark.parametrize("name", ["more.zip", "more.ZIP", "more.tar.gz", "more.7z"])
def test_an_archive_inside_is_not_opened(name: str) -> None:
    archive = opened(zipped((name, zipped(("a.jpg", b"x"))), ("b.jpg", b"x")))
    assert (names(archive), problems(archive)) == (["b.jpg"], [(ArchiveFault.NESTED, name)])


def test_a_file_with_a_password_is_left_out() -> None:
    data = encrypted(zipped(("a.jpg", b"x"), ("b.jpg", b"x")), "a.jpg")
    archive = opened(data)
    assert (names(archive), problems(archive)) == (["b.jpg"], [(ArchiveFault.ENCRYPTED, "a.jpg")])


def test_a_zip_with_a_password_is_refused() -> None:
    assert fault_of(encrypted(zipped(("a.jpg", b"x")), "a.jpg")) == ArchiveFault.ENCRYPTED


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_measure_are_left_out(method: int) -> None:
    archive = opened(zipped(("a.jpg", b"x" * 1000), method=method))
    assert problems(archive) == [(ArchiveFault.METHOD, "a.jpg")]


def test_an_empty_zip_holds_nothing() -> None:
    assert names(opened(zipped())) == []


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK", b"\xff\xd8\xff\xe0" + b"x" * 1000, b"Rar!\x1a\x07\x00"]
)
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert fault_of(data) == ArchiveFault.NOT_A_ZIP


def test_a_zip_that_was_cut_off_is_refused() -> None:
    data = zipped(("a.jpg", b"x" * 10_000), ("b.jpg", bytes(range(256)) * 40))
    assert fault_of(data[: len(data) // 2]) == ArchiveFault.DAMAGED


def test_a_zip_bomb_by_its_ratio() -> None:
    bomb = zipped(*((f"{index}.bmp", bytes(1_000_000)) for index in range(5)))
    assert fault_of(bomb, harmless=1_000_000) == ArchiveFault.BOMB
    assert len(names(opened(bomb))) == 5  # five megabytes harm nobody


def test_a_zip_bomb_by_its_total() -> None:
    assert fault_of(zipped(("a.bmp", bytes(2_000_000))), total=1_000_000) == ArchiveFault.TOO_LARGE


def test_a_large_member_is_left_out() -> None:
    archive = opened(zipped(("a.bmp", bytes(2_000_000)), ("b.jpg", b"x")), member=1_000_000)
    assert (names(archive), problems(archive)) == (["b.jpg"], [(ArchiveFault.MEMBER_TOO_LARGE, "a.bmp")])


def test_a_member_that_understates_its_size_gives_no_more() -> None:
    data = bytearray(zipped(("a.bmp", bytes(50_000_000))))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.find(signature) + at, 1000)
    archive = opened(bytes(data))
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveRejected) as caught:
            archive.read(archive.members[0])
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.code == ArchiveFault.MEMBER_DAMAGED


def test_more_members_than_allowed() -> None:
    many = zipped(*((f"{index}.jpg", b"") for index in range(50)))
    assert fault_of(many, members=49) == ArchiveFault.TOO_MANY_MEMBERS


def test_a_directory_of_millions_is_refused_before_it_is_read() -> None:
    many = bytearray(zipped(*(("x" * 300 + f"{index}.jpg", b"") for index in range(50))))
    at = many.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", many, at + 8, 1, 1)  # says that it holds one file
    assert fault_of(bytes(many), members=49) == ArchiveFault.TOO_MANY_MEMBERS


def test_a_damaged_member_is_told_when_it_is_read() -> None:
    data = bytearray(zipped(("a.jpg", bytes(range(256)) * 40)))
    for at in range(60, 120):
        data[at] ^= 0xFF
    archive = opened(bytes(data))
    with pytest.raises(ArchiveRejected) as caught:
        archive.read(archive.members[0])
    assert caught.value.code == ArchiveFault.MEMBER_DAMAGED


def test_150_mutated_zips_raise_nothing_but_our_own_error() -> None:
    original = zipped(
        ("set/a.jpg", bytes(range(256)) * 4), ("labels.json", b'{"images": []}'), ("b.jpg", b"x")
    )
    chance = random.Random(7)  # noqa: S311
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.randint(1, 10)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            with opened(bytes(data)) as archive:
                for member in archive.members:
                    archive.read(member)
        except ArchiveRejected:
            continue
