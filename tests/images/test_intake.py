"""Photos come in: stored once, told apart by content, their thumbnails and hashes made beside them."""

import io
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as PillowImage
from sqlalchemy import func, select

from jobs.tasks import files as task_files
from tests.builders.library import photo
from tests.formats.images.photo_files import picture, saved
from webapp.core import queues, storage
from webapp.core.extensions import db
from webapp.formats.images.decoding import CheckedImage, read_image
from webapp.images import intake as image_intake
from webapp.images import thumbnails
from webapp.images.intake import AddedImages, Upload
from webapp.images.similar import perceptual_hashes
from webapp.models import DetectionModel, Image, ImageFile, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def job(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run here, in this app."""
    monkeypatch.setattr(task_files, "application", lambda: clean_app)
    monkeypatch.setattr(task_files, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(task_files, "GATHER_SECONDS", 0)


def add(model: DetectionModel, files: dict[str, bytes], split: Split = Split.TRAIN) -> AddedImages:
    return image_intake.add_images(
        model, split, [Upload(name, io.BytesIO(data)) for name, data in files.items()]
    )


def waiting_jobs() -> int:
    return queues.waiting(queues.IO)


def test_a_photo_comes_with_size_and_hash(model: DetectionModel) -> None:
    data = saved(picture(120, 80), "JPEG")
    [image] = add(model, {"a.jpg": data}).created
    file = db.session.get_one(ImageFile, image.sha256, populate_existing=True)
    assert (file.width, file.height, file.suffix) == (120, 80, ".jpg")
    assert file.phash == read_image(io.BytesIO(data), "a.jpg", 10_000).phash
    assert image_intake.file_path(file).stat().st_size == file.size


def test_a_file_is_stored_once_for_two_models(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Nut", "", administrator)
    add(model, {"a.png": photo(1)})
    first = db.session.scalars(select(ImageFile)).one()
    path, before, created_at = (
        image_intake.file_path(first),
        image_intake.file_path(first).stat(),
        first.created_at,
    )
    add(other, {"b.png": photo(1)})
    db.session.expire_all()
    again = db.session.scalars(select(ImageFile)).one()
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert again.created_at > created_at, "who frees unused files sees that it is wanted again"


def test_a_file_that_went_missing_is_written_again(model: DetectionModel, administrator: User) -> None:
    [image] = add(model, {"a.png": photo(1)}).created
    path = image_intake.file_path(image.file)
    path.unlink()
    add(detection_models.create_model("Nut", "", administrator), {"a.png": photo(1)})
    assert path.is_file()


def test_a_photo_stored_before_hashes_were_kept_gets_one_when_it_comes_again(
    model: DetectionModel, administrator: User
) -> None:
    [image] = add(model, {"a.png": photo(1)}).created
    expected, image.file.phash = image.file.phash, None
    db.session.commit()
    add(detection_models.create_model("Nut", "", administrator), {"a.png": photo(1)})
    assert db.session.scalar(select(ImageFile.phash)) == expected


def test_the_same_photo_twice_in_one_upload(model: DetectionModel) -> None:
    added = add(model, {"a.png": photo(1), "b.png": photo(1), "c.png": photo(2)})
    assert [image.filename for image in added.created] == ["a.png", "c.png"]
    assert [(name, image.filename) for name, image in added.duplicates] == [("b.png", "a.png")]
    assert db.session.scalar(select(func.count()).select_from(Image)) == 2


def test_cameras_that_number_from_one_again_lose_no_photo(model: DetectionModel) -> None:
    sent = ["cam1/0001.jpg", "cam2/0001.jpg", "cam2\\0001.jpg", "0001.jpg", "other/cam2/0001.jpg"]
    names = [image.filename for name in sent for image in add(model, {name: photo(sent.index(name))}).created]
    assert names == ["0001.jpg", "cam2_0001.jpg", "0001 (2).jpg", "0001 (3).jpg", "0001 (4).jpg"]
    again = add(model, {"cam2/0001.jpg": photo(1)})
    assert [image.filename for _name, image in again.duplicates] == ["cam2_0001.jpg"]


def test_a_name_that_is_taken_in_between_gets_a_number(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests find the name free; the second to write it looks again."""
    store = image_intake._store
    others = [photo(2)]

    def store_late(checked: CheckedImage) -> tuple[ImageFile, bool]:
        if others:
            add(model, {"a.png": others.pop()})
        return store(checked)

    monkeypatch.setattr(image_intake, "_store", store_late)
    [image] = add(model, {"a.png": photo(1)}).created
    assert image.filename == "a (2).png"
    assert db.session.scalars(select(Image.filename).order_by(Image.id)).all() == ["a.png", "a (2).png"]


def test_which_photos_have_arrived_is_known_by_their_hash(model: DetectionModel, administrator: User) -> None:
    [image] = add(model, {"a.png": photo(1)}).created
    [other] = add(detection_models.create_model("Nut", "", administrator), {"b.png": photo(2)}).created
    assert image_intake.known_photos(model, [image.sha256, other.sha256, "0" * 64]) == [image]


def test_a_photo_that_goes_while_it_is_added_leaves_nothing_half_done(model: DetectionModel) -> None:
    gone = DetectionModel(id=model.id + 1)
    with pytest.raises(Exception, match="foreign key"):
        image_intake.add_images(gone, Split.TRAIN, [Upload("a.png", io.BytesIO(photo(1)))])
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(ImageFile)) == 0


