"""Models with photos, and runs as a worker would write them: through the same services, without an engine."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from webapp.accounts import users
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import polygons_to_rle
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import (
    DetectionModel,
    LabelSource,
    PredictionRun,
    Role,
    RunStatus,
    Split,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.prediction.runs import Sources
from webapp.projects import detection_models
from webapp.projects import trash as model_trash
from webapp.projects.trash import Trashed
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.progress import Losses
from webapp.training.weights import files as weights_files

PASSWORD = "correct horse battery"
SIZE = (80, 60)
SEGMENTATION = polygons_to_rle([[10, 20, 40, 20, 40, 58, 10, 58]], *SIZE)
METRICS = {
    "bbox": {"AP": 70.0},
    "segm": {"AP": 76.4, "AP50": 98.5, "AP75": 80.0, "AP-fig": 71.0, "AP-date": 81.8},
}


def all_models() -> list[DetectionModel]:
    """Those that are not in the trash, as an administrator sees them."""
    return detection_models.list_models(User(role=Role.ADMINISTRATOR))


def trashed_models() -> list[Trashed]:
    """Those in the trash, as an administrator sees them."""
    return model_trash.list_trash(User(role=Role.ADMINISTRATOR))


def photo_file(number: int) -> bytes:
    """A small JPEG; each number gives another one."""
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (number * 37 % 256, number * 11 % 256, 120)).save(buffer, "JPEG")
    return buffer.getvalue()


def model_with_photos(user: User, train: int = 2, validation: int = 1, test: int = 1) -> DetectionModel:
    """Each photo shows a fig and a date."""
    model = detection_models.create_model("Fruits", "", user)
    first = 0
    for split, count in ((Split.TRAIN, train), (Split.VALIDATION, validation), (Split.TEST, test)):
        if count:
            _add(model, user, split, range(first, first + count))
        first += count
    return model


def _add(model: DetectionModel, user: User, split: Split, numbers: Sequence[int]) -> None:
    """By the services in which an import ends, without its files and its preview: most tests begin with this."""
    uploads = [Upload(f"p{n}.jpg", io.BytesIO(photo_file(n))) for n in numbers]
    added = image_intake.add_images(model, split, uploads).created
    shapes = [_shape("fig", 5), _shape("date", 45)]
    labels = [ImageAnnotations(image.id, shapes) for image in added]
    annotation_store.write(model, labels, source=LabelSource.IMPORT, user=user)
    db.session.commit()
    assert len(added) == len(numbers)


def _shape(category: str, x: float) -> ParsedShape:
    polygon = [x, 5.0, x + 30, 5.0, x + 30, 45.0, x, 45.0]
    return ParsedShape(category, [polygon], bbox=[x, 5.0, 30.0, 40.0], area=1200.0)


def running_training(model: DetectionModel, user: User, iterations: int = 10, done: int = 4) -> TrainingRun:
    """A run that a worker has begun."""
    run = training_runs.start(model, user, {"iterations": iterations}, allow_empty=set(Split))
    training_progress.claim(run.id)
    training_progress.set_device(run.id, "cpu")
    for iteration in range(1, done + 1):
        record_iteration(run, iteration)
    return run


def record_iteration(run: TrainingRun, iteration: int) -> None:
    """The losses fall, and 2 s are left for each iteration that is to come."""
    left = 2.0 * (run.iterations - iteration)
    losses = Losses(iteration, 3 / iteration, 3.3 / iteration, 0.005, 2.0, left, {"loss_mask": 0.5})
    training_progress.record(run.id, losses)


def finished_training(
    model: DetectionModel,
    user: User,
    status: RunStatus = RunStatus.COMPLETED,
    metrics: dict[str, Any] | None = METRICS,
) -> TrainingRun:
    """A run with weights, and with figures where it was tested."""
    run = running_training(model, user, done=10 if status == RunStatus.COMPLETED else 6)
    file = storage.checkpoint_dir(run.id) / "weights.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"weights " * 1000)
    weights_files.add_of_run(run, file)
    training_runs.change_state(
        run.id, (RunStatus.RUNNING,), status, metrics=metrics, finished_at=now(), eta_seconds=None
    )
    return run


def prediction(model: DetectionModel, user: User, files: dict[str, bytes]) -> PredictionRun:
    """A queued prediction over these uploads."""
    uploads = [Upload(name, io.BytesIO(data)) for name, data in files.items()]
    return prediction_runs.start(model, user, Sources(uploads=uploads))


def finished_prediction(model: DetectionModel, user: User, photo: bytes | None = None) -> PredictionRun:
    """Of one upload, with a fig on it; ``photo`` is its file."""
    run = prediction(model, user, {"a.jpg": photo or photo_file(9)})
    prediction_progress.claim(run.id)
    predict_next(run, ["fig"])
    prediction_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    return run


def predict_next(run: PredictionRun, categories: Sequence[str]) -> None:
    """Finish the next photo that waits: one detection for each category, and a drawn picture."""
    photo = prediction_progress.next_image(run.id)
    assert photo is not None
    picture = storage.result_picture_path(run.id, photo.id)
    picture.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (400, 300), "navy").save(picture)
    found = [
        FoundObject(category, 0.9 - 0.1 * index, [10.0, 20.0, 30.5, 41.0], 1000.25, SEGMENTATION)
        for index, category in enumerate(categories)
    ]
    prediction_progress.finish_image(run.id, photo.id, found)


def sign_in(browser: Any, role: Role) -> None:
    """The browser goes on as a person of this role."""
    user = users.create_user(f"{role}@factory.test", PASSWORD, role)
    browser.post("/sign-out")
    answer = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    db.session.commit()


def text_of(page: Any) -> str:
    """The page with its white space made one blank."""
    return " ".join(page.get_data(as_text=True).split())


def weights_folder() -> Path:
    """Where the files of ``finished_training`` lie."""
    return storage.data_dir() / "weights"
