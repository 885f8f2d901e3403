"""What scripts do on the screens around photos and trainings: find, mark, order, look back; and where things stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import watch
from tests.browser.live_app import signed_in
from tests.browser.test_uploads import drop
from tests.builders import runs
from tests.builders.library import all_images
from tests.training import tested
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, RunStatus, User
from webapp.models.columns import now
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models
from webapp.training import samples as samples_of_run

LINES = """selectors => selectors.flatMap((selector) => {
  const line = document.querySelector(selector);
  const shown = [...line.children].map((one) => one.getBoundingClientRect()).filter((box) => box.width && box.height);
  const middles = shown.map((box) => Math.round((box.top + box.bottom) / 2));
  const isOne = Math.max(...middles) - Math.min(...middles) < 12;
  const isCut = line.scrollWidth > line.clientWidth + 1;
  return isOne && !isCut ? [] : [`${selector}: ${isCut ? "cut off" : middles}`];
})"""
"""What of these lines has become two, or does not fit."""


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    with signed_in(clean_app, browser) as context:
        yield context.new_page()


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


def names(page: Page) -> list[str]:
    return page.locator(".model-card:visible .model-card-name").all_inner_texts()


def test_what_is_typed_before_the_scripts_came_is_searched(page: Page, administrator: User) -> None:
    for number in range(11):
        detection_models.create_model(f"Model {number}", "", administrator)
    detection_models.create_model("滾珠螺桿", "", administrator)
    held: list[Route] = []
    page.route("**/search.js", lambda route: held.append(route))
    with page.expect_request("**/search.js"):
        page.goto("/")
    # A fill would wait until the page listens, as every test does.
    page.evaluate("document.getElementById('model-search').value = '螺桿'")
    assert page.evaluate("document.documentElement.hasAttribute('data-starting')")
    assert page.locator(".model-card:visible").count() == 12
    held[0].continue_()
    expect(page.locator(".model-card:visible")).to_have_count(1)
    assert not page.evaluate("document.documentElement.hasAttribute('data-starting')")


def test_from_twelve_models_on_they_are_searched_and_ordered_by_hand(page: Page, administrator: User) -> None:
    for number in range(11):
        detection_models.create_model(f"Model {number}", "", administrator)
    page.goto("/")
    expect(page.get_by_label("Search the models")).to_have_count(0)
    detection_models.create_model("滾珠螺桿", "", administrator)
    page.reload()
    page.get_by_label("Search the models").fill("螺桿")
    expect(page.locator(".model-card:visible")).to_have_count(1)
    page.get_by_label("Search the models").fill("nothing")
    expect(page.get_by_text("No model is called like that.")).to_be_visible()

    page.get_by_label("Order").select_option("By hand")
    expect(page.locator("[data-by-hand]")).to_be_visible()
    assert names(page)[:2] == ["Model 0", "Model 1"]
    page.get_by_role("button", name="Move Model 1 forward").press("Enter")
    expect(page.locator(".model-card-name").first).to_have_text("Model 1")
    # All cards are in sight: nothing scrolls away under the mouse.
    page.set_viewport_size({"width": 1280, "height": 2400})
    page.locator(".model-card", has_text="滾珠螺桿").drag_to(page.locator(".model-card").first)
    expect(page.locator(".model-card-name").first).to_have_text("滾珠螺桿")
    page.reload()
    assert names(page)[:3] == ["滾珠螺桿", "Model 1", "Model 0"]
    page.get_by_label("Order").select_option("In order of creation")
    expect(page.locator(".model-card-name").first).to_have_text("Model 0")


def test_parameters_are_searched_marked_and_kept_without_leaving_their_place(
    page: Page, model: DetectionModel
) -> None:
    page.goto(f"/models/{model.id}/train")
    page.locator("#advanced > summary").click()
    page.get_by_label("Search the parameters").fill("learning rate")
    shown = page.locator("#advanced [data-parameter]:visible")
    expect(shown.first).to_contain_text("earning rate")
    found = shown.count()
    page.get_by_label("Search the parameters").fill("")
    assert 0 < found < shown.count()
    page.locator("[name=learning_rate]").fill("0.0123")
    expect(page.locator("[data-changed-count]")).to_have_text("changed: 1")
    page.get_by_role("button", name="Keep as this model's defaults").click()
    expect(page.locator("#advanced")).to_have_attribute("open", "")
    expect(page.locator("[name=learning_rate]")).to_have_value("0.0123")
    expect(page.locator("#keep-defaults")).to_be_in_viewport()


def test_what_is_wrong_in_a_folded_parameter_has_the_focus_and_can_be_seen(
    page: Page, model: DetectionModel
) -> None:
    page.goto(f"/models/{model.id}/train")
    page.locator("#advanced > summary").click()
    page.locator("[name=learning_rate]").evaluate("one => { one.type = 'text'; one.value = 'fast'; }")
    page.get_by_role("button", name="Start training").click()
    wrong = page.locator("[name=learning_rate]")
    expect(wrong).to_be_focused()
    expect(wrong).to_be_in_viewport()
    expect(wrong).to_have_attribute("aria-invalid", "true")


def test_the_same_photos_are_looked_at_after_earlier_iterations(
    page: Page, model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    folder = samples_of_run.folder(run.id)
    folder.mkdir(parents=True)
    for iteration in (2, 4):
        for index in range(2):
            Picture.new("RGB", (40, 30), "navy").save(folder / samples_of_run.file_name(iteration, index))
    page.goto(f"/training-runs/{run.id}")
    samples = page.locator("#run-samples")
    expect(samples.locator("[data-sample-words]")).to_have_text("after iteration 4")
    newest = samples.locator("img").first.get_attribute("src")
    page.get_by_label("After which iteration").press("ArrowLeft")
    expect(samples.locator("[data-sample-words]")).to_have_text("after iteration 2")
    expect(samples.locator("img").first).not_to_have_attribute("src", newest or "")
    page.get_by_label("After which iteration").press("ArrowRight")
    expect(samples.locator("img").first).to_have_attribute("src", newest or "")


def test_what_a_threshold_means_follows_the_slider_and_the_buttons(
    page: Page, model: DetectionModel, administrator: User
) -> None:
    run = runs.finished_training(model, administrator)
    photo = db.session.scalars(db.select(Image)).first()
    assert photo is not None
    tested.store(run, photo.sha256)
    page.goto(f"/training-runs/{run.id}/result")
    slider = page.locator("#threshold-slider")
    expect(page.locator("#worst-photos")).to_contain_text("Missed: 1")
    page.locator("#threshold-tables > summary").click()
    slider.press("Home")
    expect(page.locator(".threshold-sentence")).to_have_text("Misses 1 of 3 objects, 1 false alarm")
    expect(page.locator("#worst-photos")).to_contain_text("False alarms: fig 0.40")
    slider.press("End")
    expect(page.locator(".threshold-sentence")).to_have_text("Misses 2 of 3 objects, 0 false alarms")
    expect(page.locator("label[for=threshold-slider] strong")).to_have_text("1.00")
    expect(page.locator("#threshold-tables")).to_have_attribute("open", "")
    expect(slider).to_be_focused()
    page.get_by_role("button", name="Best balance").click()
    expect(page.locator(".threshold-sentence")).to_have_text("Misses 1 of 3 objects, 0 false alarms")
    expect(slider).to_have_value(re.compile(r"^0\.50?$"))


def test_one_loss_of_several_runs_is_chosen_and_smoothed(
    page: Page, model: DetectionModel, administrator: User
) -> None:
    first, second = (runs.finished_training(model, administrator) for _number in range(2))
    page.goto(f"/models/{model.id}/compare?run={first.id}&run={second.id}")
    lines = page.locator("#compare-chart .apexcharts-line-series path")
    expect(lines.first).to_be_attached()
    before = page.locator("#compare-chart").get_attribute("data-chart")
    page.get_by_label("Curve").select_option("Training loss")
    expect(page.locator("#compare-chart")).not_to_have_attribute("data-chart", before or "")
    expect(lines.first).to_be_attached()


def test_labels_are_drawn_on_the_wall_by_a_press_and_stay(page: Page, model: DetectionModel) -> None:
    page.goto(f"/models/{model.id}/images")
    shapes = page.locator(".photo-outlines polygon")
    expect(shapes).to_have_count(0)
    page.get_by_role("button", name="Draw the labels on the photos").click()
    expect(shapes.first).to_be_visible()
    page.get_by_role("button", name="Draw the labels on the photos").click()
    expect(shapes.first).to_be_hidden()
    page.get_by_role("button", name="Draw the labels on the photos").click()
    page.reload()
    expect(shapes.first).to_be_visible()


def test_a_press_beside_a_dialog_closes_it(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Help").click()
    help_words = page.get_by_role("dialog", name="Help")
    expect(help_words).to_contain_text("The next step")
    help_words.get_by_role("heading", name="Help").click()
    expect(help_words).to_be_visible()
    page.mouse.click(20, 880)
    expect(help_words).to_be_hidden()


def test_a_menu_is_gone_through_by_arrows_and_closed_by_escape(page: Page, model: DetectionModel) -> None:
    page.goto(f"/models/{model.id}/images")
    more = page.get_by_role("button", name="More about these photos")
    more.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Automatic split")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name=re.compile("Trash"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(page.get_by_role("link", name="Automatic split")).to_be_hidden()
    more.click()
    expect(page.get_by_role("link", name="Automatic split")).to_be_visible()
    page.mouse.click(640, 700)
    expect(page.get_by_role("link", name="Automatic split")).to_be_hidden()


def test_lines_of_filters_stay_one_line(page: Page, model: DetectionModel, administrator: User) -> None:
    runs.finished_training(model, administrator)
    run = runs.finished_prediction(model, administrator)
    faults = []
    for language in ("zh_Hant_TW", "en"):
        page.context.add_cookies(
            [{"name": "language", "value": language, "url": page.context.request.get("/").url}]
        )
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 800})
            for address, lines in (
                (f"/models/{model.id}/images", [".filter-line"]),
                (f"/prediction-runs/{run.id}", [".totals-line", ".result-tools"]),
            ):
                page.goto(address)
                page.wait_for_load_state("load")
                faults += [f"{language} {width} {fault}" for fault in page.evaluate(LINES, lines)]
    assert not faults, "\n".join(faults)
    # There is room to write a name in.
    page.goto(f"/models/{model.id}/images")
    box = page.locator("#search-name").bounding_box()
    assert box and box["width"] > 80


def test_thumbnails_show_whole_photos_and_their_labels(page: Page, model: DetectionModel) -> None:
    page.goto(f"/models/{model.id}/images")
    picture = page.locator(".photo-grid img").first
    expect(picture).to_have_css("object-fit", "contain")
    shapes = page.locator(".photo-grid > li").first.locator("svg.photo-outlines polygon")
    expect(shapes).to_have_count(0)
    page.get_by_role("button", name="Draw the labels on the photos").click()
    expect(shapes).to_have_count(2)
    page.get_by_role("button", name="Draw the labels on the photos").click()
    expect(shapes.first).to_be_hidden()


def test_a_photo_is_looked_at_large_and_zoomed(page: Page, model: DetectionModel) -> None:
    first, second, *_others = all_images(model)
    page.goto(f"/models/{model.id}/images/{first.id}")
    expect(page.locator(".page-place")).to_have_text(re.compile("^[12] / 2$"))
    zoom = page.get_by_role("button", name=f"Enlarge {first.filename}")
    zoom.click()
    popup = page.locator(".viewer-container")
    expect(popup.locator(".viewer-title")).to_have_text(first.filename)
    # The labels lie over the photo here too, and grow with it.
    overlay = popup.locator(".overlay")
    expect(overlay).to_be_visible()
    expect(popup.locator(".viewer-canvas img")).to_be_visible()
    for action in ("Zoom in", "Zoom out", "Original size", "Whole picture"):
        before = overlay.evaluate("one => one.style.width")
        popup.get_by_role("button", name=action).click()
        expect(overlay).not_to_have_attribute("style", re.compile(f"[^-]width: {re.escape(before)}"))
    # One photo alone has no neighbours in the pop-up: the arrow keys lead on behind it.
    expect(popup.get_by_role("button", name="Next")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(zoom).to_be_focused()
    shown = page.get_by_role("heading", level=1)
    step = "ArrowRight" if page.locator("a[rel=next]").count() else "ArrowLeft"
    page.keyboard.press(step)
    expect(shown).to_have_text(second.filename)
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowLeft" if step == "ArrowRight" else "ArrowRight")
    expect(shown).to_have_text(first.filename)


def test_losses_and_pictures_of_a_training_are_seen_without_scrolling(
    page: Page, model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    folder = samples_of_run.folder(run.id)
    folder.mkdir(parents=True, exist_ok=True)
    for iteration in (2, 4):
        for index in range(samples_of_run.PHOTOS):
            Picture.new("RGB", (400, 300), "navy").save(folder / samples_of_run.file_name(iteration, index))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/training-runs/{run.id}")
    expect(page.locator("[data-loss-chart] svg .apexcharts-line-series path").first).to_be_attached()
    for part in ("#run-panel progress", "[data-loss-chart]", "#run-samples figure:last-child"):
        box = page.locator(part).first.bounding_box()
        assert box and box["y"] + box["height"] <= 800, (part, box)
    expect(page.locator("#live-values")).not_to_have_attribute("open", "")


def test_what_was_found_stands_in_columns_and_its_table_beside_the_picture(
    page: Page, model: DetectionModel, administrator: User
) -> None:
    runs.finished_training(model, administrator)
    run = runs.prediction(model, administrator, {f"{n}.jpg": runs.photo_file(n + 20) for n in range(5)})
    prediction_progress.claim(run.id)
    for _number in range(5):
        runs.predict_next(run, ["fig", "date"])
    prediction_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/prediction-runs/{run.id}")
    page.wait_for_load_state("load")
    columns = "one => getComputedStyle(one).gridTemplateColumns.split(' ').length"
    assert page.locator("#result-grid").evaluate(columns) in (3, 4)
    result = page.locator(".result").first
    result.locator("summary").click()
    table = result.locator("table.list")
    expect(table.locator("th")).to_have_text(
        ["No.", "Category", "Score", re.compile("Box"), re.compile("Area"), re.compile("Length")]
    )
    picture, beside = result.locator(".result-frame").bounding_box(), table.bounding_box()
    assert picture and beside and beside["x"] >= picture["x"] + picture["width"]
    assert table.evaluate("one => one.scrollWidth <= one.parentElement.clientWidth + 1")


def test_photos_to_predict_are_dropped_anywhere_and_weights_find_their_place(
    page: Page, model: DetectionModel, administrator: User, tmp_path: Path
) -> None:
    runs.finished_training(model, administrator)
    photo, weights = tmp_path / "new.jpg", tmp_path / "mine.safetensors"
    photo.write_bytes(runs.photo_file(40))
    weights.write_bytes(b"no weights")
    page.goto(f"/models/{model.id}/predict")
    start = page.get_by_role("button", name="Start prediction")
    expect(start).to_be_disabled()
    drop(page, "h1", photo)
    expect(page.locator("#photos-upload .upload-result")).to_contain_text("Upload successful")
    expect(page.locator(".drop-cover")).to_be_hidden()
    expect(start).to_be_enabled()
    drop(page, "h1", weights)
    expect(page.locator("#own-weights")).to_have_attribute("open", "")
    expect(page.locator("#weights-upload .upload-file")).to_contain_text("mine.safetensors")
    expect(page.locator("#photos-upload .upload-file")).to_have_count(1)


def test_help_says_the_next_step_of_its_screen(page: Page, model: DetectionModel) -> None:
    faults = watch(page, page.context.request.get("/").url.rstrip("/"))
    for screen, words in ((f"/models/{model.id}/images", "tick it"), ("/", "New here?")):
        page.goto(screen)
        page.locator("#help-button").click()
        expect(page.locator("#help")).to_contain_text("The next step")
        expect(page.locator("#help")).to_contain_text(words)
        page.keyboard.press("Escape")
        expect(page.locator("#help")).to_be_hidden()
    assert not faults, faults
