"""«Add COCO»: files arrive, a preview with its choices, the import, and the report that is kept."""

import csv
import io
import re
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select
from werkzeug.test import TestResponse

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders import library
from tests.builders.runs import sign_in, text_of
from tests.formats.files.zip_files import zipped
from tests.formats.images.photo_files import exif, picture, saved
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.imports import runs as import_runs
from webapp.models import (
    Annotation,
    Category,
    DataImport,
    DetectionModel,
    Image,
    ImportStage,
    LibraryRun,
    Role,
    RunStatus,
    User,
)
from webapp.projects import detection_models

EXAMPLE = re.compile(
    r'<tr data-code="([a-z_]+)"><td class="number">(\d+)</td><td>.*?</td><td[^>]*>(.*?)</td>'
)


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def preview(client: FlaskClient, model: DetectionModel, files: dict[str, bytes], split: str = "train") -> str:
    """The address of the import's page."""
    answer = library.preview_of(client, model.id, files, split)
    assert answer.status_code == HTTPStatus.SEE_OTHER, text_of(answer)
    return answer.location


def send(client: FlaskClient, model: DetectionModel, data: dict[str, Any]) -> TestResponse:
    """As the drop zone does."""
    return client.post(f"/models/{model.id}/imports/files", data=data, headers=library.JSON)


def confirm(client: FlaskClient, address: str, **form: Any) -> str:
    answer = client.post(address, data=form, follow_redirects=True)
    assert answer.status_code == HTTPStatus.OK, text_of(answer)
    return text_of(answer)


def photos(model: DetectionModel) -> dict[str, Image]:
    db.session.expire_all()
    return {image.filename: image for image in db.session.scalars(select(Image).order_by(Image.id))}


def tile(page: str, label: str) -> int:
    value = r'tile-value">(\d+)(?:<span[^>]*>[^<]*</span>)?</div>\s*<div class="tile-label">'
    found = re.search(value + re.escape(label), page)
    assert found, label
    return int(found.group(1))


def findings(page: str) -> dict[str, tuple[int, str]]:
    return {code: (int(count), examples.strip()) for code, count, examples in EXAMPLE.findall(page)}


def test_two_presses_bring_photos_and_labels_in(client: FlaskClient, model: DetectionModel) -> None:
    files = {
        "b.png": library.photo(2),
        "labels.JSON": library.coco("a.png", "b.png"),
        "a.png": library.photo(1),
    }
    address = preview(client, model, files, "test")
    page = text_of(client.get(address))
    assert (tile(page, "new photos"), tile(page, "labels")) == (2, 4)
    assert photos(model) == {}, "a preview changes nothing"
    page = confirm(client, address)
    assert (tile(page, "photos added"), tile(page, "labels taken")) == (2, 4)
    assert "Everything in the file was taken as it is." in page
    there = photos(model)
    assert {(name, image.split.value, image.labelled) for name, image in there.items()} == {
        ("a.png", "test", True),
        ("b.png", "test", True),
    }
    assert not storage.import_dir(1).exists(), "the files are not kept twice"


def test_files_come_one_by_one_and_the_address_survives(client: FlaskClient, model: DetectionModel) -> None:
    page = client.get(f"/models/{model.id}/images").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    form = {"split": "train", "key": key.group(1)}
    for name, content in (("a.png", library.photo(1)), ("no.png", b"no"), ("l.json", library.coco("a.png"))):
        data = form | {"files": (io.BytesIO(content), name)}
        answer = send(client, model, data).get_json()
        if name == "no.png":
            assert answer["rejected"][0]["reason"].startswith("This is not a picture")
        else:
            assert answer["created"][0]["filename"] == name
    waiting = text_of(client.get(f"/models/{model.id}/imports/1"))
    assert "l.json" in waiting and "Show the preview" in waiting
    listed = text_of(client.get(f"/models/{model.id}/imports"))
    assert re.search(rf'Not imported yet.*<a href="/models/{model.id}/imports/1">Import</a>', listed)
    answer = client.post(f"/models/{model.id}/imports", data=form)
    assert answer.location == f"/models/{model.id}/imports/1"
    assert findings(text_of(client.get(answer.location)))["photo_refused"][1].startswith(
        "no.png: This is not"
    )
    confirm(client, answer.location)
    late = form | {"files": (io.BytesIO(library.photo(3)), "late.png")}
    assert (
        client.post(f"/models/{model.id}/imports/files", data=late, headers=library.JSON).status_code
        == HTTPStatus.CONFLICT
    )


