"""Below the floor of free disk nothing is begun that fills it; everybody is told, and administrators make room."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders import runs as builders
from tests.rest.sending import assert_problem, photo_file, png
from webapp.core import disk_space, storage
from webapp.core.extensions import db
from webapp.core.settings import SettingsError, load_settings
from webapp.exchange.exports import runs as export_runs
from webapp.images import trash as image_trash
from webapp.models import (
    DetectionModel,
    Image,
    LibraryKind,
    LibraryRun,
    Role,
    RunStatus,
    TrainingRun,
    TrashedImage,
    User,
)
from webapp.models.columns import now
from webapp.operations import space
from webapp.operations.space import Cleaning
from webapp.projects import detection_models
from webapp.projects import trash as model_trash

TOLD = "The disk of the server is nearly full"


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return builders.model_with_photos(administrator, train=3)


@pytest.fixture
def short(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """The floor is above what any disk has."""
    settings = clean_app.extensions["settings"].model_copy(update={"min_free_gb": 1e9})
    monkeypatch.setitem(clean_app.extensions, "settings", settings)


def test_the_floor_is_a_setting(clean_app: OpenAPI) -> None:
    assert disk_space.room().floor == 2 * 10**9
    with pytest.raises(SettingsError, match="MIN_FREE_GB"):
        load_settings(database_url="postgresql://u@h/n", redis_url="redis://h", min_free_gb=-1)


@pytest.mark.usefixtures("short")
def test_what_fills_the_disk_is_refused(client: FlaskClient, model: DetectionModel) -> None:
    own = f"/models/{model.id}"
    before = db.session.query(Image).count()
    for address in (f"{own}/images", f"{own}/imports", f"{own}/train", f"{own}/exports", f"{own}/predict"):
        answer = client.post(address, data={"split": "train", "files": photo_file("a.png", png())})
        assert answer.status_code == 507 and TOLD in answer.text, address
    answer = client.post(f"{own}/images", headers={"Accept": "application/json"})
    assert answer.status_code == 507 and TOLD in answer.get_json()["detail"]
    assert db.session.query(Image).count() == before and db.session.query(TrainingRun).count() == 0


@pytest.mark.usefixtures("short")
def test_scripts_are_told_by_a_problem_that_the_document_states(
    api: FlaskClient, model: DetectionModel
) -> None:
    own = f"/api/v1/models/{model.id}"
    document = api.get("/api/v1/openapi.json").get_json()
    for call in ("images", "imports", "training-runs", "prediction-runs", "weights"):
        assert_problem(api.post(f"{own}/{call}", json={}), 507, "disk_short")
        assert "507" in document["paths"][f"/api/v1/models/{{model_id}}/{call}"]["post"]["responses"]
    assert_problem(api.get(f"{own}/export"), 507, "disk_short")
    assert api.get(f"{own}/images").status_code == 200, "what is there is still seen"
    api.environ_base.pop("HTTP_AUTHORIZATION")
    assert_problem(api.post(f"{own}/images", json={}), 401)


@pytest.mark.usefixtures("short")
def test_everybody_is_told_and_administrators_are_led_to_the_room(client: FlaskClient) -> None:
    assert "Make room" in client.get("/").text
    builders.sign_in(client, Role.VIEWER)
    page = client.get("/").text
    assert TOLD in page and "Tell an administrator." in page and "/space" not in page
    assert client.get("/space").status_code == 403


def test_nobody_is_told_while_there_is_room(client: FlaskClient) -> None:
    assert TOLD not in client.get("/").text


def kept_thumbnail() -> Path:
    path = storage.thumbnail_path("ab" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(5000))
    tiles = storage.data_dir() / "tiles" / "ab" / f"{'ab' * 32}.8"
    (tiles / "0").mkdir(parents=True, exist_ok=True)
    (tiles / "0" / "0_0.jpg").write_bytes(bytes(5000))
    return path


def checkpoint_of(run: TrainingRun) -> Path:
    folder = storage.checkpoint_dir(run.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint.pt").write_bytes(bytes(9000))
    return folder


def finished_export(model: DetectionModel, user: User) -> Path:
    run = LibraryRun(model_id=model.id, kind=LibraryKind.EXPORT, parameters={}, result={"file": "1.zip"})
    run.result = {"file": "1.zip", "filename": "Fruits.zip"}
    run.status, run.finished_at = RunStatus.COMPLETED, now()
    db.session.add(run)
    db.session.commit()
    path = storage.exports_dir() / "1.zip"
    path.write_bytes(bytes(7000))
    return path


Made = Callable[[], list[Path]]


@pytest.fixture
def filled(model: DetectionModel, administrator: User) -> dict[str, Path]:
    """A file of each kind that a clean-up removes, and a checkpoint of a run that is under way."""
    over = builders.finished_training(model, administrator, RunStatus.STOPPED)
    return {
        "thumbnails": kept_thumbnail(),
        "checkpoints": checkpoint_of(over),
        "exports": finished_export(model, administrator),
        "at work": checkpoint_of(builders.running_training(model, administrator)),
    }


def test_the_preview_names_what_would_go_and_removes_nothing(
    client: FlaskClient, filled: dict[str, Path]
) -> None:
    page = client.get("/space/clean-up").text
    assert "Fruits · Fruits.zip" in page and "Fruits · #1" in page and "#2" not in page
    assert all(path.exists() for path in filled.values())
    assert space.preview(Cleaning.CHECKPOINTS).count == 1
    assert space.preview(Cleaning.CHECKPOINTS).bytes >= 9000


@pytest.mark.parametrize("cleaning", ["thumbnails", "checkpoints", "exports"])
def test_what_is_ticked_goes_and_nothing_else(
    client: FlaskClient, filled: dict[str, Path], cleaning: str
) -> None:
    page = client.post("/space/clean-up", data={"what": [cleaning, "photos"]}, follow_redirects=True)
    assert "Cleaned up" in page.text
    assert {name for name, path in filled.items() if not path.exists()} == {cleaning}
    assert space.preview(Cleaning(cleaning)).count == 0


def test_the_trash_of_all_models_is_emptied(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    photos = db.session.query(Image).order_by(Image.id).all()
    paths = [storage.image_path(one.sha256, one.file.suffix) for one in photos]
    image_trash.delete_images(model, Image.id == photos[0].id, administrator)
    other = detection_models.create_model("Nuts", "", administrator)
    model_trash.delete_model(other, other.name, administrator)
    assert space.preview(Cleaning.TRASH).count == 2
    client.post("/space/clean-up", data={"what": "trash"})
    assert db.session.query(TrashedImage).count() == 0 and db.session.query(DetectionModel).count() == 1
    assert paths[1].exists(), "photos of models that are there stay"


def test_an_export_that_was_cleaned_up_says_so(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    finished_export(model, administrator)
    run = db.session.query(LibraryRun).one()
    client.post("/space/clean-up", data={"what": "exports"})
    db.session.expire_all()
    assert export_runs.file_of(run) is None


def test_nothing_ticked_removes_nothing(client: FlaskClient, filled: dict[str, Path]) -> None:
    assert "Tick what is to go" in client.post("/space/clean-up", follow_redirects=True).text
    assert all(path.exists() for path in filled.values())


def test_the_page_says_what_takes_the_room(client: FlaskClient, filled: dict[str, Path]) -> None:
    page = client.get("/space").text
    assert "Checkpoints of trainings" in page and "Database" in page
    assert space.usage()["checkpoints"] >= 18000
