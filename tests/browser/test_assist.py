"""The model's own weights help the hand: trained a little, they suggest, a person accepts; a box gives an outline."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from embedded.waiting import wait_until
from jobs.tasks import run_job
from jobs.tasks.suggestions import suggest
from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture
from tests.browser.fruits import learnt_model
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, open_tab, take_outline_tool
from tests.builders.library import all_images
from tests.jobs.detection.conftest import TrainedRun
from tests.suggestions.suggested import suggest as suggest_squares
from webapp.annotations import categories
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import Annotation, DetectionModel, Image, LibraryKind, LibraryRun, RunStatus, Split, User
from webapp.projects import detection_models
from webapp.suggestions import drafts as suggestion_drafts


@pytest.fixture
def fruits(
    clean_app: OpenAPI,
    administrator: User,
    shared_data: Path,
    learnt_by_heart: TrainedRun,
    monkeypatch: pytest.MonkeyPatch,
) -> DetectionModel:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    return learnt_model(administrator, shared_data, learnt_by_heart.outcome.weights)


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    """Signed in."""
    with signed_in(clean_app, browser) as context:
        yield context.new_page()


def unlabelled(model: DetectionModel) -> Image:
    return db.session.scalars(select(Image).where(Image.model_id == model.id, ~Image.labelled)).one()


def stored(image_id: int) -> list[Annotation]:
    db.session.rollback()
    return list(db.session.scalars(select(Annotation).where(Annotation.image_id == image_id)))


def test_suggestions_after_a_real_training_become_labels(page: Page, fruits: DetectionModel) -> None:
    image_id = unlabelled(fruits).id
    page.goto(f"/models/{fruits.id}/annotate?photo={image_id}")
    open_tab(page, "suggestions")
    page.get_by_role("button", name="Suggest labels").click()
    expect(page.locator("#suggestion-run")).to_contain_text("Waiting")
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.kind == LibraryKind.SUGGEST)).one()
    suggest(run.id)  # as the predict worker does
    db.session.refresh(run)
    assert run.status == RunStatus.COMPLETED, run.error
    rows = page.locator("[data-suggestion]")
    expect(rows.first).to_be_visible(timeout=20_000)
    count = rows.count()
    assert count >= 2
    picture(page, "suggestions")
    assert faults_of(page) == []
    # One by its button, one refused, the rest by the key.
    rows.first.get_by_role("button", name=re.compile("^Accept ")).click()
    rows.first.get_by_role("button", name=re.compile("^Refuse ")).click()
    expect(rows).to_have_count(count - 2)
    page.locator("#suggestion-threshold").fill("25")
    page.locator("#stage").focus()
    page.keyboard.press("Shift+Y")
    expect(rows).to_have_count(0)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    labels = stored(image_id)
    assert len(labels) == count - 1
    assert all(label.suggested for label in labels)
    assert suggestion_drafts.of_image(db.session.get_one(Image, image_id)) == []


def test_a_box_gives_an_outline_and_it_becomes_a_label(page: Page, fruits: DetectionModel) -> None:
    image_id = unlabelled(fruits).id
    labelled = db.session.scalars(select(Image).where(Image.filename == "0.jpg")).one()
    x, y, width, height = stored(labelled.id)[0].bbox
    page.goto(f"/models/{fruits.id}/annotate?photo={image_id}")
    take_outline_tool(page)
    start, end = on_screen(page, (x - 3, y - 3), (x + width + 3, y + height + 3))
    drag(page, start, end)
    expect(page.get_by_role("button", name="Take this outline")).to_be_visible(timeout=15_000)
    picture(page, "outline-from-a-box")
    page.keyboard.press("Enter")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    (label,) = stored(image_id)
    assert not label.is_box
    assert len(label.segmentation[0]) > 16
    assert label.bbox == pytest.approx([x, y, width, height], abs=15)


SQUARES = {"red": (100, 80), "green": (160, 80), "blue": (100, 140)}
SIDE = 60


def photo_of_squares(administrator: User) -> Image:
    """Three coloured squares side by side, the blue one below."""
    colours = {"red": (200, 60, 50), "green": (60, 190, 70), "blue": (70, 80, 220)}
    pixels = np.full((300, 400, 3), 40.0)
    for name, (left, top) in SQUARES.items():
        pixels[top : top + SIDE, left : left + SIDE] = colours[name]
    pixels += np.random.default_rng(1).normal(0, 12, pixels.shape)
    buffer = io.BytesIO()
    Picture.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    model = detection_models.create_model("Squares", "", administrator)
    categories.ensure(model, ["square"])
    image_intake.add_images(model, Split.TRAIN, [Upload("squares.png", buffer)])
    return all_images(model)[0]


def test_strokes_refine_the_outline(page: Page, administrator: User) -> None:
    image = photo_of_squares(administrator)
    page.goto(f"/models/{image.model_id}/annotate?photo={image.id}")
    middles = {name: (x + SIDE / 2, y + SIDE / 2) for name, (x, y) in SQUARES.items()}

    def found() -> set[str]:
        """The squares whose middle is inside of the outline, once it has been answered."""
        expect(page.locator("[data-outline-tool]")).to_have_attribute("data-state", "found", timeout=15_000)
        inside = page.evaluate(
            """async (points) => {
              const {editor} = await import("/static/js/annotations/annotator/editor.js");
              const {contains} = await import("/static/js/annotations/annotator/geometry.js");
              const {outlines} = (await editor()).tool;
              return points.map(point => outlines.some(outline => contains(outline, point)));
            }""",
            list(middles.values()),
        )
        return {name for name, is_inside in zip(middles, inside, strict=True) if is_inside}

    def stroke(key: str, *points: tuple[float, float]) -> None:
        start, end = on_screen(page, *points)
        page.keyboard.press(key)
        with page.expect_response(re.compile("outline")):
            drag(page, start, end)

    take_outline_tool(page)
    drag(page, *on_screen(page, (92, 72), (228, 146)))
    assert found() == {"red", "green"}
    stroke("x", (180, 95), (205, 125))
    assert found() == {"red"}
    stroke("t", (130, 150), (130, 190))
    assert found() == {"red", "blue"}
    assert faults_of(page) == []
    picture(page, "outline-with-strokes")
    page.keyboard.press("Enter")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    (label,) = stored(image.id)
    assert label.bbox == pytest.approx([100, 80, 60, 120], abs=8)


@pytest.fixture
def photo(administrator: User) -> Image:
    """A photo without labels, with suggestions of 90, 80 and 40 %."""
    model = detection_models.create_model("Figs", "", administrator)
    categories.ensure(model, ["fig"])
    buffer = io.BytesIO()
    Picture.new("RGB", (80, 60), (90, 120, 60)).save(buffer, "PNG")
    image_intake.add_images(model, Split.TRAIN, [Upload("fig.png", buffer)])
    image = all_images(model)[0]
    suggest_squares(image, 0.9, 0.8, 0.4)
    return image


def take_keys(page: Page) -> None:
    """Once the suggestions of ``photo`` have their script: it marks the one below the threshold."""
    expect(page.locator("[data-suggestion][data-below]")).to_have_count(1)
    page.locator("#stage").focus()


def waiting(image_id: int) -> list[float]:
    db.session.rollback()
    return [one.score for one in suggestion_drafts.of_image(db.session.get_one(Image, image_id))]


def drawn_dashed(page: Page) -> list[str] | None:
    """The best first: it is drawn last, over the others."""
    return page.evaluate(
        """async () => {
          const {editor} = await import("/static/js/annotations/annotator/editor.js");
          const drawn = (await editor()).stage.overlays.get("suggestions")?.filter(one => one.dashed);
          return drawn?.map(one => one.label).reverse();  // none before the script of the suggestions has begun
        }"""
    )


def test_undo_brings_suggestions_back_and_redo_decides_again(page: Page, photo: Image) -> None:
    image_id = photo.id

    def shows(rows: list[int], shapes: int) -> None:
        expect(page.locator("[data-suggestion] .label-kind")).to_have_text([f"{row} %" for row in rows])
        least = float(page.locator("#suggestion-threshold").input_value())
        dashed = [f"fig {row} %" for row in rows if row >= least]
        wait_until(lambda: drawn_dashed(page) == dashed, "they are drawn", 10)
        expect(page.locator("#shape-list [role=option]")).to_have_count(shapes)
        expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
        wait_until(lambda: waiting(image_id) == [row / 100 for row in rows], "the server knows it", 10)
        assert len(stored(image_id)) == shapes

    page.goto(f"/models/{photo.model_id}/annotate?photo={image_id}")
    take_keys(page)
    page.keyboard.press("y")  # the best
    shows([80, 40], 1)
    page.keyboard.press("Control+z")
    shows([90, 80, 40], 0)
    page.keyboard.press("Control+Shift+z")
    shows([80, 40], 1)
    assert stored(image_id)[0].suggested
    page.keyboard.press("Control+z")
    page.keyboard.press("Shift+Y")  # all from 70 % on, in one step
    shows([40], 2)
    page.keyboard.press("Control+z")
    shows([90, 80, 40], 0)
    page.keyboard.press("Control+Shift+z")
    shows([40], 2)
    version = db.session.get_one(Image, image_id).annotations_version
    open_tab(page, "suggestions")
    page.locator("#suggestion-threshold").fill("25")  # keys take what is drawn
    shows([40], 2)
    page.locator("#stage").focus()
    page.keyboard.press("Shift+X")  # refused: no label changes by it
    shows([], 2)
    expect(page.get_by_text("There are no suggestions for this photo.")).to_be_visible()
    page.keyboard.press("Control+z")
    shows([40], 2)
    assert db.session.get_one(Image, image_id).annotations_version == version
    page.reload()
    shows([40], 2)


def test_undo_brings_a_suggestion_back_though_the_panel_was_fetched_again(page: Page, photo: Image) -> None:
    page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
    take_keys(page)
    page.keyboard.press("y")
    wait_until(lambda: waiting(photo.id) == [0.8, 0.4], "the server knows it", 10)
    page.evaluate("htmx.trigger('#suggestions', 'suggestions:changed')")
    expect(page.locator(".suggestion")).to_have_count(2)  # one is hidden no more: it is not there
    page.keyboard.press("Control+z")
    scores = page.locator("[data-suggestion] .label-kind")
    expect(scores).to_have_text(["90 %", "80 %", "40 %"])
    assert waiting(photo.id) == [0.9, 0.8, 0.4]


def test_a_decision_that_could_not_be_sent_is_sent_later(page: Page, photo: Image) -> None:
    page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
    take_keys(page)
    page.route("**/suggestions/decide", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.keyboard.press("Shift+X")
    expect(page.get_by_text("The server does not answer: try again in a moment.").last).to_be_visible()
    page.unroute("**/suggestions/decide")
    wait_until(lambda: waiting(photo.id) == [0.8, 0.4], "the server knows it", 20)


def test_what_to_teach_first_is_an_order_of_the_strip(page: Page, fruits: DetectionModel) -> None:
    page.goto(f"/models/{fruits.id}/annotate")
    page.get_by_role("button", name="Filter and order").click()
    page.get_by_label("Order", exact=True).select_option(label="Teach these first")
    page.locator(".photo-filter").get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".strip-photo")).to_have_count(1)
    assert db.session.scalar(select(func.count()).select_from(Image)) == 3
