"""A watched folder: new photos in, results out, nothing read before it is complete."""

import csv
import io
import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from PIL import Image

from embedded.waiting import wait_until
from tests.line.conftest import Start
from webapp.core.extensions import db
from webapp.formats.detection_table import COLUMNS
from webapp.line import watched_folders
from webapp.models import DetectionModel, User, WatchedFolder


@pytest.fixture
def folder(trained: DetectionModel, administrator: User) -> WatchedFolder:
    """Empty: the tests share ``DATA_DIR``, and their models have the same number and name."""
    shutil.rmtree(watched_folders.watch_dir(), ignore_errors=True)
    return watched_folders.save(trained, True, None, administrator)


@pytest.fixture
def place(folder: WatchedFolder) -> Path:
    return watched_folders.path_of(folder)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_photo_becomes_results_and_moves(
    folder: WatchedFolder, place: Path, predictor: None, start: Start, photo_bytes: bytes
) -> None:
    start("watch")
    (place / "in" / "滾珠 1.jpg").write_bytes(photo_bytes)
    wait_until(lambda: names(place / "done") == {"滾珠 1.jpg"}, "the photo is done", 60)
    assert names(place / "in") == set()
    assert names(place / "out") == {f"滾珠 1.jpg{ending}" for ending in (".json", ".csv", ".result.jpg")}
    assert (place / "done" / "滾珠 1.jpg").read_bytes() == photo_bytes
    document = json.loads((place / "out" / "滾珠 1.jpg.json").read_text())
    assert document["photo"] == "滾珠 1.jpg"
    assert document["detections"]
    table = (place / "out" / "滾珠 1.jpg.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(document["detections"])
    # The columns of a prediction's CSV, so that one script reads both.
    assert tuple(rows[0]) == COLUMNS
    assert document["weights_id"] == folder.model.weights_in_use_id == int(rows[0]["weights_id"])
    assert document["weights"] == rows[0]["weights"] == "Fruits-1.safetensors"
    assert float(rows[0]["object_length"]) >= float(rows[0]["object_width"]) > 0
    assert len(rows[0]["polygon"].split()) >= 3
    with Image.open(place / "out" / "滾珠 1.jpg.result.jpg") as picture:
        assert picture.size == (document["width"], document["height"])
    # A second photo of that name does not take the place of the first.
    (place / "in" / "滾珠 1.jpg").write_bytes(photo_bytes)
    wait_until(lambda: names(place / "done") == {"滾珠 1.jpg", "滾珠 1-2.jpg"}, "the second is done", 60)
    wait_until(lambda: counted(folder) == (2, 0), "both are counted", 10)


def test_a_file_that_is_still_written_is_not_read(
    folder: WatchedFolder, place: Path, predictor: None, start: Start, photo_bytes: bytes
) -> None:
    start("watch")
    half = len(photo_bytes) // 2
    (place / "in" / "later.jpg.part").write_bytes(photo_bytes)
    with (place / "in" / "slow.jpg").open("wb") as writing:
        writing.write(photo_bytes[:half])
        writing.flush()
        # Another photo comes and goes meanwhile: the watch has looked at the half one several times.
        for name in ("a.jpg", "b.jpg"):
            (place / "in" / name).write_bytes(photo_bytes)
            wait_until(lambda name=name: name in names(place / "done"), f"{name} is done", 60)
        assert names(place / "in") == {"slow.jpg", "later.jpg.part"}
        assert names(place / "failed") == set()
        writing.write(photo_bytes[half:])
    wait_until(lambda: "slow.jpg" in names(place / "done"), "the slow one is done", 60)
    assert (place / "done" / "slow.jpg").read_bytes() == photo_bytes
    assert names(place / "in") == {"later.jpg.part"}


def test_what_is_no_photo_goes_to_failed_with_its_reason(
    folder: WatchedFolder, place: Path, predictor: None, start: Start, photo_bytes: bytes
) -> None:
    start("watch")
    (place / "in" / "notes.gif").write_bytes(b"%PDF-1.7 and so on")
    (place / "in" / "good.jpg").write_bytes(photo_bytes)
    wait_until(lambda: "notes.gif" in names(place / "failed"), "the other file is given up", 60)
    # In the language of who watches; nobody chose one here.
    assert "不支援 PDF" in (place / "failed" / "notes.gif.txt").read_text()
    wait_until(lambda: names(place / "done") == {"good.jpg"}, "the photo is done", 60)
    wait_until(lambda: counted(folder) == (1, 1), "both are counted", 10)


def test_a_name_of_any_kind_keeps_no_other_photo_waiting(
    folder: WatchedFolder, place: Path, predictor: None, start: Start, photo_bytes: bytes
) -> None:
    start("watch")
    # No Unicode, as a machine of another language writes it; and as long as the file system takes it.
    (place / "in" / os.fsdecode(b"\xa7\xef.gif")).write_bytes(b"%PDF-1.7 and so on")
    (place / "in" / ("長" * 83 + ".jpg")).write_bytes(photo_bytes)
    (place / "in" / "strip.png").write_bytes(strip())
    wait_until(lambda: counted(folder) == (2, 1), "all are counted", 60)
    assert names(place / "in") == set()
    [long] = names(place / "done") - {"strip.png"}
    assert long.startswith("長" * 50)
    assert names(place / "out") >= {f"{long}{ending}" for ending in (".json", ".csv", ".result.jpg")}


def strip() -> bytes:
    """A PNG of 4000 x 3 px."""
    buffer = io.BytesIO()
    Image.new("RGB", (4000, 3), "gray").save(buffer, "PNG")
    return buffer.getvalue()


def test_photos_wait_and_survive_a_kill(
    folder: WatchedFolder, place: Path, predictor: None, start: Start, photo_bytes: bytes
) -> None:
    watch = start("watch")
    for number in range(3):
        (place / "in" / f"{number}.jpg").write_bytes(photo_bytes)
    os.kill(watch.pid, signal.SIGKILL)
    watch.wait()
    assert names(place / "in") == {"0.jpg", "1.jpg", "2.jpg"}
    start("watch")
    wait_until(lambda: names(place / "done") == {"0.jpg", "1.jpg", "2.jpg"}, "all are done", 60)
    assert names(place / "in") == names(place / "failed") == set()


def counted(folder: WatchedFolder) -> tuple[int, int]:
    db.session.rollback()
    db.session.refresh(folder)
    return folder.done, folder.failed
