"""Photos that look the same are found, whatever brought them, and different ones are not."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from rq import Queue
from sqlalchemy import delete, select

from tests.images import alike
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images import moves as image_moves
from webapp.images.similar import candidates, near_duplicates
from webapp.images.similar.pair_groups import groups_of_pairs
from webapp.models import (
    DetectionModel,
    Image,
    ImageDetail,
    ImageFile,
    ImageToCompare,
    NearDuplicate,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def compare(model: DetectionModel) -> set[tuple[int, int]]:
    """What the io worker does until nothing waits; the pairs there are then."""
    while near_duplicates.compare_some(model.id):
        pass
    db.session.expire_all()
    return {(pair.first_id, pair.second_id) for pair in db.session.scalars(select(NearDuplicate))}


def waiting() -> set[int]:
    return set(db.session.scalars(select(ImageToCompare.image_id)))


def came_ago(duration: timedelta, *images: Image) -> None:
    """These photos came that long ago; all others as if now."""
    for image in images:
        db.session.get_one(Image, image.id).created_at = now() - duration
    db.session.commit()


@pytest.mark.parametrize("again", alike.AGAIN)
def test_the_same_scene_again_is_found(
    model: DetectionModel, again: Callable[[Picture.Image], Picture.Image]
) -> None:
    others = [alike.add(model, alike.scene(seed)) for seed in range(8)]
    twin = alike.add(model, again(alike.scene(3)), Split.VALIDATION)
    assert compare(model) == {(others[3].id, twin.id)}


def test_different_parts_under_a_fixed_camera_are_not_the_same(model: DetectionModel) -> None:
    parts = [alike.add(model, alike.fixture(seed)) for seed in range(12)]
    twin = alike.add(model, alike.saved_again(alike.fixture(5)), Split.TEST)
    hashes = [alike.phash(alike.fixture(seed)) for seed in range(12)]
    # Their hashes alone would make them all the same.
    assert max((one ^ other).bit_count() for one, other in pairwise(hashes)) <= 10
    assert compare(model) == {(parts[5].id, twin.id)}


def test_real_photos_are_told_from_each_other(model: DetectionModel, shared_data: Path) -> None:
    files = sorted((shared_data / "fruits_nuts" / "data" / "images").glob("*.jpg"))[:8]
    pictures = []
    for file in files:
        picture = Picture.open(file).convert("RGB")
        picture.thumbnail((640, 640))
        pictures.append(picture)
    images = [alike.add(model, picture) for picture in pictures]
    twins = [
        alike.add(model, again(picture), Split.VALIDATION)
        for again, picture in zip(alike.AGAIN, pictures, strict=False)
    ]
    assert compare(model) == {(image.id, twin.id) for image, twin in zip(images, twins, strict=False)}


def test_blank_photos_are_no_pairs(model: DetectionModel) -> None:
    for shade in (0, 90, 91, 255):
        alike.add(model, Picture.new("RGB", (320, 240), (shade, shade, shade)))
    assert compare(model) == set()


def test_photos_of_another_model_are_no_pairs(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Nuts", "", administrator)
    alike.add(model, alike.scene(1))
    alike.add(other, alike.saved_again(alike.scene(1)))
    assert compare(model) | compare(other) == set()


def test_a_pair_across_training_and_the_rest_leaks_until_they_stand_together(model: DetectionModel) -> None:
    train = alike.add(model, alike.scene(1))
    test = alike.add(model, alike.saved_again(alike.scene(1)), Split.TEST)
    compare(model)

    def leaks() -> bool:
        db.session.expire_all()
        return db.session.scalars(select(NearDuplicate)).one().leaks

    assert leaks()
    image_moves.move(model, Image.id == train.id, Split.VALIDATION)
    assert not leaks()  # validation and test: neither is trained on
    image_moves.move(model, Image.id == test.id, Split.TRAIN)
    assert leaks()
    image_moves.arrange(model, {Split.TRAIN: [train.id]})
    assert not leaks()


def test_a_photo_without_hash_waits_until_it_has_one(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1))
    second = alike.add(model, alike.saved_again(alike.scene(1)))
    alike.without_hash(second)
    assert compare(model) == set()
    assert waiting() == {second.id}
    came_ago(near_duplicates.SETTLED, first, second)
    assert near_duplicates.models_to_compare() == []
    db.session.get_one(ImageFile, second.sha256).phash = alike.phash(alike.scene(1))
    db.session.commit()
    assert near_duplicates.models_to_compare() == [model.id]
    assert compare(model) == {(first.id, second.id)}
    assert waiting() == set()


def test_a_photo_whose_file_is_damaged_does_not_stop_the_others(
    model: DetectionModel, clean_app: OpenAPI
) -> None:
    broken = alike.add(model, alike.scene(1))
    image_intake.file_path(broken.file).write_bytes(b"no picture")
    first = alike.add(model, alike.scene(2))
    second = alike.add(model, alike.saved_again(alike.scene(2)))
    assert compare(model) == {(first.id, second.id)}
    assert waiting() == set()


def test_a_photo_keeps_a_few_pairs_with_each_split_and_the_heap_hangs_together(model: DetectionModel) -> None:
    heap = []
    for n in range(12):
        corner = alike.scene(1)
        corner.paste((20 * n, 0, 0), (0, 0, 4, 4))
        heap.append(alike.add(model, corner, [Split.TRAIN, Split.TEST][n % 2]))
    pairs = compare(model)
    assert len(pairs) <= len(heap) * candidates.KEPT * 2
    assert groups_of_pairs(pairs) == [[image.id for image in heap]]


def test_when_one_of_three_goes_the_other_two_are_compared_again(model: DetectionModel) -> None:
    first, second, third = (alike.add(model, p(alike.scene(1))) for p in (lambda p: p, *alike.AGAIN[:2]))
    compare(model)
    kept = (second.id, third.id)
    db.session.execute(delete(NearDuplicate).where(NearDuplicate.first_id == second.id))
    near_duplicates.compare_some(model.id)
    db.session.execute(delete(Image).where(Image.id == first.id))
    db.session.commit()
    assert waiting() >= set(kept)
    assert compare(model) == {kept}


def test_a_photo_that_was_deleted_while_it_waited_is_forgotten(model: DetectionModel) -> None:
    image = alike.add(model, alike.scene(1))
    db.session.execute(delete(Image).where(Image.id == image.id))
    db.session.commit()
    assert compare(model) == set()
    near_duplicates.forget_gone_images()
    assert waiting() == set()


def test_what_was_kept_apart_stays_so_when_it_is_compared_again(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1))
    alike.add(model, alike.saved_again(alike.scene(1)), Split.TEST)
    compare(model)
    db.session.scalars(select(NearDuplicate)).one().kept_apart = True
    db.session.commit()
    image_moves.move(model, Image.id == first.id, Split.VALIDATION)
    compare(model)
    assert db.session.scalars(select(NearDuplicate)).one().kept_apart


def test_the_janitor_queues_one_job_a_model(model: DetectionModel, clean_app: OpenAPI) -> None:
    came_ago(near_duplicates.SETTLED, alike.add(model, alike.scene(1)))
    near_duplicates.enqueue_waiting()
    near_duplicates.enqueue_waiting()
    jobs = Queue(queues.IO, connection=clean_app.extensions["redis"]).jobs
    assert [(job.func_name, job.args) for job in jobs] == [(near_duplicates.JOB, (model.id,))]


def test_photos_are_compared_once_no_more_are_coming_or_after_a_while(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1))
    alike.add(model, alike.scene(2))
    came_ago(near_duplicates.SETTLED, first)
    assert near_duplicates.models_to_compare() == []
    came_ago(near_duplicates.PATIENCE, first)
    assert near_duplicates.models_to_compare() == [model.id]


def test_the_fine_structure_goes_with_its_file(model: DetectionModel) -> None:
    image = alike.add(model, alike.scene(1))
    compare(model)
    assert db.session.get(ImageDetail, image.sha256) is not None
    db.session.execute(delete(Image).where(Image.id == image.id))
    db.session.execute(delete(ImageFile).where(ImageFile.sha256 == image.sha256))
    db.session.commit()
    db.session.expunge_all()
    assert db.session.get(ImageDetail, image.sha256) is None
