"""A page that is asked for while a run ends shows the run or what it left, never neither: nothing would mend that."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tests.builders import library
from tests.builders.runs import finished_training, model_with_photos, text_of
from tests.builders.statements import just_before_reading
from tests.suggestions.suggested import suggest
from webapp.core.extensions import db
from webapp.models import (
    DataImport,
    DetectionModel,
    Image,
    ImageFile,
    ImageToCompare,
    ImportStage,
    LibraryKind,
    LibraryRun,
    NearDuplicate,
    RunStatus,
    Split,
    Suggestion,
    User,
)
from webapp.models.columns import now
from webapp.runs import library_runs


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Trained once."""
    made = model_with_photos(administrator)
    finished_training(made, administrator)
    return made


def over(elsewhere: Session, run_id: int) -> None:
    run = elsewhere.get_one(LibraryRun, run_id)
    run.status, run.finished_at, run.result = RunStatus.COMPLETED, now(), {}


@pytest.mark.parametrize("table", ["photo_to_compare", "near_duplicate"])
def test_no_photos_look_the_same_only_once_all_were_compared(
    client: FlaskClient, model: DetectionModel, table: str
) -> None:
    first, second = sorted(image.id for image in db.session.query(Image).limit(2))
    db.session.get_one(Image, first).split = Split.TRAIN
    db.session.get_one(Image, second).split = Split.TEST
    db.session.execute(delete(NearDuplicate))
    db.session.commit()
    model_id = model.id

    def compare(elsewhere: Session) -> None:
        """As the job does."""
        pair = NearDuplicate(model_id=model_id, first_id=first, second_id=second, distance=1, leaks=True)
        elsewhere.add(pair)
        elsewhere.execute(delete(ImageToCompare))

    with just_before_reading(table, compare):
        page = client.get(f"/models/{model_id}/similar").text
    assert 'class="twin"' in page or 'hx-trigger="every' in page


@pytest.mark.parametrize("table", ["library_run", "image"])
def test_the_gallery_has_the_photos_of_a_zip_that_is_over(
    client: FlaskClient, administrator: User, model: DetectionModel, table: str
) -> None:
    run = library_runs.prepare(model, LibraryKind.ADD, {"split": "test", "filename": "a.zip"}, administrator)
    db.session.commit()
    run_id, model_id = run.id, model.id

    def add(elsewhere: Session) -> None:
        """As the io worker does."""
        elsewhere.add(ImageFile(sha256="0" * 64, suffix=".jpg", width=80, height=60, size=1))
        elsewhere.flush()
        elsewhere.add(Image(model_id=model_id, sha256="0" * 64, filename="late.jpg", split=Split.TEST))
        over(elsewhere, run_id)

    with just_before_reading(table, add):
        page = client.get(f"/models/{model_id}/images?split=test").text
    assert "late.jpg" in page or "data-live-stream" in page


@pytest.mark.parametrize("table", ["library_run", "suggestion"])
def test_the_panel_has_the_suggestions_of_a_run_that_is_over(
    client: FlaskClient, administrator: User, model: DetectionModel, table: str
) -> None:
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    photo = db.session.query(Image).filter_by(filename="new.png").one()
    suggest(photo, 0.9)
    kept = db.session.query(Suggestion).one()
    row = {c.name: getattr(kept, c.name) for c in Suggestion.__table__.columns if c.name != "id"}
    db.session.delete(kept)
    run = library_runs.prepare(model, LibraryKind.SUGGEST, {"image_id": photo.id}, administrator)
    db.session.commit()
    run_id = run.id

    def find(elsewhere: Session) -> None:
        """As the predict worker does."""
        elsewhere.add(Suggestion(**row))
        over(elsewhere, run_id)

    address = f"/models/{model.id}/suggestions?photo={photo.id}"
    with just_before_reading(table, find):
        page = client.get(address).text
    assert "data-suggestion " in page or "data-live-stream" in page


@pytest.mark.parametrize("table", ["data_import", "library_run"])
def test_an_import_shows_its_work_or_what_comes_next(
    client: FlaskClient, administrator: User, model: DetectionModel, table: str
) -> None:
    files = {"labels.json": library.coco("a.png"), "a.png": library.photo(1)}
    address = library.preview_of(client, model.id, files, "train").location
    data_import = db.session.query(DataImport).order_by(DataImport.id.desc()).limit(1).one()
    assert data_import.stage is ImportStage.PREVIEW
    data_import.stage = ImportStage.RECEIVING
    run = library_runs.prepare(model, LibraryKind.IMPORT_PREVIEW, {"import": data_import.id}, administrator)
    db.session.flush()
    data_import.run_id = run.id
    db.session.commit()
    import_id, run_id = data_import.id, run.id

    def read(elsewhere: Session) -> None:
        """As the io worker does."""
        elsewhere.get_one(DataImport, import_id).stage = ImportStage.PREVIEW
        over(elsewhere, run_id)

    with just_before_reading(table, read):
        page = text_of(client.get(address))
    assert "data-live-stream" in page or "new photo" in page