@pytest.fixture
def _no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many pictures wait for the thread that no more are taken."""
    monkeypatch.setattr(thumbnails, "_room", BoundedSemaphore(1))
    thumbnails._room.acquire()


def test_a_thumbnail_is_made_behind_the_answer_from_the_picture_at_hand(model: DetectionModel) -> None:
    sizes = {"a.png": (500, 250), "b.jpg": (640, 480), "c.bmp": (20, 10)}
    files = {
        name: saved(picture(*size), name.rpartition(".")[2].upper().replace("JPG", "JPEG"))
        for name, size in sizes.items()
    }
    created = add(model, files).created
    thumbnails.finish()
    assert waiting_jobs() == 0
    for image, expected in zip(created, [(320, 160), (320, 240), (20, 10)], strict=True):
        target = storage.thumbnail_path(image.sha256)
        from_thread = target.read_bytes()
        with PillowImage.open(target) as small:
            assert (small.format, small.size) == ("WEBP", expected)
        target.unlink()
        assert thumbnails.make(image.file).read_bytes() == from_thread, "the same as from the stored photo"


@pytest.mark.usefixtures("_no_room")
def test_one_job_makes_the_thumbnails_of_many_uploads(model: DetectionModel, job: None) -> None:
    created = [image for n in range(5) for image in add(model, {f"{n}.png": photo(100 + n)}).created]
    targets = [storage.thumbnail_path(image.sha256) for image in created]
    for target in targets:
        target.unlink(missing_ok=True)
    assert waiting_jobs() == 1
    queues_emptied()
    task_files.make_thumbnails()
    assert all(target.is_file() for target in targets)
    add(model, {"next.png": photo(99)})
    assert waiting_jobs() == 1, "the next upload finds no job at work and brings one"


def test_a_photo_that_came_while_the_job_ended_gets_another_job(model: DetectionModel) -> None:
    thumbnails.request(["a" * 64])
    queues_emptied()
    thumbnails.request(["b" * 64])
    assert waiting_jobs() == 0, "a job is at work"
    thumbnails.job_ends()
    assert waiting_jobs() == 1


@pytest.mark.usefixtures("_no_room")
def test_other_work_is_let_in_between_thumbnails(
    model: DetectionModel, job: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_files, "THUMBNAILS_AT_ONCE", 2)
    add(model, {f"{n}.png": photo(200 + n) for n in range(5)})
    queues_emptied()
    queues.enqueue(queues.IO, "something.else")
    task_files.make_thumbnails()
    assert thumbnails.next_requested(100, 0.01).__len__() == 3
    assert waiting_jobs() == 2, "the other work first, then the thumbnails that are left"


def test_a_damaged_photo_does_not_stop_the_thumbnails_of_the_others(model: DetectionModel, job: None) -> None:
    bad, good = add(model, {"bad.png": photo(300), "good.png": photo(301)}).created
    thumbnails.finish()
    for image in (bad, good):
        storage.thumbnail_path(image.sha256).unlink(missing_ok=True)
    thumbnails.request([bad.sha256, good.sha256])
    broken: Path = image_intake.file_path(bad.file)
    broken.write_bytes(b"no picture")
    task_files.make_thumbnails()
    assert not storage.thumbnail_path(bad.sha256).exists()
    assert storage.thumbnail_path(good.sha256).is_file()
    broken.unlink()


def test_a_thumbnail_that_a_power_cut_left_empty_is_made_again(model: DetectionModel) -> None:
    [image] = add(model, {"a.png": photo(302)}).created
    target = thumbnails.make(image.file)
    whole = target.read_bytes()
    target.write_bytes(b"")
    assert image_intake.thumbnail(image.file).read_bytes() == whole


def test_older_photos_get_their_hash_some_at_a_time(
    model: DetectionModel, job: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = add(model, {f"{n}.png": photo(n) for n in range(5)}).created
    expected = {image.sha256: image.file.phash for image in created}
    lost = created[2].sha256
    image_intake.file_path(created[2].file).unlink()
    db.session.execute(db.update(ImageFile).values(phash=None))
    db.session.commit()
    monkeypatch.setattr(perceptual_hashes, "AT_ONCE", 2)
    queues_emptied()
    perceptual_hashes.fill_missing()
    assert waiting_jobs() == 1
    after: str | None = ""
    rounds = 0
    while after is not None:
        after = perceptual_hashes.fill_some(after)
        rounds += 1
    assert rounds == 3
    rows = db.session.execute(select(ImageFile.sha256, ImageFile.phash))
    found = {sha256: phash for sha256, phash in rows}
    assert found == expected | {lost: None}


def queues_emptied() -> None:
    """As if a worker had taken the jobs."""
    from rq import Queue

    Queue(queues.IO, connection=thumbnails._redis()).empty()
