"""Every page in a real browser, with names of 60 characters and numbers of seven digits: nothing sticks out of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page
from sqlalchemy import func

from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture, watch
from tests.browser.live_app import signed_in
from tests.builders import runs as builders
from tests.web.test_no_refused_button import pages_of
from webapp.core.extensions import db
from webapp.images import trash as image_trash
from webapp.models import (
    Category,
    DetectionModel,
    Image,
    ImageCount,
    PredictedImage,
    RunStatus,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.operations.pages.components import LARGE_COUNT, NAME_OF_60
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models

ZOOMED = {"width": 640, "height": 400}
"""A window of 1280 x 800 px at 200 %."""
WIDE = {"width": 1280, "height": 800}
SHEET = {"width": 718, "height": 1047}
"""A4 with margins of a centimetre, at 96 px an inch."""
BOXES = ".panel, .tile, .rail-step, .work-bar, .select-bar, .notice, .fold, .chip, .btn, .badge-state"
CARDS = ".model-card, .result, .photo, .upload-file"
"""Cut what is too long for them: nothing may be."""
STICKING_OUT = """([boxes, cards]) => {
  const room = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth > room + 1;
  const left = ".visually-hidden, [hidden], .apexcharts-canvas";
  const shows = (one) => one.matches(cards) || getComputedStyle(one).overflowX === "visible";
  const cut = [...document.querySelectorAll(`${boxes}, ${cards}`)].filter((one) => one.clientWidth && shows(one)
    && one.scrollWidth > one.clientWidth + 1 && !one.closest(left));
  const out = [...document.querySelectorAll("main *, header *, nav *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return wide && box.width && box.right > room + 1 && !one.closest(".table-frame, .tabs, .rail, .table-scroll");
  });
  const name = (one) => `${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className}`.slice(0, 80);
  return [...(wide ? ["the page is wider than its window"] : []),
    ...cut.slice(0, 3).map((one) => `too much in ${name(one)}`),
    ...out.slice(-2).map((one) => `beyond the edge: ${name(one)}`)];
}"""

OF_BOOTSTRAP = """() => {
  const theirs = new Set(["13, 110, 253", "10, 88, 202", "110, 168, 254", "134, 183, 254", "214, 51, 132",
    "230, 133, 181"].map((numbers) => `rgb(${numbers})`));
  const parts = ["color", "backgroundColor", "borderTopColor", "outlineColor", "fill", "accentColor"];
  return [...document.querySelectorAll("body, body *")].filter((one) => {
    const style = getComputedStyle(one);
    return parts.some((part) => theirs.has(style[part]));
  }).slice(0, 3).map((one) => `a blue or pink of Bootstrap: ${one.outerHTML.slice(0, 80)}`);
}"""
"""Its colours for links, buttons, focus and code, light and dark."""
CHARTS_FIT = """() => [...document.querySelectorAll(".chart > .apexcharts-canvas")]
  .every((one) => one.clientWidth <= one.parentElement.clientWidth + 1)"""


WITHOUT_ANYTHING = ("images", "annotate", "train", "record", "predict", "statistics", "images/trash", "team")


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """With runs in several states, predictions and photos in the trash; everything is called as long as it may be."""
    model = builders.model_with_photos(administrator, train=3)
    builders.finished_training(model, administrator)
    builders.finished_training(model, administrator, RunStatus.STOPPED)
    builders.running_training(model, administrator)
    run = builders.prediction(model, administrator, {"a.jpg": builders.photo_file(9)})
    prediction_progress.claim(run.id)
    builders.predict_next(run, ["fig", "date"])
    prediction_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    builders.prediction(model, administrator, {"b.jpg": builders.photo_file(10)})
    first = db.session.query(Image.id).limit(1).scalar()
    image_trash.delete_images(model, Image.id == first, administrator)
    model.name, model.description = NAME_OF_60, NAME_OF_60 * 3
    long_name = func.concat(NAME_OF_60[:-8], Image.id, ".jpg")
    db.session.query(Image).update({"filename": long_name})
    db.session.query(Category).update({"name": func.concat(NAME_OF_60[:-4], Category.id)})
    db.session.query(TrainingRun).update({"name": NAME_OF_60, "note": NAME_OF_60})
    db.session.query(PredictedImage).update({"folder": "folder", "filename": NAME_OF_60})
    db.session.query(ImageCount).update({"count": LARGE_COUNT})
    db.session.commit()
    return model


@pytest.fixture
def developer_pages(clean_app: OpenAPI) -> Iterator[None]:
    before = clean_app.extensions["settings"]
    clean_app.extensions["settings"] = before.model_copy(update={"developer_pages": True})
    yield
    clean_app.extensions["settings"] = before


def whole_pages(client: FlaskClient) -> list[str]:
    """An address of each kind of page that links lead to; fragments belong to the pages that fetch them."""
    app: Any = client.application
    adapter = app.url_map.bind("localhost")
    found: dict[str, str] = {}
    for address, text in pages_of(client):
        if text.lstrip()[:15].lower().startswith("<!doctype html"):
            found.setdefault(adapter.match(address.split("?")[0].split("#")[0])[0], address)
    return [*found.values(), "/components", "/no-such-page"]


def look(page: Page, address: str) -> list[str]:
    """What sticks out in the window, at 200 %, and on paper; what breaks a rule of accessibility in either theme."""
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.goto(address)
    page.wait_for_load_state("load")
    name = "page" + re.sub(r"\W+", "-", address)
    picture(page, name)
    faults = [f"{address}: {fault}" for fault in page.evaluate(STICKING_OUT, [BOXES, CARDS])] + faults_of(
        page
    )
    # The report is paper: light in every theme.
    if not address.endswith("/report"):
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        faults += [f"dark: {fault}" for fault in faults_of(page, only_colours=True)]
        faults += [f"{address} dark: {fault}" for fault in page.evaluate(OF_BOOTSTRAP)]
        page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    # Charts are drawn for their new width a moment after it is there.
    page.wait_for_function(CHARTS_FIT)
    picture(page, f"{name}-zoomed")
    faults += [f"{address} at 200 %: {fault}" for fault in page.evaluate(STICKING_OUT, [BOXES, CARDS])]
    page.set_viewport_size(SHEET)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    picture(page, f"{name}-printed")
    faults += [f"{address} printed: {fault}" for fault in page.evaluate(STICKING_OUT, [BOXES, CARDS])]
    page.emulate_media(media="screen")
    return faults


def look_at_dialogs(page: Page, seen: set[str]) -> list[str]:
    """Each is opened once, on the first page that has it."""
    faults = []
    names = page.evaluate("[...document.querySelectorAll('dialog[id]')].map((one) => one.id)")
    new = [name for name in names if name not in seen]
    if new:
        page.reload()
    for name in new:
        seen.add(name)
        page.evaluate("id => document.getElementById(id).showModal()", name)
        faults += [f"dialog {name}: {fault}" for fault in faults_of(page)]
        page.evaluate("id => document.getElementById(id).close()", name)
    return faults


def test_nothing_sticks_out_of_any_page_and_all_keep_the_rules_of_accessibility(
    clean_app: OpenAPI,
    client: FlaskClient,
    browser: Browser,
    administrator: User,
    model: DetectionModel,
    developer_pages: None,
) -> None:
    empty = detection_models.create_model("Empty", "", administrator)
    addresses = whole_pages(client)
    assert len(addresses) > 35, addresses
    addresses += [f"/models/{empty.id}/{name}" for name in WITHOUT_ANYTHING]
    faults: list[str] = []
    dialogs: set[str] = set()
    with signed_in(clean_app, browser, reduced_motion="reduce") as context:
        page = context.new_page()
        scripts = watch(page, context.request.get("/").url.rstrip("/"))
        for address in addresses:
            faults += look(page, address)
            faults += look_at_dialogs(page, dialogs)
    assert len(dialogs) > 8, dialogs
    assert not faults, "\n".join(faults)
    assert not scripts, scripts
