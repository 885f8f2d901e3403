"""The range of values of a model: proposed from its photos, set by a person, the same wherever a photo is seen."""

import io
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture

from jobs.detection.inputs.images import read_image
from jobs.tasks import image_paths
from jobs.tasks import prediction as prediction_job
from tests.builders import runs
from tests.builders.library import all_images, photo
from tests.formats.images.deep_files import camera, png, tiff
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.images.decoding import decode_image
from webapp.formats.images.pixels import to_rgb
from webapp.formats.images.value_range import ValueRange
from webapp.images import intake, thumbnails
from webapp.images.intake import AddedImages, Upload
from webapp.images.values import ranges, renditions
from webapp.models import DetectionModel, Image, Split, User
from webapp.prediction import gallery
from webapp.prediction import runs as prediction_runs
from webapp.projects import copying, detection_models

CASE = Path("05-gray-16-bit-brightness-jumps")
TEN, TWELVE, FOURTEEN, SIXTEEN = (ValueRange.of_depth(bits) for bits in (10, 12, 14, 16))


def add(model: DetectionModel, *files: bytes) -> AddedImages:
    uploads = [Upload(f"p{n}.png", io.BytesIO(data)) for n, data in enumerate(files)]
    added = intake.add_images(model, Split.TRAIN, uploads)
    assert not added.rejected
    return added


def seen(image: Image, model: DetectionModel) -> np.ndarray:
    """In grey, as pages, trainings and predictions see it."""
    return np.asarray(Picture.open(intake.picture_path(image.file, model.range_in_use)))


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Casting", "", administrator)


def test_the_first_photos_propose_the_smallest_usual_depth(model: DetectionModel) -> None:
    assert model.range_in_use is None
    add(model, photo())
    assert model.range_in_use is None, "a photo of 8 bits needs no range"
    add(model, png(camera(900)))
    assert model.range_in_use == TEN
    add(model, png(camera(3000)))
    assert model.range_in_use == TWELVE
    add(model, png(camera(60_000), [16]))
    assert model.range_in_use == TWELVE, "a file that says its range proposes nothing"


def test_one_pixel_does_not_change_the_brightness_of_a_photo(
    model: DetectionModel, shared_data: Path
) -> None:
    case = shared_data.parent / "cases" / CASE
    added = add(model, *((case / f"same_scene_peak_{peak}.png").read_bytes() for peak in (4095, 4096)))
    first, second = (seen(image, model) for image in added.created)
    assert (first != second).sum() <= 1
    ranges.set_range(model, 12, None)
    first, second = (seen(image, model) for image in added.created)
    assert (first != second).sum() <= 1
    assert 30 < first.mean() < 45


