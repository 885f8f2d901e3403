"""What scripts do on the screens around a training: find, mark, order, look back."""

import re
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from playwright.sync_api import Browser, Page, expect

from tests.browser.live_app import signed_in
from tests.builders import runs
from tests.training import tested
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, User
from webapp.projects import detection_models
from webapp.training import samples as samples_of_run


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    with signed_in(clean_app, browser) as context:
        yield context.new_page()


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


def names(page: Page) -> list[str]:
    return page.locator(".model-card:visible .model-card-name").all_inner_texts()


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
