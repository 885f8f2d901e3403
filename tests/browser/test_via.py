"""VIA's bridge in a real browser: bsdata goes through it without a changed point, and a hostile name reaches nothing.

The page in VIA's place has its documented functions. ``VIA_PAGE`` names a real via.html to try the same with.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Frame, Page, expect
from sqlalchemy import func, select

from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, stored
from tests.rest.sending import png
from webapp.annotations import store as annotation_store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.exchange.imports import single_request
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.via.writer import ViaStream, ViaWords
from webapp.images.intake import Upload, add_images
from webapp.models import Annotation, Category, DetectionModel, Image, LabelSource, Split, User
from webapp.projects import detection_models

VIA_PAGE = Path(os.environ.get("VIA_PAGE", Path(__file__).with_name("fake_via.html")))


@pytest.fixture
def pits(
    clean_app: OpenAPI, administrator: User, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> DetectionModel:
    """The 160 photos of bsdata with their labels."""
    monkeypatch.setattr(clean_app.extensions["settings"], "via_file", VIA_PAGE)
    model = detection_models.create_model("滾珠螺桿 <img src=x onerror=alert(1)>", "", administrator)
    for split, folder in ((Split.TRAIN, "train"), (Split.VALIDATION, "val")):
        place = shared_data / "bsdata" / folder
        photos = sorted(path for path in place.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
        single_request.import_annotations(
            model,
            split,
            [Upload("coco.json", (place / "annotations_coco.json").open("rb"))],
            [Upload(photo.name, photo.open("rb")) for photo in photos],
            administrator,
        )
    return model


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    """Signed in."""
    with signed_in(clean_app, browser, viewport={"width": 1280, "height": 800}) as context:
        yield context.new_page()


def open_via(page: Page, model_id: int) -> Frame:
    page.goto(f"/models/{model_id}/annotate/via")
    expect(page.locator("#via")).to_have_attribute("data-state", "ready", timeout=60_000)
    return next(frame for frame in page.frames if "/via/" in frame.url and frame is not page.main_frame)


def state_of(model: DetectionModel) -> list[Any]:
    """Every label with its row, and the version of every photo."""
    db.session.rollback()
    shapes = db.session.execute(
        select(Annotation.id, Annotation.image_id, Annotation.segmentation, Annotation.bbox).order_by(
            Annotation.id
        )
    ).all()
    versions = db.session.execute(
        select(Image.id, Image.annotations_version).where(Image.model_id == model.id).order_by(Image.id)
    ).all()
    return [*map(tuple, shapes), *map(tuple, versions)]


def test_bsdata_goes_through_via_without_a_changed_point(page: Page, pits: DetectionModel) -> None:
    model_id = pits.id
    before = state_of(pits)
    frame = open_via(page, model_id)
    assert frame.evaluate("Object.keys(_via_img_metadata).length") == 160
    assert (
        frame.evaluate("Object.values(_via_img_metadata).reduce((n, one) => n + one.regions.length, 0)")
        == 200
    )
    frame.wait_for_function("Object.values(_via_img_src).every(one => /\\/photos\\/\\d+$/.test(one))")
    picture(page, "via")
    # All of them are sent, as if each had been changed: what the server kept must be what it had.
    answer = frame.evaluate(
        """async () => {
          const script = document.querySelector("script[data-base]").dataset;
          const {project, photos} = await (await fetch(script.base + "project")).json();
          const sent = Object.keys(photos).map(key => ({id: photos[key].id, version: photos[key].version,
            regions: _via_img_metadata[key].regions, no_object: false}));
          const headers = {"Content-Type": "text/plain"};
          const answer = await fetch(script.base + "labels", {method: "POST", headers, body: JSON.stringify(sent)});
          return answer.json();
        }"""
    )
    assert answer["complete"], answer["message"]
    assert len(answer["versions"]) == 160
    assert state_of(pits) == before


def test_a_region_drawn_in_via_is_saved_and_nothing_else_changes(page: Page, pits: DetectionModel) -> None:
    before = state_of(pits)
    frame = open_via(page, pits.id)
    frame.evaluate("project_save_with_confirm()")
    expect(page.locator("#toasts")).to_contain_text("Nothing has changed")
    frame.evaluate(
        """() => {
          const photo = _via_img_metadata[_via_image_id_list[0]];
          const [name] = Object.keys(_via_attributes.region.name.options);
          const rect = {name: "rect", x: 5, y: 6, width: 40, height: 30};
          photo.regions.push({shape_attributes: rect, region_attributes: {name}});
          return project_save_with_confirm();
        }"""
    )
    expect(page.locator("#toasts")).to_contain_text("1 photo saved")
    after = state_of(pits)
    lost = [row for row in before if row not in after and len(row) == 4]
    kept = [row[1:] for row in after]
    assert all(row[1:] in kept for row in lost), "a label of the photo was written again, with other points"
    assert db.session.scalar(select(func.count()).select_from(Annotation)) == 201
    # The next save starts from what the server has now.
    frame.evaluate("_via_img_metadata[_via_image_id_list[0]].regions.pop()")
    frame.evaluate("project_save_with_confirm()")
    expect(page.locator("#toasts .toast-text").last).to_contain_text("1 photo saved")
    assert db.session.scalar(select(func.count()).select_from(Annotation)) == 200


def draw_in_via(frame: Frame, key: int = 0) -> None:
    """A box of 6 x 4 on the photo of this number."""
    frame.evaluate(
        """(number) => {
          const [name] = Object.keys(_via_attributes.region.name.options);
          const rect = {name: "rect", x: 5, y: 6, width: 6, height: 4};
          const region = {shape_attributes: rect, region_attributes: {name}};
          _via_img_metadata[_via_image_id_list[number]].regions.push(region);
        }""",
        key,
    )


def test_a_save_in_both_editors_at_once_keeps_both(page: Page, numbered: DetectionModel) -> None:
    photo = db.session.scalars(select(Image).where(Image.filename == "20261130_1.png")).one()
    frame = open_via(page, numbered.id)
    editor = page.context.new_page()
    editor.goto(f"/models/{numbered.id}/annotate?photo={photo.id}")
    assert len(stored(editor, photo, 2)) == 2
    # Ours first: VIA joins what was saved meanwhile.
    editor.keyboard.press("b")
    drag(editor, *on_screen(editor, (20, 15), (28, 25)))
    assert len(stored(editor, photo, 3)) == 3
    draw_in_via(frame)
    frame.evaluate("project_save_with_confirm()")
    expect(page.locator("#toasts .toast-text").last).to_contain_text("1 photo saved")
    db.session.rollback()
    assert {tuple(label.bbox) for label in labels_of(photo)} >= {(5, 6, 6, 4)}
    assert len(labels_of(photo)) == 4
    # Ours last: the person is asked, and keeps both.
    drag(editor, *on_screen(editor, (30, 2), (36, 8)))
    editor.get_by_role("button", name="Keep the shapes of both").click()
    labels = stored(editor, photo, 5)
    assert [5, 6, 6, 4] in [label.bbox for label in labels]
    assert sum(label.bbox == pytest.approx([20, 15, 8, 10], abs=1) for label in labels) == 1


def labels_of(photo: Image) -> list[Annotation]:
    return list(db.session.scalars(select(Annotation).where(Annotation.image_id == photo.id)))


@pytest.fixture
def numbered(clean_app: OpenAPI, administrator: User, monkeypatch: pytest.MonkeyPatch) -> DetectionModel:
    """Two photos whose names begin with one number, with labels of categories that HTML would take apart."""
    monkeypatch.setattr(clean_app.extensions["settings"], "via_file", VIA_PAGE)
    model = detection_models.create_model("Screws", "", administrator)
    box = [10.5, 10, 20.25, 15.5]
    labels = {
        "20261130_1.png": [
            NewShape("刮傷", [[1.5, 2.25, 30, 4, 12.125, 20]], None),
            NewShape("pit & <b>rust</b>", None, box, is_box=True),
        ],
        "20261130_2.png": [NewShape("2", [[5, 5, 9, 5, 9, 9]], None)],
    }
    photos = [Upload(name, io.BytesIO(png(shade=number))) for number, name in enumerate(labels)]
    for image in add_images(model, Split.TRAIN, photos).created:
        annotation_store.replace(
            image, labels[image.filename], False, 0, source=LabelSource.EDITOR, user=administrator
        )
    return model


@pytest.mark.parametrize("kind", ["json", "csv", "coco"])
def test_what_via_exports_comes_back_as_it_was(page: Page, numbered: DetectionModel, kind: str) -> None:
    frame = open_via(page, numbered.id)
    exported = frame.evaluate("async kind => [].concat(...await pack_via_metadata(kind)).join('')", kind)
    parsed = parse_annotations(exported.encode(), f"via.{'csv' if kind == 'csv' else 'json'}")
    came = {
        (image.file_name, shape.category, shape.is_box, str([*map(list, shape.segmentation)]))
        for image in parsed.images
        for shape in image.shapes
    }
    stored = db.session.execute(
        select(Image.filename, Category.name, Annotation.is_box, Annotation.segmentation)
        .join(Annotation, Annotation.image_id == Image.id)
        .join(Category, Category.id == Annotation.category_id)
    )
    there = {(name, *rest, str([[*map(float, flat)] for flat in shape])) for name, *rest, shape in stored}
    assert came == there
    assert parsed.annotations_in_file == len(there) == 3


def test_the_coco_that_via_exports_of_our_project_files_has_each_region_once(
    page: Page, numbered: DetectionModel
) -> None:
    corner, other = [1.5, 2.0, 9.0, 2.0, 9.0, 8.0], [20.0, 20.0, 30.0, 20.0, 30.0, 30.0]
    shapes = [
        ExportShape("2", [corner, other], [1.5, 2, 28.5, 28], 72.5),
        ExportShape("yes", [corner], [1.5, 2, 7.5, 6], 22.5, iscrowd=True),
        ExportShape("2", [[3, 4, 13, 4, 13, 9, 3, 9]], [3, 4, 10, 5], 50, is_box=True),
    ]
    project = io.BytesIO()
    stream = ViaStream(project, "Screws", ["yes", "2", "1"], ViaWords())
    stream.add(ExportImage("1.png", 40, 30, "0" * 64, "train", size=5), shapes)
    stream.finish()
    frame = open_via(page, numbered.id)
    exported = frame.evaluate(
        """async project => {
          project_open_parse_json_file(project);
          return [].concat(...await pack_via_metadata("coco")).join("");
        }""",
        project.getvalue().decode(),
    )
    (image,) = parse_annotations(exported.encode(), "via.json").images
    # VIA knows no shapes of several parts, and its COCO no crowds.
    assert [(shape.category, shape.segmentation, shape.is_box) for shape in image.shapes] == [
        ("2", [corner], False),
        ("2", [other], False),
        ("yes", [corner], False),
        ("2", shapes[2].segmentation, True),
    ]


def test_what_runs_in_the_frame_cannot_act_as_the_user(page: Page, pits: DetectionModel) -> None:
    frame = open_via(page, pits.id)
    assert frame.evaluate("self.origin") == "null"
    found = frame.evaluate(
        """async () => {
          const denied = async act => { try { return String(await act()); } catch (error) { return "denied"; } };
          const body = new URLSearchParams({name: "hostile"});
          return {
            cookie: await denied(() => document.cookie),
            parent: await denied(() => parent.document.title),
            page: await denied(() => fetch(`/models/MODEL`, {credentials: "include"})),
            post: await denied(() => fetch(`/models`, {method: "POST", credentials: "include", body})),
            elsewhere: await denied(() => fetch("http://127.0.0.1:9/", {mode: "no-cors"})),
          };
        }""".replace("MODEL", str(pits.id))
    )
    assert set(found.values()) == {"denied"}, json.dumps(found)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(DetectionModel)) == 1


def test_the_page_is_accessible_with_via_and_without(
    page: Page, pits: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_app.extensions["settings"], "via_file", Path("/nowhere/via.html"))
    page.goto(f"/models/{pits.id}/annotate/via")
    expect(page.get_by_text("VIA is not installed on this server")).to_be_visible()
    picture(page, "via-missing")
    assert faults_of(page) == []
