"""What is restored is what was there at the moment of the backup: every row, every byte."""

import stat
import subprocess
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from embedded.waiting import wait_until
from tests.backups.conftest import Empty
from tests.backups.contents import Contents, contents_here, files_here
from tests.builders import runs as builders
from webapp.backups import held_files, making, records, restoring
from webapp.backups.held_files import HeldFiles
from webapp.core.extensions import db
from webapp.images import stored_files
from webapp.images import trash as image_trash
from webapp.models import PredictionRun, User
from webapp.prediction import deletion
from webapp.projects import purge as model_purge


def test_every_row_and_every_byte(whole: tuple[Path, Contents], empty: Empty) -> None:
    path, there = whole
    assert len(there.files) > 8
    assert any("檢測 🔬" in row for row in there.rows["detection_model"])
    empty()
    restoring.restore(path)
    restored = contents_here()
    assert restored.rows == there.rows
    assert restored.sequences == there.sequences
    assert restored.files == there.files


def test_what_is_restored_works_on(whole: tuple[Path, Contents], empty: Empty) -> None:
    path, there = whole
    empty()
    restoring.restore(path)
    user = db.session.query(User).one()
    model = builders.model_with_photos(user, train=1)
    counted = db.session.execute(
        text("SELECT sum(count) FROM image_count WHERE model_id = :id"), {"id": model.id}
    ).scalar()
    assert counted == 3  # triggers are at work again
    with pytest.raises(Exception, match="foreign key"):
        db.session.execute(text("UPDATE image SET model_id = 4711 WHERE id = (SELECT min(id) FROM image)"))
    db.session.rollback()
    assert len(contents_here().rows["image"]) == len(there.rows["image"]) + 3


def test_it_is_closed_to_others_and_noted(whole: tuple[Path, Contents]) -> None:
    path, _there = whole
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    last = records.last_backup()
    assert last is not None
    assert (last.ok, last.path, last.size_bytes) == (True, path, path.stat().st_size)
    assert sorted(one.name for one in path.parent.iterdir()) == ["backup.tar", "data"]
    assert not list((path.parent / "data" / "backups").glob("links-*"))


def test_ordinary_tools_read_and_check_it(whole: tuple[Path, Contents], tmp_path: Path) -> None:
    path, there = whole
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["tar", "-xf", path, "-C", out], check=True)
    sums = sorted(str(one.relative_to(out)) for one in (out / "sums").iterdir())
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", *sums], cwd=out, check=True)
    photos = {name: (out / "files" / name).read_bytes() for name in there.files}
    assert photos == there.files


def test_what_is_deleted_meanwhile_is_in_it(
    installation: OpenAPI, tmp_path: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = contents_here()
    write = making._write

    def delete_all_then_write(*arguments: Any) -> None:
        run = db.session.query(PredictionRun).one()
        run.status = "completed"
        db.session.commit()
        deletion.delete_run(run)
        image_trash.purge(timedelta(0))
        model_purge.purge(timedelta(0))
        monkeypatch.setattr(stored_files, "GRACE", timedelta(0))
        assert stored_files.free_unneeded_files() > 0
        write(*arguments)

    monkeypatch.setattr(making, "_write", delete_all_then_write)
    making.make(tmp_path / "b.tar")
    assert len(files_here()) < len(there.files)
    empty()
    restoring.restore(tmp_path / "b.tar")
    restored = contents_here()
    assert restored.rows == there.rows
    assert restored.files == there.files


def test_a_deletion_waits_until_the_files_are_held(
    installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = HeldFiles.take
    run = db.session.query(PredictionRun).one()
    run.status = "completed"
    db.session.commit()
    run_id = run.id
    pictures = files_here(("results",))
    assert pictures

    def delete() -> None:
        with installation.app_context():
            deletion.delete_run(db.session.get_one(PredictionRun, run_id))

    deleting = threading.Thread(target=delete)

    def waits() -> bool:
        with db.engine.connect() as connection:
            waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
            return bool(connection.scalar(text(waiting)))

    def take_while_somebody_deletes(held: HeldFiles, folders: tuple[str, ...]) -> None:
        if folders == held_files.WRITTEN_ONCE:
            deleting.start()
            wait_until(waits, "the deletion waits")
            assert files_here(("results",)) == pictures
        take(held, folders)

    monkeypatch.setattr(HeldFiles, "take", take_while_somebody_deletes)
    making.make(tmp_path / "b.tar")
    deleting.join(30)
    assert not deleting.is_alive()
    assert files_here(("results",)) == {}
    names = subprocess.run(
        ["tar", "-tf", tmp_path / "b.tar"], check=True, capture_output=True, text=True
    ).stdout
    assert all(f"files/{name}\n" in names for name in pictures)


def test_a_log_ends_where_it_was(
    installation: OpenAPI, tmp_path: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = files_here()
    log = next(name for name in there if name.endswith("training.log"))
    write = making._write

    def write_on(*arguments: Any) -> None:
        with (tmp_path / "data" / log).open("ab") as file:
            file.write(b"a later line\n")
        write(*arguments)

    monkeypatch.setattr(making, "_write", write_on)
    making.make(tmp_path / "b.tar")
    empty()
    restoring.restore(tmp_path / "b.tar")
    assert files_here() == there


def test_on_a_disk_without_links(
    installation: OpenAPI, tmp_path: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_more: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(held_files.os, "link", refuse)
    there = contents_here()
    making.make(tmp_path / "b.tar")
    monkeypatch.undo()
    empty()
    restoring.restore(tmp_path / "b.tar")
    assert contents_here() == there


def test_rows_alone_meet_the_files_that_are_there(
    installation: OpenAPI, tmp_path: Path, empty: Empty
) -> None:
    there = contents_here()
    making.make(tmp_path / "b.tar", with_files=False)
    app = empty()
    photo = app.extensions["settings"].data_dir / "photos" / "ab" / "abc.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"kept")
    restoring.restore(tmp_path / "b.tar")
    assert contents_here().rows == there.rows
    assert photo.read_bytes() == b"kept"
