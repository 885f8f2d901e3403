"""The page of exports: what can be asked for, what is kept, and the downloads."""

import io
import json
import re
from collections.abc import Callable
from contextvars import Context
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.exports.format_words import WORDS
from webapp.exchange.exports.selection import ExportSelection
from webapp.formats.exports.formats import LabelFormat
from webapp.models import DetectionModel, LibraryRun, Role, RunStatus, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Two labelled photos in train."""
    model = detection_models.create_model("Screw", "", administrator)
    library.annotated_images(client, model.id, "a.png", "b.png")
    return model


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every export counts as large."""
    monkeypatch.setattr(export_runs, "AT_ONCE_PHOTOS", 0)


CarryOut = Callable[[LibraryRun], LibraryRun]
Made = Callable[[ExportSelection], LibraryRun]


@pytest.fixture
def carry_out(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> CarryOut:
    """Does the work of a run, as the io worker would."""

    def carry_out(run: LibraryRun) -> LibraryRun:
        monkeypatch.setattr(run_job, "application", lambda: clean_app)
        task_library.carry_out_run(run.id)
        db.session.expire_all()
        return run

    return carry_out


@pytest.fixture
def made(model: DetectionModel, administrator: User, carry_out: CarryOut) -> Made:
    """An export that has been carried out."""
    return lambda choice: carry_out(export_runs.start(model, choice, administrator))


def test_without_labelled_photos_it_leads_to_labelling(client: FlaskClient, administrator: User) -> None:
    empty = detection_models.create_model("Empty", "", administrator)
    page = text_of(client.get(f"/models/{empty.id}/exports"))
    assert "No labelled photos yet" in page
    assert f'action="/models/{empty.id}/exports"' not in page


def test_the_form_shows_what_each_part_holds(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/exports?split=train&format=via&photos=1"))
    assert "train · 2 photos" in page and "test · 0 photos" in page
    assert re.search(r'name="split" value="test"[^>]* disabled', page)
    for chosen in ('value="train"', 'value="via"', 'name="photos" value="1"'):
        assert re.search(rf"<input[^>]*{chosen}[^>]* checked", page), chosen


def test_a_small_export_leads_to_its_download(client: FlaskClient, model: DetectionModel) -> None:
    data = {"split": "train", "format": "via", "photos": "1"}
    answer = client.post(f"/models/{model.id}/exports", data=data)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert parse_qs(urlsplit(answer.location).query) == {key: [value] for key, value in data.items()}
    sent = client.get(answer.location)
    assert sent.mimetype == "application/zip"
    assert 'filename="Screw-train-via.zip"' in sent.headers["Content-Disposition"]
    assert ZipFile(io.BytesIO(sent.data)).namelist() == ["via_project.json", "photos/a.png", "photos/b.png"]
    assert db.session.scalar(db.select(LibraryRun).filter_by(kind="export")) is None


def test_the_labels_alone_are_json(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.get(f"/models/{model.id}/exports/labels")
    assert answer.mimetype == "application/json"
    assert len(json.loads(answer.data)["annotations"]) == 4


def test_a_part_without_labels_is_refused_beside_its_field(
    client: FlaskClient, model: DetectionModel
) -> None:
    for answer in (
        client.post(f"/models/{model.id}/exports", data={"split": "test"}),
        client.get(f"/models/{model.id}/exports/labels?split=test"),
    ):
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        page = text_of(answer)
        assert re.search(r'id="split-error">.*No photo in this part has labels', page)
        assert re.search(r'name="split" value="test" checked', page)


@pytest.mark.usefixtures("large")
def test_a_large_export_is_made_in_the_background_and_kept(
    client: FlaskClient, model: DetectionModel, carry_out: CarryOut
) -> None:
    answer = client.post(f"/models/{model.id}/exports", data={"format": "coco"})
    run = db.session.scalars(db.select(LibraryRun).filter_by(kind="export")).one()
    assert answer.location == f"/models/{model.id}/exports#library-run-{run.id}"
    address = f"/models/{model.id}/exports/{run.id}/file"
    assert client.get(address).status_code == HTTPStatus.CONFLICT
    page = text_of(client.get(f"/models/{model.id}/exports"))
    assert f'data-live-stream="/library-runs/{run.id}/stream"' in page and address not in page
    carry_out(run)
    panel = text_of(client.get(f"/library-runs/{run.id}/panel"))
    assert "The export is ready" in panel and f'href="{address}"' in panel
    page = text_of(client.get(f"/models/{model.id}/exports"))
    assert f'href="{address}"' in page and "kept for 7 more days" in page
    whole = client.get(address)
    assert 'filename="Screw-coco.json"' in whole.headers["Content-Disposition"]
    assert whole.data == b"".join(
        label_files.chunks(label_files.write(model, ExportSelection()), ExportSelection())
    )


@pytest.mark.usefixtures("large")
def test_a_download_that_broke_off_goes_on(client: FlaskClient, model: DetectionModel, made: Made) -> None:
    run = made(ExportSelection(photos=True))
    address = f"/models/{model.id}/exports/{run.id}/file"
    whole = client.get(address)
    assert whole.headers["Accept-Ranges"] == "bytes"
    rest = client.get(address, headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]})
    assert rest.status_code == HTTPStatus.PARTIAL_CONTENT
    assert rest.data == whole.data[100:]


def test_each_format_says_what_it_is_for(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/exports"))
    for format, words in WORDS.items():
        assert re.search(rf'<input[^>]*name="format" value="{format}"', page), format
        assert str(words.purpose) in page
    assert set(WORDS) == set(LabelFormat)


@pytest.mark.parametrize(
    ("language", "outlines", "everything"),
    [
        ("en", "4 outlines stand in it as the pixels inside", "This format holds all that is to be exported"),
        ("zh_Hant_TW", "其中 4 個輪廓改以內部的像素表示", "這個格式能原樣保留所有要匯出的內容"),
    ],
)
def test_what_a_format_holds_otherwise_is_said_before_the_download(
    client: FlaskClient, model: DetectionModel, language: str, outlines: str, everything: str
) -> None:
    address = f"/models/{model.id}/exports/losses"
    client.set_cookie("language", language)
    # In a context of its own: the one of the test keeps the language of its first request.
    assert outlines in Context().run(client.get, f"{address}?format=voc&split=train").text
    assert everything in Context().run(client.get, f"{address}?format=coco").text


@pytest.mark.usefixtures("large")
def test_what_takes_long_to_count_is_said_before_the_file_is_saved(
    client: FlaskClient, model: DetectionModel, made: Made
) -> None:
    later = text_of(client.get(f"/models/{model.id}/exports/losses?format=voc"))
    assert "counted meanwhile, and said before you save the file" in later
    run = made(ExportSelection(format=LabelFormat.VOC))
    assert run.result and run.result["changes"] == {"outlines": 4, "covered": 2}
    panel = text_of(client.get(f"/library-runs/{run.id}/panel"))
    assert "Pascal VOC" in panel and "4 outlines stand in it as the pixels inside" in panel


@pytest.mark.usefixtures("large")
def test_what_via_cannot_hold_is_told(client: FlaskClient, model: DetectionModel, made: Made) -> None:
    library.add_images(client, model.id, {"m.png": library.photo(50)}, "test")
    mask = {"size": [60, 80], "counts": [70, 20, 4710]}
    library.import_coco(client, model.id, library.coco("m.png", segmentation=mask))
    run = made(ExportSelection(Split.TEST, LabelFormat.VIA))
    assert run.result and run.result["changes"] == {"masks": 2}
    assert "2 masks stand in it as their outlines" in text_of(client.get(f"/models/{model.id}/exports"))


def test_labels_that_no_import_would_take_are_told(
    client: FlaskClient,
    model: DetectionModel,
    made: Made,
    clean_app: OpenAPI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = "more than one import takes (0.0001 MB): to bring them in again, export the parts one by one"
    made(ExportSelection())
    assert told not in text_of(client.get(f"/models/{model.id}/exports"))
    monkeypatch.setattr(clean_app.extensions["settings"], "max_annotations_mb", 0.0001)
    made(ExportSelection())
    assert told in text_of(client.get(f"/models/{model.id}/exports"))


@pytest.mark.usefixtures("large")
def test_a_short_link_to_a_large_export_leads_to_the_form(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.get(f"/models/{model.id}/exports/labels?split=train")
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.location.startswith(f"/models/{model.id}/exports?") and "split=train" in answer.location


@pytest.mark.usefixtures("large")
def test_a_viewer_takes_small_exports_and_those_that_are_there(
    client: FlaskClient,
    model: DetectionModel,
    made: Made,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made(ExportSelection())
    assert run.status == RunStatus.COMPLETED
    sign_in(client, Role.VIEWER)
    assert client.post(f"/models/{model.id}/exports").status_code == HTTPStatus.FORBIDDEN
    assert client.get(f"/models/{model.id}/exports/{run.id}/file").status_code == HTTPStatus.OK
    monkeypatch.setattr(export_runs, "AT_ONCE_PHOTOS", 2)
    assert client.get(f"/models/{model.id}/exports/labels").status_code == HTTPStatus.OK


def test_an_export_of_another_model_is_not_there(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = export_runs.start(model, ExportSelection(), administrator)
    other = detection_models.create_model("Nuts", "", administrator)
    assert client.get(f"/models/{other.id}/exports/{run.id}/file").status_code == HTTPStatus.NOT_FOUND


def test_an_export_is_named_after_the_model_whatever_its_name(administrator: User) -> None:
    model = detection_models.create_model('滾珠/螺桿: "A"', "", administrator)
    assert label_files.filename(model, ExportSelection(Split.TEST)) == "滾珠_螺桿_ _A_-test-coco.json"
    assert (
        label_files.filename(model, ExportSelection(None, LabelFormat.VIA, photos=True))
        == "滾珠_螺桿_ _A_-via.zip"
    )