def test_without_scripts_the_zone_itself_leads_to_the_preview(
    client: FlaskClient, model: DetectionModel
) -> None:
    files = [(io.BytesIO(library.photo(1)), "set/a.png"), (io.BytesIO(library.coco("a.png")), "set/l.json")]
    data = {"split": "train", "key": "from the page", "files": files}
    answer = client.post(f"/models/{model.id}/imports/files", data=data)
    assert answer.location == f"/models/{model.id}/imports/1"
    assert tile(text_of(client.get(answer.location)), "labels") == 2


def test_the_report_is_kept_and_comes_as_a_table(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    lost = [f"lost {n}.png" for n in range(8)] + ["=1+1.png"]
    answer = library.import_coco(client, model.id, library.coco("a.png", *lost, shapes=1))
    page = text_of(answer)
    assert findings(page)["photo_not_there"] == (
        9,
        "lost 0.png · lost 1.png · lost 2.png · lost 3.png · lost 4.png …",
    )
    assert "Report no. 1" in text_of(client.get(f"/models/{model.id}/imports"))
    # Another model counts from one again.
    other = detection_models.create_model("Nut", "", administrator)
    library.import_coco(client, other.id, library.coco("a.png"))
    library.import_coco(client, model.id, library.coco("a.png"))
    listed = [text_of(client.get(f"/models/{one.id}/imports")) for one in (model, other)]
    assert ["Report no. 2" in page for page in listed] == [True, False]
    assert ["Report no. 1" in page for page in listed] == [True, True]
    table = client.get(f"/models/{model.id}/imports/1/report.csv")
    assert table.data.startswith(b"\xef\xbb\xbf")
    assert "Screw-import-1.csv" in table.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert rows[0] == ["Result", "What", "Where", "Annotation file", "Count"]
    assert rows[1:3] == [
        ["Taken", "photos added", "", "", "0"],
        ["Taken", "labels taken", "fig", "", "1"],
    ]
    not_there = [row[2] for row in rows if row[1] == "Photo is listed but was not added"]
    assert not_there == [f"lost {n}.png" for n in range(8)] + ["'=1+1.png"], (
        "every one, and none is a formula"
    )


def test_categories_are_renamed_put_together_and_left_out(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "old.png")  # has "fig"
    document = library.coco("a.png", shapes=4).replace(b'"fig"', b'"none"')
    names = ["Figs", "scratch", "dust", "Fig"]
    for number, name in enumerate(names):
        # The shapes of a photo are 100, 101, … and differ, else they would be one.
        document = document.replace(
            b'"id": %d, "image_id": 1, "category_id": 1, "segmentation": [[10' % (100 + number),
            b'"id": %d, "image_id": 1, "category_id": %d, "segmentation": [[%d'
            % (100 + number, number + 2, 9 - number),
        )
        document = document.replace(
            b'"categories": [', b'"categories": [{"id": %d, "name": "%s"}, ' % (number + 2, name.encode())
        )
    address = preview(client, model, {"a.png": library.photo(5), "l.json": document})
    page = text_of(client.get(address))
    shown = re.findall(r'<th scope="row" class="report-examples">(\w+)</th>', page)
    assert set(shown) == set(names)
    fig = db.session.scalars(select(Category)).one()
    assert re.search(rf'<option value="{fig.id}" selected>fig', page), "«Fig» goes into «fig» by itself"
    form = {}
    for number, name in enumerate(shown):
        form[f"category-{number}"] = {
            "Figs": str(fig.id),
            "scratch": "new",
            "dust": "skip",
            "Fig": str(fig.id),
        }[name]
        form[f"name-{number}"] = "Scratch, long"
    wrong = client.post(address, data=form | {f"name-{shown.index('scratch')}": "  "})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "A category needs a name of at most 100 characters." in text_of(wrong)
    assert list(photos(model)) == ["old.png"]
    page = confirm(client, address, **form)
    assert findings(page)["category_left_out"] == (1, "dust")
    image = photos(model)["a.png"]
    counted = db.session.scalars(select(Annotation).where(Annotation.image_id == image.id)).all()
    assert sorted(one.category.name for one in counted) == ["Scratch, long", "fig", "fig"]
    assert image.category_ids == sorted({one.category_id for one in counted})
    assert {category.name for category in db.session.scalars(select(Category))} == {"fig", "Scratch, long"}


@pytest.mark.parametrize(
    ("conflicts", "expected", "version"), [("keep", 2, 1), ("merge", 3, 2), ("replace", 1, 2), (None, 2, 1)]
)
def test_photos_that_have_labels(
    client: FlaskClient, model: DetectionModel, conflicts: str | None, expected: int, version: int
) -> None:
    library.annotated_images(client, model.id, "a.png")
    other = [[1, 1, 20, 1, 20, 20, 1, 20]]
    document = library.coco("a.png", shapes=1, segmentation=other)
    address = preview(client, model, {"l.json": document})
    page = text_of(client.get(address))
    assert "1 photo has labels already" in page
    page = confirm(client, address, **({"conflicts": conflicts} if conflicts else {}))
    image = photos(model)["a.png"]
    shapes = db.session.scalars(select(Annotation)).all()
    assert (len(shapes), image.annotations_version, image.labelled) == (expected, version, True)
    if conflicts in (None, "keep"):
        assert findings(page)["photo_labelled_already"] == (1, "a.png")


def test_a_changed_answer_makes_the_preview_again_and_keeps_what_was_chosen(
    client: FlaskClient, model: DetectionModel
) -> None:
    library.annotated_images(client, model.id, "a.png")
    address = preview(client, model, {"l.json": library.coco("a.png").replace(b'"fig"', b'"nut"')})
    page = text_of(client.get(address))
    assert f'hx-post="{address}/preview" hx-trigger="change"' in page
    form = {"asked": "1", "conflicts": "merge", "category-0": "new", "name-0": "bolt"}
    assert client.post(f"{address}/preview", data=form).location == address
    page = text_of(client.get(address))
    assert re.search(r'value="merge" checked', page) and 'value="bolt"' in page
    confirm(client, address, conflicts="merge", **{"category-0": "new", "name-0": "bolt"})
    assert {category.name for category in db.session.scalars(select(Category))} == {"fig", "bolt"}


@pytest.mark.parametrize("chosen", ["", "validation"])
def test_folders_say_the_split_and_the_page_lets_it_be_changed(
    client: FlaskClient, model: DetectionModel, chosen: str
) -> None:
    archive = zipped(
        *(
            (f"set/{folder}/{folder}.png", library.photo(n))
            for n, folder in enumerate(("Train", "valid", "test"))
        ),
        ("set/other.png", library.photo(9)),
    )
    address = preview(client, model, {"set.zip": archive})
    page = re.sub(r"\s+", " ", text_of(client.get(address)))
    assert "As the folders and files say" in page
    assert "Folders and files say: For training 2 · For checking 1 · For the test 1" in page
    confirm(client, address, split=chosen)
    found = {name: image.split.value for name, image in photos(model).items()}
    said = {"Train.png": "train", "valid.png": "validation", "test.png": "test", "other.png": "train"}
    assert found == (dict.fromkeys(said, chosen) if chosen else said)


def test_one_photo_is_shown_both_ways_where_its_orientation_is_open(
    client: FlaskClient, model: DetectionModel
) -> None:
    turned = saved(picture(60, 60), "JPEG", exif=exif(6))
    document = library.coco("a.jpg", shapes=1).replace(b'"width": 80', b'"width": 60')
    address = preview(client, model, {"a.jpg": turned, "l.json": document})
    page = text_of(client.get(address))
    assert 'id="question-orientation"' in page and page.count("/photos/") >= 2
    drawn = re.findall(r'<polygon points="([^"]+)"/>', page)
    assert len(drawn) == 2 and drawn[0] != drawn[1]
    client.post(f"{address}/preview", data={"asked": "1", "orientation": "raw"})
    assert re.search(r'value="raw" checked', text_of(client.get(address)))
    confirm(client, address, orientation="raw")
    shape = db.session.scalars(select(Annotation)).one()
    assert (
        " ".join(f"{x:g},{y:g}" for x, y in zip(*[iter(shape.segmentation[0])] * 2, strict=True)) == drawn[1]
    )


def test_the_page_asks_which_set_of_labels_counts(client: FlaskClient, model: DetectionModel) -> None:
    other = [[50, 10, 70, 10, 70, 40, 50, 40]]
    files = {
        "1/a.png": library.photo(1),
        "2/b.png": library.photo(1),
        "1/l.json": library.coco("a.png", shapes=1),
        "2/l.json": library.coco("b.png", shapes=1, segmentation=other),
    }
    address = preview(client, model, files)
    page = text_of(client.get(address))
    assert "1 photo has several sets of labels that differ" in page
    assert re.search(r'value="both" checked', page) and tile(page, "labels") == 2
    client.post(f"{address}/preview", data={"asked": "1", "doubles": "second"})
    page = text_of(client.get(address))
    assert re.search(r'value="second" checked', page) and tile(page, "labels") == 1
    page = confirm(client, address, doubles="second")
    assert findings(page)["label_set_left_out"] == (1, "1/a.png #100")
    assert db.session.scalars(select(Annotation)).one().bbox[0] == 50


def test_merging_the_same_file_again_adds_nothing(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png")
    address = preview(client, model, {"l.json": library.coco("a.png")})
    page = confirm(client, address, conflicts="merge")
    assert findings(page)["duplicate"][0] == 2
    assert photos(model)["a.png"].annotations_version == 1


def test_nothing_usable_is_said_and_more_files_may_come(client: FlaskClient, model: DetectionModel) -> None:
    answer = library.preview_of(client, model.id, {"broken.json": b'{"images": ['})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "broken.json: This is not JSON (line 1, column 13)" in text_of(answer)
    for empty in ({"._a.json": b"x"}, {}):
        answer = library.preview_of(client, model.id, empty)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "There are no labels and no photos in this" in text_of(answer)
    data = {"import_id": "1", "files": (io.BytesIO(library.photo(1)), "a.png")}
    assert (
        client.post(f"/models/{model.id}/imports/files", data=data, headers=library.JSON).status_code
        == HTTPStatus.OK
    )
    data = {"import_id": "1", "files": (io.BytesIO(library.coco("a.png")), "broken.json")}
    assert (
        client.post(f"/models/{model.id}/imports/files", data=data, headers=library.JSON).status_code
        == HTTPStatus.OK
    )
    answer = client.post(f"/models/{model.id}/imports/1/preview")
    assert findings(text_of(client.get(answer.location))) == {}, "the file of the same name took its place"
    confirm(client, answer.location)
    assert photos(model)["a.png"].labelled


def test_a_good_file_that_made_way_for_another_of_its_name_is_told(
    client: FlaskClient, model: DetectionModel
) -> None:
    """Three exports of one name, chosen without their folders."""
    first = {"labels.json": library.coco("a.png"), "a.png": library.photo(1), "b.png": library.photo(2)}
    address = preview(client, model, first)
    for document in (library.coco("a.png"), library.coco("b.png"), library.coco("b.png", shapes=3)):
        answer = send(client, model, {"import_id": "1", "files": (io.BytesIO(document), "labels.json")})
        assert answer.status_code == HTTPStatus.OK, answer.text
    answer = client.post(f"/models/{model.id}/imports/1/preview")
    count, examples = findings(text_of(client.get(answer.location)))["file_refused"]
    assert count == 2 and "labels.json: Another file of this name came later" in examples
    assert answer.location == address
    confirm(client, address)
    assert photos(model)["b.png"].labelled and not photos(model)["a.png"].labelled


def test_a_broken_file_does_not_stop_the_photos_beside_it(client: FlaskClient, model: DetectionModel) -> None:
    files = {"labels.json": b"no json", "a.png": library.photo(1), "bad.jpg": b"no photo", "notes.doc": b"x"}
    address = preview(client, model, files)
    page = text_of(client.get(address))
    assert findings(page)["file_refused"][1].startswith("labels.json: This is not JSON")
    assert "notes.doc: This kind of file is not taken here" in page
    assert "1 new photo has no labels in these files: a.png" in re.sub(r"\s+", " ", page)
    confirm(client, address)
    assert [image.labelled for image in photos(model).values()] == [False]


def test_nothing_to_import_cannot_be_pressed(client: FlaskClient, model: DetectionModel) -> None:
    address = preview(client, model, {"l.json": library.coco("a.png")})
    page = text_of(client.get(address))
    assert "There is nothing to import" in page
    assert re.search(r'class="btn btn-primary" disabled>.*?Import', page)


def test_a_zip_that_is_none_is_refused(client: FlaskClient, model: DetectionModel) -> None:
    answer = library.preview_of(client, model.id, {"a.zip": b"PK\x03\x04 no"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "a.zip: The archive is damaged or cut off" in text_of(answer)


def test_large_imports_are_read_and_carried_out_in_the_background(
    client: FlaskClient, model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    monkeypatch.setattr(import_runs, "READ_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(import_runs, "WRITE_AT_ONCE_SHAPES", 1)
    archive = zipped(("set/a.png", library.photo(1)), ("set/l.json", library.coco("a.png")))
    address = preview(client, model, {"set.zip": archive})
    page = text_of(client.get(address))
    assert "Waiting for its turn" in page and 'data-live-stream="/library-runs/1/stream"' in page
    assert client.post(f"{address}/preview").location == address, "a second press changes nothing"
    assert db.session.scalars(select(LibraryRun)).one().status is RunStatus.QUEUED
    task_library.carry_out_run(1)
    db.session.rollback()
    over = text_of(client.get("/library-runs/1/panel"))
    assert f'hx-get="{address}"' in over and 'hx-trigger="load"' in over
    assert tile(text_of(client.get(address)), "labels") == 2
    assert client.post(address).location == address
    assert photos(model) == {}
    task_library.carry_out_run(2)
    task_library.carry_out_run(2)
    db.session.rollback()
    assert tile(text_of(client.get(address)), "labels taken") == 2
    assert photos(model)["a.png"].labelled


def test_a_stopped_import_has_changed_nothing_and_goes_on_later(
    client: FlaskClient, model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    monkeypatch.setattr(import_runs, "WRITE_AT_ONCE_SHAPES", 1)
    address = preview(client, model, {"a.png": library.photo(1), "l.json": library.coco("a.png")})
    client.post(address)
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.status == RunStatus.QUEUED)).one()
    run.stop_requested_at = run.created_at
    db.session.commit()
    task_library.carry_out_run(run.id)
    db.session.rollback()
    assert (photos(model), db.session.scalar(select(Category))) == ({}, None)
    page = text_of(client.get(address))
    assert "Stopped. Nothing has changed." in page and tile(page, "labels") == 2
    client.post(address)
    newest = db.session.scalars(select(LibraryRun).order_by(LibraryRun.id.desc())).first()
    assert newest
    task_library.carry_out_run(newest.id)
    db.session.rollback()
    assert photos(model)["a.png"].labelled


def test_an_import_is_discarded(client: FlaskClient, model: DetectionModel) -> None:
    address = preview(client, model, {"l.json": library.coco("a.png"), "a.png": library.photo(1)})
    assert client.post(f"{address}/discard").location == f"/models/{model.id}/images"
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND
    assert db.session.scalar(select(DataImport)) is None
    assert not storage.import_dir(1).exists()
    library.import_coco(client, model.id, library.coco("a.png"))
    done = preview(client, model, {"a.png": library.photo(1), "l.json": library.coco("a.png")})
    confirm(client, done)
    client.post(f"{done}/discard")
    assert db.session.get_one(DataImport, int(done.rsplit("/", 1)[1])).stage is ImportStage.COMPLETED


def test_a_viewer_sees_reports_and_imports_nothing(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png")
    address = preview(client, model, {"b.png": library.photo(9), "l.json": library.coco("b.png")})
    sign_in(client, Role.VIEWER)
    assert "Report no. 1" in text_of(client.get(f"/models/{model.id}/imports"))
    page = text_of(client.get(address))
    assert "import-choices" not in page and "data-upload" not in page
    assert client.get(f"/models/{model.id}/imports/1/report.csv").status_code == HTTPStatus.OK
    for path in ("", "/preview", "/discard"):
        assert client.post(address + path).status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"/models/{model.id}/imports/files").status_code == HTTPStatus.FORBIDDEN


def test_an_import_of_another_model_is_not_found(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    address = preview(client, model, {"a.png": library.photo(1)})
    other = detection_models.create_model("Axle", "", administrator)
    foreign = address.replace(f"/models/{model.id}/", f"/models/{other.id}/")
    for path in ("", "/report.csv"):
        assert client.get(foreign + path).status_code == HTTPStatus.NOT_FOUND
    for path in ("", "/preview", "/discard"):
        assert client.post(foreign + path).status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"{address}/report.csv").status_code == HTTPStatus.NOT_FOUND, "there is no report yet"