def test_a_proposal_that_a_run_has_used_stays_and_photos_beyond_it_are_named(
    clean_app: OpenAPI, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    add(model, png(camera(900)))
    training = runs.finished_training(model, administrator)
    assert training.range_in_use == TEN
    added = add(model, png(camera(1000)), png(camera(3000)))
    assert model.range_in_use == TEN
    assert [remark["code"] for _name, remark in added.remarks] == ["values_shown", "values_beyond"]
    assert added.remarks[1][1]["params"] == {"low": "0", "high": "1023", "lowest": "0", "highest": "3000"}


def test_a_run_keeps_the_range_that_it_was_started_with(clean_app: OpenAPI, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    files = {"dark.png": png(camera(900)), "bright.png": png(camera(3000)), "plain.jpg": runs.photo_file(60)}
    run = runs.prediction(model, administrator, files)
    assert run.range_in_use == TWELVE, "uploads propose it as photos of the library do"
    later = runs.prediction(model, administrator, {"brighter.png": png(camera(5000))})
    assert (later.range_in_use, model.range_in_use) == (TWELVE, TWELVE)
    assert gallery.photo_remarks(run, 9) == []
    [(name, remark)] = gallery.photo_remarks(later, 9)
    assert (name, remark["code"]) == ("brighter.png", "values_beyond")
    ranges.set_range(model, None, [0, 900])
    assert run.range_in_use == TWELVE


def test_training_prediction_line_and_pages_see_the_same(clean_app: OpenAPI, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    data = tiff(camera(3000, colours=3))
    ranges.set_range(model, None, [100.0, 2500.0])
    [image] = add(model, data).created
    expected = np.rint((camera(3000, colours=3).astype(float) - 100) / 2400 * 255).clip(0, 255)
    run = prediction_runs.start(model, administrator, prediction_runs.Sources(image_ids=[image.id]))
    paths = image_paths.image_paths({"images": [{"sha256": image.sha256}]}, run.range_in_use)
    trained = read_image(paths({"sha256": image.sha256}))
    [row] = prediction_runs.list_images(run)
    source, _target = prediction_job._files_of(row, run.range_in_use)
    assert source is not None
    line = np.asarray(to_rgb(decode_image(data, 1_000_000, model.range_in_use).picture))
    for pixels in (seen(image, model), trained, read_image(source.path()), line):
        assert np.array_equal(pixels, expected)


def test_a_changed_setting_makes_pictures_and_thumbnails_anew(model: DetectionModel) -> None:
    data = png(camera(4095))
    [image] = add(model, data).created
    before, small = seen(image, model), intake.thumbnail(image.file, model.range_in_use)
    ranges.set_range(model, 16, None)
    after, darker = seen(image, model), intake.thumbnail(image.file, model.range_in_use)
    assert np.allclose(before / 16, after, atol=1)
    assert small != darker
    assert np.asarray(Picture.open(small)).mean() > 8 * np.asarray(Picture.open(darker)).mean()
    assert intake.file_path(image.file).read_bytes() == data, "the file itself is kept"


def test_a_photo_of_8_bits_is_stored_and_seen_as_before(model: DetectionModel) -> None:
    data = photo()
    [image] = add(model, data).created
    for depth in (None, 8, 16):
        ranges.set_range(model, depth, None)
        assert intake.picture_path(image.file, model.range_in_use) == intake.file_path(image.file)
        assert intake.thumbnail(image.file, model.range_in_use) == storage.thumbnail_path(image.sha256)
    assert intake.file_path(image.file).read_bytes() == data


def test_a_photo_stored_as_8_bits_before_stays_as_it_is(model: DetectionModel) -> None:
    data = png(camera(4095))
    [image] = add(model, data).created
    image.file.lowest_value = image.file.highest_value = None  # as the rows of earlier versions
    image.file.size, image.file.checksum = len(photo()), zlib.crc32(photo())
    storage.image_path(image.sha256, ".png").write_bytes(photo())
    db.session.commit()
    other = detection_models.create_model("Other", "", None)
    added = add(other, data)
    assert added.remarks == []
    assert intake.picture_path(added.created[0].file, TWELVE).read_bytes() == photo()


def test_a_copy_has_the_range_of_its_original(model: DetectionModel) -> None:
    add(model, png(camera(900)))
    assert copying.copy_model(model, "Copy", False, None)[0].range_in_use == TEN
    ranges.set_range(model, None, [5, 700])
    assert copying.copy_model(model, "Copy 2", False, None)[0].chosen_range == ValueRange(5, 700)


@pytest.mark.parametrize(
    ("depth", "numbers"),
    [(9, None), (0, None), (12, [0, 4095]), (None, []), (None, [5, 5]), (None, [0, 1e300])],
)
def test_what_is_no_range_is_refused(
    model: DetectionModel, depth: int | None, numbers: list[float] | None
) -> None:
    ranges.set_range(model, 14, None)
    with pytest.raises(UserError) as refused:
        ranges.set_range(model, depth, numbers)
    assert refused.value.code == "range_invalid"
    assert model.range_in_use == FOURTEEN


def test_pictures_go_with_their_photo_and_when_nobody_uses_them(model: DetectionModel) -> None:
    first, second = add(model, png(camera(900)), png(camera(950))).created
    paths = [
        renditions.picture_of(image.file, shown) for image in (first, second) for shown in (TEN, SIXTEEN)
    ]
    made = [picture.path() for picture in paths]
    thumbnails.make(first.file, SIXTEEN)
    renditions.remove_of(first.sha256)
    assert [path.is_file() for path in made] == [False, False, True, True]
    assert not list(storage.thumbnail_path(first.sha256).parent.glob(f"{first.sha256}*"))
    os.utime(made[2], (0, 0))
    renditions.remove_unused()
    assert [path.is_file() for path in made] == [False, False, False, True]
    assert paths[2].path().is_file(), "made again"


def test_all_photos_keep_their_names_and_sizes(model: DetectionModel) -> None:
    add(model, tiff(camera(900), (274, 3, [6])))
    [image] = all_images(model)
    assert (image.width, image.height) == (30, 40)
    assert seen(image, model).shape == (40, 30)
