"""What cannot be backed up or restored is refused in one sentence, and nothing is left."""

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI

from tests.backups.conftest import Empty
from tests.backups.contents import Contents, contents_here, files_here
from webapp.backups import making, records, restoring, rows, verifying, versions
from webapp.backups.faults import BackupFault
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.backups.layout import DamagedArchive

Damage = Callable[[bytes], bytes]


def at(data: bytes, name: bytes) -> int:
    return data.index(name) + 512


def changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


DAMAGES: dict[str, Damage] = {
    "header": lambda data: changed(data, at(data, b"header.json") + 20),
    "rows": lambda data: changed(data, at(data, b"rows/annotation/") + 30),
    "a photo": lambda data: changed(data, at(data, b"files/photos/") + 100),
    "weights": lambda data: changed(data, at(data, b"files/weights/") + 100),
    "hashes": lambda data: changed(data, at(data, b"sums/000001") + 3),
    "end": lambda data: changed(data, at(data, b"end.json") + 25),
    "a tar header": lambda data: changed(data, data.index(b"files/photos/") + 130),
    "cut in a file": lambda data: data[: at(data, b"files/photos/") + 100],
    "cut between files": lambda data: data[: data.index(b"sums/000001")],
    "without its end": lambda data: data[: data.index(b"end.json")],
}


def assert_nothing_is_here() -> None:
    with db.engine.connect() as connection:
        assert not rows.are_there(connection)
    assert files_here() == {}
    assert not (storage.data_dir() / "restoring").exists()


def test_damage_is_found_and_nothing_is_restored(
    whole: tuple[Path, Contents], empty: Empty, tmp_path: Path
) -> None:
    data = whole[0].read_bytes()
    empty()
    for what, damage in DAMAGES.items():
        broken = tmp_path / "broken.tar"
        broken.write_bytes(damage(data))
        with pytest.raises(DamagedArchive):
            verifying.verify(broken)
            pytest.fail(f"{what} was not found")
        with pytest.raises(BackupFault) as refused:
            restoring.restore(broken)
        assert refused.value.code in ("damaged", "truncated", "hostile", "newer"), what
        assert_nothing_is_here()
    restoring.restore(whole[0])
    assert contents_here() == whole[1]


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info.tobuf(tarfile.GNU_FORMAT)


HOSTILE = {
    "upwards": member("files/photos/../../escaped"),
    "absolute": member("/tmp/escaped"),  # noqa: S108
    "absolute below": member("files//tmp/escaped"),
    "keys": member("files/secrets/secret_key"),
    "another table": member("rows/alembic_version/000001.copy.gz"),
    "no table": member("rows/x;y/000001.copy.gz"),
    "a link": member("files/photos/link", tarfile.SYMTYPE, link="/etc"),
    "a hard link": member("files/photos/link", tarfile.LNKTYPE, link="/etc/passwd"),
    "a device": member("files/photos/null", tarfile.CHRTYPE),
    "a folder": member("files/photos/folder", tarfile.DIRTYPE),
    "an endless header": member("files/photos/x", tarfile.XHDTYPE, 2**40),
    "an endless name": member("././@LongLink", tarfile.GNUTYPE_LONGNAME, 2**40),
    "endless hashes": member("sums/000002.sha256", size=2**40),
    "an endless file": member("files/photos/x", size=2**40),
    "twice": 2 * member("files/photos/x"),
    "a file as a folder": member("files/photos/x") + member("files/photos/x/y"),
    "a long name": member("files/photos/" + "x" * 300),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_writes_nothing(
    what: str, whole: tuple[Path, Contents], empty: Empty, tmp_path: Path
) -> None:
    data = whole[0].read_bytes()
    first = data.index(b"files/photos/")
    hostile = tmp_path / "hostile.tar"
    hostile.write_bytes(data[:first] + HOSTILE[what] + data[first:])
    empty()
    with pytest.raises(BackupFault) as refused:
        restoring.restore(hostile)
    assert refused.value.code in ("hostile", "damaged", "truncated")
    assert_nothing_is_here()
    assert not (tmp_path / "escaped").exists()


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(BackupFault) as refused:
        action()
    return refused.value.code


def test_what_is_no_backup(installation: OpenAPI, tmp_path: Path, empty: Empty) -> None:
    empty()
    other = tmp_path / "other.tar"
    assert refusal(lambda: restoring.restore(other)) == "no_such_file"
    other.write_bytes(b"")
    assert refusal(lambda: restoring.restore(other)) == "not_a_backup"
    other.write_bytes(b"hello" * 1000)
    assert refusal(lambda: restoring.restore(other)) == "not_a_backup"
    with tarfile.open(other, "w") as archive:
        archive.addfile(tarfile.TarInfo("readme"), io.BytesIO())
    assert refusal(lambda: restoring.restore(other)) == "not_a_backup"


def test_where_something_is_nothing_is_restored(whole: tuple[Path, Contents], empty: Empty) -> None:
    path, there = whole
    assert refusal(lambda: restoring.restore(path)) == "not_empty"
    assert contents_here() == there
    app = empty()
    photo = app.extensions["settings"].data_dir / "photos" / "ab" / "x.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"somebody's")
    assert refusal(lambda: restoring.restore(path)) == "not_empty"
    assert photo.read_bytes() == b"somebody's"


def test_of_a_newer_version(
    whole: tuple[Path, Contents], empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty()
    monkeypatch.setattr(restoring.versions, "is_known", lambda _revision: False)
    assert refusal(lambda: restoring.restore(whole[0])) == "newer"


def test_a_restore_that_was_killed_is_begun_anew(whole: tuple[Path, Contents], empty: Empty) -> None:
    path, there = whole
    data = empty().extensions["settings"].data_dir
    (data / "restoring").mkdir()
    (data / "restoring" / "moving").touch()
    (data / "photos" / "ab").mkdir(parents=True)
    (data / "photos" / "ab" / "half.jpg").write_bytes(b"half")
    restoring.restore(path)
    assert contents_here() == there


def test_a_place_that_will_not_do(installation: OpenAPI, tmp_path: Path, empty: Empty) -> None:
    assert refusal(lambda: making.make(tmp_path / "none" / "b.tar")) == "folder_missing"
    assert refusal(lambda: making.make(tmp_path / "data")) == "file_exists"
    assert records.last_backup() is None  # a mistyped command is no failed backup
    with making.alone():
        assert refusal(lambda: making.make(tmp_path / "b.tar")) == "under_way"
    app = empty(min_free_gb=10**6)
    assert refusal(lambda: making.make(tmp_path / "b.tar")) == "nothing_here"
    with db.engine.begin() as connection:
        versions.upgrade(connection)
    assert refusal(lambda: making.make(app.extensions["settings"].data_dir / "b.tar")) == "disk_short"
    last = records.last_backup()
    assert last is not None
    assert last.fault == "disk_short"
    assert last.error is not None


def test_what_cannot_be_read_back_is_not_named(
    installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = making._write

    def write_badly(path: Path, *arguments: object) -> None:
        write(path, *arguments)  # type: ignore[arg-type]
        path.write_bytes(DAMAGES["a photo"](path.read_bytes()))

    monkeypatch.setattr(making, "_write", write_badly)
    assert refusal(lambda: making.make(tmp_path / "b.tar")) == "not_read_back"
    assert [one.name for one in tmp_path.iterdir()] == ["data"]
    shutil.rmtree(tmp_path / "data")
