"""A zip of photos: every member is checked as if it had been sent alone, and what was refused is told."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders import library
from tests.builders.library import photo
from tests.formats.files.tar_files import entry, tarred
from tests.formats.files.zip_files import encrypted, with_symlink, zipped
from tests.formats.images.photo_files import exif, huge_png, picture, saved
from webapp.core import storage
from webapp.core.extensions import db
from webapp.images import zips as image_zips
from webapp.images.intake import FileRefused, Upload
from webapp.models import DetectionModel, Image, LibraryRun, RunStatus, Split, User
from webapp.projects import detection_models
from webapp.runs import library_runs


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    # A test before may have left a zip whose run no worker took.
    for zip_file in kept_zips():
        zip_file.unlink()
    return detection_models.create_model("Screws", "", administrator)


def kept_zips() -> list[Path]:
    return list((storage.data_dir() / "uploads").glob("*.zip"))


def start(model: DetectionModel, content: bytes) -> LibraryRun:
    return image_zips.start(model, Split.TRAIN, Upload("day.zip", io.BytesIO(content)), None)


def carry_out(run: LibraryRun, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(run_job, "application", lambda: app)
    run_id = run.id
    task_library.carry_out_run(run_id)
    db.session.expire_all()
    result = db.session.get_one(LibraryRun, run_id).result
    assert result is not None
    return result


def names() -> list[str]:
    return list(db.session.scalars(select(Image.filename).order_by(Image.id)))


def test_photos_of_all_folders_are_taken_and_the_zip_goes(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(
        ("day/a.png", photo(1)),
        ("day/深/螺絲🔩.png", photo(2)),
        ("day/again.png", photo(1)),
        ("__MACOSX/._a.png", b"x"),
    )
    result = carry_out(start(model, content), clean_app, monkeypatch)
    assert result == {
        "created": 2,
        "duplicates": 1,
        "refused": 0,
        "refused_examples": [],
        "remarks": 0,
        "remark_examples": [],
    }
    assert names() == ["a.png", "螺絲🔩.png"]
    assert kept_zips() == []


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_of_photos_is_taken_like_a_zip(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    link = entry("link.png", kind=b"2", target="/etc/passwd")
    content = tarred(("day/a.png", photo(1)), (link, b""), ("day/螺絲.png", photo(2)), mode=mode)
    assert image_zips.is_photo_zip(io.BytesIO(content))
    result = carry_out(start(model, content), clean_app, monkeypatch)
    assert (result["created"], result["refused"]) == (2, 1)
    assert [fault["code"] for _name, fault in result["refused_examples"]] == ["zip_symlink"]
    assert names() == ["a.png", "螺絲.png"]
    assert kept_zips() == []


def test_each_bad_member_is_told_with_its_reason_beside_the_good_one(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(
        ("empty.jpg", b""),
        ("text.jpg", b"no picture"),
        ("bomb.png", huge_png(40_000, 40_000)),
        ("labels.json", b"{}"),
        ("README.txt", b"Photos of day 1"),
        ("inner.zip", zipped(("x.png", photo(3)))),
        ("../out.png", photo(4)),
        ("/root.png", photo(5)),
        ("n" * 5000 + ".png", photo(6)),
        ("good.jpg", saved(picture(), "JPEG", exif=exif(6))),
    )
    result = carry_out(start(model, content), clean_app, monkeypatch)
    assert sorted(fault["code"] for _name, fault in result["refused_examples"]) == [
        "empty",
        "labels_among_photos",
        "text",
        "text",
        "too_many_pixels",
        "zip_nested",
        "zip_unsafe_path",
        "zip_unsafe_path",
    ]
    assert result["refused"] == 8
    assert names() == [("n" * 196) + ".png", "good.jpg"]


def test_a_link_is_not_followed(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = carry_out(start(model, with_symlink("/etc/passwd")), clean_app, monkeypatch)
    assert [fault["code"] for _name, fault in result["refused_examples"]] == ["zip_symlink", "text"]


def test_a_member_over_the_limit_is_not_read(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_app.extensions["settings"], "max_photo_mb", 1)
    content = zipped(("large.png", os.urandom(2**20 + 1)), ("small.png", photo(1)))
    result = carry_out(start(model, content), clean_app, monkeypatch)
    assert [(name, fault["code"]) for name, fault in result["refused_examples"]] == [
        ("large.png", "photo_too_large")
    ]
    assert result["created"] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 and no more", "zip_damaged"),
        (encrypted(zipped(("a.jpg", b"photo")), "a.jpg"), "zip_encrypted"),
        (zipped(*((f"{n}.bmp", bytes(30 * 2**20)) for n in range(10))), "zip_bomb"),
    ],
)
def test_a_zip_that_is_refused_as_a_whole_leaves_nothing(
    model: DetectionModel, content: bytes, code: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        start(model, content)
    assert refused.value.fault["code"] == code
    assert kept_zips() == []
    assert db.session.scalar(select(LibraryRun)) is None


def test_a_stop_keeps_what_was_taken(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_zips, "PROGRESS_SECONDS", 0)
    run = start(model, zipped(*((f"{n}.png", photo(n)) for n in range(4))))
    progress = library_runs.progress

    def stopped_at_two(run_id: int, done: int, total: int | None = None) -> None:
        progress(run_id, done, total)
        if done == 2:
            raise library_runs.RunStopped

    monkeypatch.setattr(library_runs, "progress", stopped_at_two)
    result = carry_out(run, clean_app, monkeypatch)
    assert db.session.scalar(select(LibraryRun.status)) == RunStatus.STOPPED
    assert (result["created"], names()) == (2, ["0.png", "1.png"])
    assert kept_zips() == []


def test_a_zip_that_its_run_left_behind_is_removed_later(model: DetectionModel) -> None:
    run = start(model, zipped(("a.png", photo(1))))
    [waiting] = kept_zips()
    left = waiting.with_name("photos-left.zip")
    left.write_bytes(b"")
    for path in (waiting, left):
        os.utime(path, (0, 0))
    image_zips.remove_left()
    assert kept_zips() == [waiting]
    library_runs.fail(run.id, {"code": "process_lost", "params": {}})
    image_zips.remove_left()
    assert kept_zips() == []


def test_the_page_starts_the_zip_and_shows_its_report(
    client: FlaskClient, model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = library.add_images(client, model.id, {"day.zip": zipped(("a.png", photo(1)), ("b.jpg", b"no"))})
    assert (answer["created"], answer["rejected"]) == ([], [])
    [run] = answer["runs"]
    assert run["filename"] == "day.zip"
    assert "Waiting for its turn" in client.get(run["panel"]).text
    assert "Waiting for its turn" in client.get(f"/models/{model.id}/images").text
    carry_out(db.session.scalars(select(LibraryRun)).one(), clean_app, monkeypatch)
    for address in (run["panel"], f"/models/{model.id}/images", f"/models/{model.id}/images/work/1"):
        page = client.get(address).text
        assert "b.jpg" in page and "This is not a picture" in page, address


def test_a_bad_zip_is_refused_beside_the_good_photo(client: FlaskClient, model: DetectionModel) -> None:
    answer = library.add_images(client, model.id, {"bad.zip": b"PK\x03\x04", "a.png": photo(1)})
    assert [image["filename"] for image in answer["created"]] == ["a.png"]
    assert [one["filename"] for one in answer["rejected"]] == ["bad.zip"]
    assert "damaged or cut off" in answer["rejected"][0]["reason"]


def test_without_scripts_a_zip_leads_to_its_run(client: FlaskClient, model: DetectionModel) -> None:
    data = {"split": "test", "files": [(io.BytesIO(zipped(("a.png", photo(1)))), "a.zip")]}
    answer = client.post(f"/models/{model.id}/images", data=data)
    assert answer.location == f"/models/{model.id}/images/work/1"


def test_a_sender_learns_which_photos_are_there(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": photo(1)}, "validation")
    sha256 = db.session.scalars(select(Image.sha256)).one()
    address = f"/models/{model.id}/images/known"
    answer = client.post(address, json={"hashes": [sha256, "0" * 64, 5, "x"]})
    assert answer.get_json() == {"known": {sha256: "already in validation"}}
    for wrong in ({}, {"hashes": "x"}, [], {"hashes": ["0" * 64] * 1001}):
        assert client.post(address, json=wrong).status_code == 422
