"""A model's way through the first page: made, given a picture, copied, deleted with its typed name, brought back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import faults_of
from tests.browser.conftest import watch
from tests.browser.live_app import signed_in
from tests.browser.test_journey import choose, create_model
from tests.builders import library
from tests.conftest import environment_of
from tests.preloaded import Preloaded, end
from webapp.models import User

A_MINUTE = 60_000
NAME = "滾珠螺桿 <b>3</b>"


def card(page: Page, name: str):
    """Its card on the first page."""
    return page.locator(".model-card", has=page.get_by_role("link", name=name, exact=True))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "螺桿.png"
    file.write_bytes(library.photo(5, 320, 200))
    return file


@pytest.fixture
def io_worker(clean_app: OpenAPI, preloaded: Preloaded, tmp_path: Path) -> Iterator[None]:
    environment = environment_of(clean_app)
    process = preloaded.start("jobs.processes.worker", "io", environment=environment, log=tmp_path / "io.log")
    yield
    end([process])


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, administrator: User) -> Iterator[Page]:
    """Signed in; there is no model."""
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/")
        yield page


def test_a_model_is_made_copied_deleted_and_brought_back(page: Page, io_worker: None, photo: Path) -> None:
    faults = watch(page, page.url)
    page.reload()
    create_model(page, NAME)
    # The new card stands in its place without a page load, and the keyboard goes on from it.
    expect(page.get_by_role("link", name=NAME, exact=True)).to_be_focused()
    create_model(page, "Axle")
    expect(page.locator(".model-card-name")).to_have_text([NAME, "Axle"])

    give_it_a_picture(page, photo)
    add_a_photo(page, photo)
    copy(page)
    delete(page)
    faults += faults_of(page)
    bring_back_with_the_note(page)
    bring_back_from_the_trash(page)
    assert not faults, faults


def ask_to_delete(page: Page, name: str) -> None:
    card(page, name).get_by_role("link", name="Edit").click()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Delete model").click()


def give_it_a_picture(page: Page, photo: Path) -> None:
    card(page, NAME).get_by_role("link", name="Edit").click()
    picture = page.get_by_label("Picture", exact=True)
    picture.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#field-picture-error")).to_contain_text("This is not a picture")
    picture.set_input_files(photo)
    page.get_by_label("Description").fill("CNC 3")
    page.get_by_role("button", name="Save").click()
    shown = card(page, NAME).locator("img")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=shown.element_handle())
    assert "/picture?v=" in (shown.get_attribute("src") or "")
    expect(card(page, NAME)).to_contain_text("CNC 3")
    expect(card(page, "Axle").locator("img")).to_have_attribute("src", "/static/img/model.svg")


def add_a_photo(page: Page, photo: Path) -> None:
    card(page, NAME).get_by_role("link", name=NAME, exact=True).click()
    page.get_by_role("link", name="Images").click()
    choose(page, "#add-photos input[type=file]", [photo])
    expect(page.locator(".photo-grid")).to_contain_text(photo.name, timeout=A_MINUTE)
    frame = page.locator(".photo").evaluate("photo => getComputedStyle(photo).boxShadow")
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\) 0px 0px 0px 3px", frame)
    assert found, frame
    red, green, blue = map(int, found.groups())
    assert red > 2 * max(green, blue), "a photo without labels has a red frame"


def copy(page: Page) -> None:
    """The card of the copy follows the io worker to the end without a reload."""
    page.get_by_role("link", name="Image recognition").click()
    card(page, NAME).get_by_role("link", name="Copy").click()
    expect(page.get_by_label("Name of the copy")).to_have_value(NAME + " (2)")
    page.get_by_label("Name of the copy").fill("Axle")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#field-name-error")).to_contain_text("Another model has this name already")
    page.get_by_label("Name of the copy").fill("Ball screw 4")
    page.wait_for_load_state("load")
    # Pressed twice, as people do: one copy, and no word of a name that is taken.
    page.get_by_role("button", name="Copy").click(click_count=2, delay=100)
    copied = card(page, "Ball screw 4")
    expect(copied).to_contain_text("1 photo", timeout=A_MINUTE)
    expect(copied.locator(".model-card-copy")).to_have_count(0)
    expect(copied).to_contain_text("1 unlabelled")


def delete(page: Page) -> None:
    ask_to_delete(page, NAME)
    dialog = page.get_by_role("dialog", name="Delete this model?")
    typed = dialog.get_by_label("Type the name of the model")
    expect(typed).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete model")).to_be_focused()
    page.keyboard.press("Enter")

    page.keyboard.press("Enter")
    expect(dialog.locator(".field-error")).to_contain_text("Type the name of the model")
    typed.fill("滾珠螺桿")
    dialog.get_by_role("button", name="Delete model").click()
    expect(dialog.locator(".field-error")).to_contain_text(f"type “{NAME}” exactly")
    # What was wrong is where the next key goes, with its sentence.
    expect(typed).to_be_focused()
    expect(typed).to_have_attribute("aria-invalid", "true")
    expect(typed).to_have_value("滾珠螺桿")
    assert not (found := faults_of(page)), found

    typed.fill(NAME)
    page.keyboard.press("Enter")
    expect(page.locator(".toast-note")).to_contain_text("is in the trash")
    expect(page.locator(".model-card-name")).to_have_text(["Axle", "Ball screw 4"])


def bring_back_with_the_note(page: Page) -> None:
    page.locator(".toast-note").get_by_role("button", name="Undo").click()
    expect(page.locator(".model-card-name")).to_have_text([NAME, "Axle", "Ball screw 4"])
    expect(card(page, NAME)).to_contain_text("1 photo")


def bring_back_from_the_trash(page: Page) -> None:
    """Its name is taken meanwhile; another one goes for good."""
    for name in (NAME, "Axle"):
        ask_to_delete(page, name)
        page.get_by_label("Type the name of the model").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator(".toast-note")).to_contain_text("is in the trash")
    create_model(page, NAME)
    page.get_by_role("link", name="2 deleted models in the trash").click()
    trashed = page.locator(".trashed-model", has_text=NAME)
    expect(trashed.get_by_label("New name")).to_have_value(NAME + " (2)")
    assert not (found := faults_of(page)), found
    trashed.get_by_label("New name").fill(NAME)
    trashed.get_by_role("button", name="Restore").click()
    expect(page.locator(".field-error")).to_contain_text("restore it under a different one")
    trashed.get_by_label("New name").fill("Old screw")
    trashed.get_by_role("button", name="Restore").click()
    # In its old place, the first.
    expect(page.locator(".model-card-name")).to_have_text(["Old screw", "Ball screw 4", NAME])

    page.get_by_role("link", name="1 deleted model in the trash").click()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_label("Type the name of the model").fill("Axl")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .field-error")).to_contain_text("type “Axle” exactly")
    page.get_by_label("Type the name of the model").fill("Axle")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The trash is empty")).to_be_visible()
