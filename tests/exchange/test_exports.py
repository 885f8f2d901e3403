"""Exports through the database: identical after an import, of one moment, kept, stopped and removed."""

import io
import itertools
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders.library import photo
from tests.formats.coco.test_writer import HEIGHT, WIDTH, shapes_of_all_kinds
from tests.images.seeded import add_photo
from webapp.annotations import categories
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.exports.label_reader import snapshot
from webapp.exchange.exports.selection import ExportSelection
from webapp.exchange.imports import single_request
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import (
    Annotation,
    Category,
    DetectionModel,
    Image,
    ImageFile,
    LibraryRun,
    RunStatus,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.projects import detection_models

numbers = itertools.count(1)
SQUARE = ExportShape("date", [[1.0, 1.0, 9.0, 1.0, 9.0, 9.0, 1.0, 9.0]], [1.0, 1.0, 8.0, 8.0], 64.0)


@pytest.fixture(autouse=True)
def _no_exports_of_other_tests(clean_app: OpenAPI) -> None:
    for path in storage.exports_dir().iterdir():
        path.unlink()


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def label(image: Image, shapes: list[ExportShape], no_object: bool = False) -> None:
    model = db.session.get_one(DetectionModel, image.model_id)
    ids = categories.ensure(model, list(dict.fromkeys(shape.category for shape in shapes)))
    db.session.add_all(
        Annotation(
            image_id=image.id,
            category_id=ids[shape.category],
            segmentation=shape.segmentation,
            bbox=shape.bbox,
            area=shape.area,
            iscrowd=shape.iscrowd,
            is_box=shape.is_box,
        )
        for shape in shapes
    )
    image.labelled, image.no_object = bool(shapes) or no_object, no_object
    db.session.flush()


def photo_row(model: DetectionModel, name: str, split: Split, sha256: str) -> Image:
    if db.session.get(ImageFile, sha256) is None:
        db.session.add(ImageFile(sha256=sha256, suffix=".jpg", width=WIDTH, height=HEIGHT, size=1))
    image = Image(model_id=model.id, sha256=sha256, filename=name, split=split)
    db.session.add(image)
    db.session.flush()
    return image


def written(model: DetectionModel, choice: ExportSelection | None = None) -> bytes:
    choice = choice or ExportSelection()
    return b"".join(label_files.chunks(label_files.write(model, choice), choice))


# Names whose order differs between languages and Python.
file_names = st.lists(st.text("aBc_é缺10", min_size=1, max_size=4), min_size=4, max_size=4, unique=True)
splits = st.lists(st.sampled_from(list(Split)), min_size=4, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file_names, splits, st.lists(shapes_of_all_kinds, min_size=3, max_size=3))
def test_an_export_imported_into_another_model_is_identical(
    administrator: User, names: list[str], splits: list[Split], shapes: list[list[ExportShape]]
) -> None:
    number = next(numbers)
    first = detection_models.create_model(f"First {number}", "", administrator)
    second = detection_models.create_model(f"Second {number}", "", administrator)
    for model in (first, second):
        for index, (name, split) in enumerate(zip(names, splits, strict=True)):
            image = photo_row(model, f"{name}.jpg", split, f"{number:032x}{index:032x}")
            if model is first:
                label(image, [*shapes, []][index], no_object=index == 3)
    db.session.commit()
    document = written(first)
    sent = [Upload("labels.json", io.BytesIO(document))]
    single_request.import_annotations(second, Split.TRAIN, sent, [], administrator)
    assert written(second) == document
    assert sum(map(len, shapes)) == len(json.loads(document)["annotations"])


def test_a_snapshot_sees_one_moment(model: DetectionModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.exchange.exports.label_reader.PAGE", 1)
    images = [add_photo(model, f"{name}.jpg") for name in "abc"]
    for image in images:
        label(image, [SQUARE])
    db.session.commit()
    seen = []
    with snapshot(model.id) as labels:
        for found in labels.photos:
            seen.append((found.image.file_name, len(found.shapes)))
            label(images[2], [SQUARE])
            label(add_photo(model, f"d{len(seen)}.jpg"), [SQUARE])
            db.session.commit()
    assert seen == [("a.jpg", 1), ("b.jpg", 1), ("c.jpg", 1)]


def test_an_export_holds_labelled_photos_of_its_model_and_split(
    model: DetectionModel, administrator: User
) -> None:
    label(add_photo(model, "a.jpg"), [SQUARE])
    label(add_photo(model, "none.jpg", split=Split.TEST), [], no_object=True)
    add_photo(model, "new.jpg")
    other = detection_models.create_model("Nuts", "", administrator)
    label(add_photo(other, "b.jpg"), [ExportShape("fig", SQUARE.segmentation, SQUARE.bbox, 64.0)])
    db.session.add(Category(model_id=model.id, name="unused", color="#000000", position=9))
    db.session.commit()
    document = json.loads(written(model))
    assert [image["file_name"] for image in document["images"]] == ["a.jpg", "none.jpg"]
    assert [image.get("no_object", False) for image in document["images"]] == [False, True]
    assert [category["name"] for category in document["categories"]] == ["date", "unused"]
    only_test = json.loads(written(model, ExportSelection(Split.TEST)))
    assert [image["file_name"] for image in only_test["images"]] == ["none.jpg"]
    # The files of the splits are used together: a number means the same category in each.
    assert only_test["categories"] == document["categories"]


def test_the_shapes_of_each_photo_stay_with_it(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.exchange.exports.label_reader.PAGE", 3)
    monkeypatch.setattr("webapp.exchange.exports.label_reader.ROWS", 2)
    # The order of the names is not that of the ids, and some photos have no shapes.
    for number in reversed(range(10)):
        label(add_photo(model, f"{number}.jpg"), [SQUARE] * (number % 4), no_object=number % 4 == 0)
    db.session.commit()
    document = json.loads(written(model))
    found = [entry["image_id"] - 1 for entry in document["annotations"]]
    assert found == [number for number in range(10) for _shape in range(number % 4)]


def test_small_exports_are_sent_and_large_ones_are_made(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError) as nothing:
        export_runs.is_small(model, ExportSelection())
    assert (nothing.value.code, nothing.value.field) == ("nothing_labelled", "split")
    for name in ("a.jpg", "b.jpg"):
        label(add_photo(model, name), [SQUARE])
    label(add_photo(model, "c.jpg", split=Split.TEST), [SQUARE])
    db.session.commit()
    monkeypatch.setattr(export_runs, "AT_ONCE_PHOTOS", 2)
    assert not export_runs.is_small(model, ExportSelection())
    assert export_runs.is_small(model, ExportSelection(Split.TRAIN))
    monkeypatch.setattr(export_runs, "AT_ONCE_BYTES", 1)  # each photo has one byte
    assert export_runs.is_small(model, ExportSelection(Split.TEST, photos=True))
    assert not export_runs.is_small(model, ExportSelection(Split.TRAIN, photos=True))
    assert export_runs.is_small(model, ExportSelection(Split.TRAIN))
    monkeypatch.setattr(export_runs, "AT_ONCE_PIXELS", 1)
    assert not export_runs.is_small(model, ExportSelection(Split.TRAIN, LabelFormat.VOC))
    assert export_runs.is_small(model, ExportSelection(Split.TRAIN, LabelFormat.YOLO))
    monkeypatch.setattr(export_runs, "AT_ONCE_SHAPES", 1)
    assert not export_runs.is_small(model, ExportSelection(Split.TRAIN))
    assert export_runs.is_small(model, ExportSelection(Split.TEST))


@pytest.fixture
def with_photos(model: DetectionModel) -> DetectionModel:
    """Two labelled photos whose files are there."""
    files = [Upload(f"{shade}.png", io.BytesIO(photo(shade))) for shade in (1, 2)]
    for image in image_intake.add_images(model, Split.TRAIN, files).created:
        label(image, [SQUARE])
    db.session.commit()
    return model


def carried_out(run: LibraryRun, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> LibraryRun:
    """As the io worker does, in this process."""
    monkeypatch.setattr(run_job, "application", lambda: app)
    task_library.carry_out_run(run.id)
    db.session.expire_all()
    return run


def test_a_large_export_is_made_and_kept(
    with_photos: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = ExportSelection(format=LabelFormat.VIA, photos=True)
    run = carried_out(export_runs.start(with_photos, choice, administrator), clean_app, monkeypatch)
    assert (run.status, run.done, run.total) == (RunStatus.COMPLETED, 2, 2)
    path = export_runs.open_file(run)
    archive = ZipFile(path)
    assert archive.testzip() is None
    assert archive.namelist() == ["via_project.json", "photos/1.png", "photos/2.png"]
    first = db.session.scalars(db.select(Image).filter_by(filename="1.png")).one()
    assert archive.read("photos/1.png") == image_intake.file_path(first.file).read_bytes()
    assert run.result == {
        "file": path.name,
        "filename": "Screws-via.zip",
        "size": path.stat().st_size,
        "photos": 2,
        "shapes": 2,
        "missing": 0,
        "changes": {},
        "import_limit_mb": None,
    }
    assert list(storage.exports_dir().iterdir()) == [path]


def test_photos_whose_file_is_missing_are_counted(
    with_photos: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = db.session.scalars(db.select(Image).filter_by(filename="1.png")).one()
    image_intake.file_path(image.file).unlink()
    run = carried_out(
        export_runs.start(with_photos, ExportSelection(photos=True), administrator), clean_app, monkeypatch
    )
    assert run.result and run.result["missing"] == 1
    assert ZipFile(export_runs.open_file(run)).namelist() == ["annotations.json", "photos/2.png"]


def test_the_same_export_is_made_once_at_a_time(with_photos: DetectionModel, administrator: User) -> None:
    run = export_runs.start(with_photos, ExportSelection(), administrator)
    assert export_runs.start(with_photos, ExportSelection(), administrator) is run
    assert export_runs.start(with_photos, ExportSelection(Split.TRAIN), administrator) is not run
    other = detection_models.create_model("Nuts", "", administrator)
    assert export_runs.start(other, ExportSelection(), administrator) is not run


def stop_at(place: str, run: LibraryRun, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for a stop as soon as the work has come to ``place``."""
    function = getattr(label_files, place)

    def meanwhile(*args: Any) -> Any:
        with app.app_context():
            export_runs.library_runs.request_stop(db.session.get_one(LibraryRun, run.id))
        return function(*args)

    monkeypatch.setattr(label_files, place, meanwhile)


@pytest.mark.parametrize("place", ["write", "chunks"])
def test_a_stop_leaves_no_file(
    with_photos: DetectionModel,
    administrator: User,
    clean_app: OpenAPI,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.setattr(label_files, "EVERY", 1)
    run = export_runs.start(with_photos, ExportSelection(photos=True), administrator)
    stop_at(place, run, clean_app, monkeypatch)
    carried_out(run, clean_app, monkeypatch)
    assert (run.status, run.result, run.error) == (RunStatus.STOPPED, None, None)
    assert list(storage.exports_dir().iterdir()) == []
    with pytest.raises(UserError) as gone:
        export_runs.open_file(run)
    assert gone.value.status == 404


def test_a_disk_without_room_is_told_before_photos_are_copied(
    with_photos: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_runs, "ROOM", 2**60)
    run = carried_out(
        export_runs.start(with_photos, ExportSelection(photos=True), administrator), clean_app, monkeypatch
    )
    assert run.status == RunStatus.FAILED
    assert run.error and run.error["code"] == "disk_full"
    assert list(storage.exports_dir().iterdir()) == []


def age(run: LibraryRun, time: timedelta) -> None:
    db.session.execute(update(LibraryRun).where(LibraryRun.id == run.id).values(finished_at=now() - time))
    db.session.commit()


def make_old(path: Path) -> Path:
    path.write_bytes(b"left behind")
    long_ago = (now() - 2 * export_runs.STRAY).timestamp()
    os.utime(path, (long_ago, long_ago))
    return path


def test_exports_go_after_a_week_and_files_of_none_after_a_day(
    with_photos: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = (
        carried_out(
            export_runs.start(with_photos, ExportSelection(split), administrator), clean_app, monkeypatch
        )
        for split in (None, Split.TRAIN)
    )
    kept = make_old(export_runs.open_file(young))
    make_old(storage.exports_dir() / ".99.zip.abc.tmp")
    fresh = storage.exports_dir() / ".100.zip.abc.tmp"
    fresh.write_bytes(b"being written")
    age(old, export_runs.KEPT + timedelta(hours=1))
    age(young, export_runs.KEPT - timedelta(hours=1))
    assert export_runs.days_left(young) == 1
    export_runs.remove_old()
    assert sorted(storage.exports_dir().iterdir()) == sorted([kept, fresh])
    db.session.expire_all()
    assert old.result and (old.result["file"], old.result["photos"]) == (None, 2)
    assert export_runs.days_left(old) is None
    with pytest.raises(UserError) as gone:
        export_runs.open_file(old)
    assert gone.value.status == 404
    fresh.unlink()
