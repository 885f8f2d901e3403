"""Tars that nobody should trust, and those that everybody sends."""

import gzip
import io
import tarfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.formats.files.tar_files import entry, tarred
from tests.formats.files.zip_files import zipped
from webapp.formats.files.any_archive import AnyArchive, is_archive, open_archive
from webapp.formats.files.archive import ArchiveFault, ArchiveLimits, ArchiveRejected

LABELS = b'{"images": []}' * 1000


def opened(data: bytes, **limits: int) -> AnyArchive:
    return open_archive(io.BytesIO(data), ArchiveLimits(**limits))


def refused(data: bytes, **limits: int) -> ArchiveFault:
    with pytest.raises(ArchiveRejected) as caught:
        opened(data, **limits)
    return caught.value.code


def only_problem(data: bytes) -> ArchiveFault:
    """Of a tar of one bad member and a good one."""
    archive = opened(data)
    assert [member.name for member in archive.members] == ["a.jpg"]
    assert archive.read(archive.members[0]) == b"photo"
    (problem,) = archive.problems
    return problem.code


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_in_their_order(mode: str, form: int, tmp_path: Path) -> None:
    long = f"{'照' * 30}/{'x' * 50}.jpg"
    data = tarred(("set/照片.jpg", b"photo"), (long, b""), ("labels.json", LABELS), mode=mode, format=form)
    path = tmp_path / "day.bin"
    path.write_bytes(data)
    assert is_archive(data[:4096])
    with open_archive(path) as archive:
        assert [member.name for member in archive.members] == ["set/照片.jpg", long, "labels.json"]
        assert [archive.read(member) for member in archive.members] == [b"photo", b"", LABELS]
        assert archive.read(archive.members[0]) == b"photo"


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp950", "螺絲刮傷.jpg"), ("gbk", "螺丝划伤.jpg"), ("cp932", "部品の写真.jpg")]
)
def test_a_tar_of_an_older_windows(encoding: str, name: str) -> None:
    data = tarred((name, b"photo"), ("a.jpg", b"x"), encoding=encoding, format=tarfile.GNU_FORMAT)
    assert [member.name for member in opened(data).members] == [name, "a.jpg"]


def test_folders_and_litter_are_no_members() -> None:
    folder = entry("set", kind=tarfile.DIRTYPE)
    archive = opened(tarred((folder, b""), ("set/._a.jpg", b"x"), ("set/a.jpg", b"photo")))
    assert [member.name for member in archive.members] == ["set/a.jpg"]
    assert (archive.problems, archive.litter) == ([], 1)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (entry("../../etc/a.jpg"), ArchiveFault.UNSAFE_PATH),
        (entry("/etc/a.jpg"), ArchiveFault.UNSAFE_PATH),
        (entry("C:\\a.jpg"), ArchiveFault.UNSAFE_PATH),
        (entry("b.jpg", kind=tarfile.SYMTYPE, target="/etc/passwd"), ArchiveFault.SYMLINK),
        (entry("b.jpg", kind=tarfile.LNKTYPE, target="a.jpg"), ArchiveFault.SYMLINK),
        (entry("b.jpg", kind=tarfile.CHRTYPE), ArchiveFault.SYMLINK),
        (entry("b.jpg", kind=tarfile.BLKTYPE), ArchiveFault.SYMLINK),
        (entry("b.jpg", kind=tarfile.FIFOTYPE), ArchiveFault.SYMLINK),
        (entry("b.zip"), ArchiveFault.NESTED),
        (entry("a.jpg"), ArchiveFault.DUPLICATE),
    ],
)
def test_a_dangerous_member_is_left_out_with_its_reason(bad: tarfile.TarInfo, fault: ArchiveFault) -> None:
    assert only_problem(tarred(("a.jpg", b"photo"), (bad, b""))) == fault


def test_a_sparse_file_is_left_out() -> None:
    sparse = entry("b.jpg")
    sparse.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "b.jpg",
                          "GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,0"}  # fmt: skip
    data = tarred(("a.jpg", b"photo"), (sparse, b""), format=tarfile.PAX_FORMAT)
    assert only_problem(data) == ArchiveFault.METHOD


def test_limits() -> None:
    data = tarred(("a.jpg", b"photo"), ("b.jpg", b"x" * 1000))
    assert refused(data, members=1) == ArchiveFault.TOO_MANY_MEMBERS
    assert refused(data, total=1000) == ArchiveFault.TOO_LARGE
    assert [problem.code for problem in opened(data, member=999).problems] == [ArchiveFault.MEMBER_TOO_LARGE]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    class Zeros(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=9) as archive:
        archive.addfile(entry("a.bmp", 40_000_000), Zeros())
        archive.addfile(entry("b.bmp", 40_000_000), Zeros())
    start = time.process_time()
    assert refused(file.getvalue(), harmless=2_000_000) == ArchiveFault.BOMB
    assert time.process_time() - start < 2


def test_a_size_beyond_the_end_is_not_believed() -> None:
    data = bytearray(tarred(("a.jpg", b"photo")))
    header = entry("a.jpg", 8**11 - 1).tobuf()
    data[:512] = header
    assert refused(bytes(data)) == ArchiveFault.DAMAGED
    assert refused(gzip.compress(bytes(data))) == ArchiveFault.BOMB


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_megabytes_is_not_read_into_memory(kind: bytes) -> None:
    size = 40_000_000
    data = gzip.compress(entry("x", size, kind).tobuf() + b"1" * size + entry("a.jpg").tobuf() + bytes(1024))
    tracemalloc.start()
    try:
        assert refused(data) == ArchiveFault.DAMAGED
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_headers_without_end_are_refused() -> None:
    pax = entry("x", 13, tarfile.XHDTYPE).tobuf() + b"13 path=abcd\n".ljust(512, b"\0")
    assert refused(pax * 5000 + entry("a.jpg").tobuf() + bytes(1024)) == ArchiveFault.DAMAGED


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_one_that_is_cut_off_is_refused(mode: str) -> None:
    first, second = (np.random.default_rng(seed).bytes(20_000) for seed in (1, 2))
    data = tarred(("a.jpg", first), ("b.jpg", second), mode=mode)
    for end in (700, 20_300, 35_000):
        assert refused(data[:end]) == ArchiveFault.DAMAGED


def test_a_damaged_header_is_not_taken_for_the_end() -> None:
    data = bytearray(tarred(("a.jpg", b"photo"), ("b.jpg", b"photo")))
    data[1024 + 100] ^= 1
    assert refused(bytes(data)) == ArchiveFault.DAMAGED


@pytest.mark.parametrize(
    "start",
    [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x00", b"BZh91AY", b"\xfd7zXZ\x00\x00", gzip.compress(LABELS)],
    # The bytes of gzip hold the time, and the processes of a test run must agree on the names of tests.
    ids=["7z", "rar", "bzip2", "xz", "gzip"],
)
def test_other_archives_are_refused_as_such(start: bytes) -> None:
    assert is_archive(start)
    assert refused(start + bytes(600)) == ArchiveFault.METHOD


def test_a_zip_is_still_a_zip() -> None:
    data = zipped(("a.jpg", b"photo"))
    assert is_archive(data)
    assert [member.name for member in opened(data).members] == ["a.jpg"]


@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff\xe0" + bytes(508), bytes(512), b"{" * 600])
def test_what_is_no_archive(start: bytes) -> None:
    assert not is_archive(start)
    assert refused(start) == ArchiveFault.NOT_A_ZIP
