"""The annotator as a person uses it: by keyboard and mouse, with the server gone, and in two tabs."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from embedded.waiting import wait_until
from tests.browser.accessibility import faults_of
from tests.browser.conftest import Product, picture, sign_in, watch
from tests.browser.stage import leaving_unsent, open_tab

PHOTOS = 10
A_MINUTE = 60_000


@pytest.fixture
def context(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """Signed in, in English."""
    made = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US", base_url=product.address
    )
    made.add_cookies(product.session)
    yield made
    made.close()


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), (shade, 90, 120)).save(buffer, "PNG")
    return buffer.getvalue()


def post(page: Page, address: str, **fields: Any) -> APIResponse:
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    headers = {"Accept": "application/json"}
    answer = page.request.post(address, multipart={"csrf_token": token, **fields}, headers=headers)
    assert answer.ok, answer.text()
    return answer


@dataclass(frozen=True)
class Screws:
    """A model with photos, by their ids."""

    model: int
    photos: list[int]

    def annotator(self, number: int | None = None) -> str:
        """The address of the first unlabelled photo, or of one by its number from 1 on."""
        query = "" if number is None else f"?photo={self.photos[number - 1]}"
        return f"/models/{self.model}/annotate{query}"

    def labels(self, number: int) -> str:
        return f"/models/{self.model}/images/{self.photos[number - 1]}/labels"


@pytest.fixture(scope="module")
def screws(browser: Browser, product: Product) -> Screws:
    page = browser.new_page(base_url=product.address, locale="en-US")
    sign_in(page, product)
    post(page, "/models", name="Screws", description="")
    page.reload()
    address = page.get_by_role("link", name="Screws").first.get_attribute("href") or ""
    model = int(address.split("/")[2])
    photos = []
    for number in range(PHOTOS):
        file = {"name": f"{number}.png", "mimeType": "image/png", "buffer": png(20 * number)}
        answer = post(page, f"/models/{model}/images?split=train", files=file)
        photos.append(answer.json()["created"][0]["id"])
    page.close()
    return Screws(model, photos)


def open_annotator(page: Page, address: str) -> None:
    page.goto(address)
    annotator_is_ready(page)


def annotator_is_ready(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    page.evaluate("async () => (await import('/static/js/annotations/annotator/editor.js')).editor()")


def saved(page: Page, timeout: float = 5000) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=timeout)


def shapes(page: Page, count: int) -> None:
    expect(page.locator("#shape-list [role=option]")).to_have_count(count)


def draw_box(page: Page, x: float = 0.0, y: float = 0.0, size: float = 60) -> None:
    """With the mouse, at an offset from the middle of the photo."""
    page.keyboard.press("b")
    box = page.locator("#stage").bounding_box()
    assert box
    left, top = box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + size, top + size, steps=3)
    page.mouse.up()


def draw_polygon_by_keyboard(page: Page) -> None:
    page.keyboard.press("p")
    page.locator("#stage").focus()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        for _time in range(4):
            page.keyboard.press(key)
        page.keyboard.press("Shift+Enter")
    page.keyboard.press("Enter")


def test_ten_photos_are_labelled_by_keyboard_and_mouse_while_the_server_goes_and_comes(
    context: BrowserContext, product: Product, screws: Screws
) -> None:
    page = context.new_page()
    faults = watch(page, product.address)
    open_annotator(page, screws.annotator())
    assert faults_of(page) == []
    page.get_by_label("New category").fill("nut")
    page.get_by_label("New category").press("Enter")
    expect(page.locator("[data-category][aria-pressed=true]")).to_contain_text("nut")
    for number in range(PHOTOS):
        if number == 4:
            product.stop_web()
        if number % 2:
            draw_box(page)
        else:
            draw_polygon_by_keyboard(page)
        shapes(page, 1)
        if number == 4:
            expect(page.locator("#save-state")).to_have_attribute("data-state", "offline")
            expect(page.locator("#save-state")).to_contain_text("kept in this browser")
            picture(page, "annotate-offline")
            product.start_web()
        saved(page, 30_000)
        if number < PHOTOS - 1:
            name = page.locator("#photo-name").inner_text()
            page.keyboard.press("u")
            expect(page.locator("#photo-name")).not_to_have_text(name, timeout=A_MINUTE)
            annotator_is_ready(page)
    expect(page.locator(".rail")).not_to_contain_text("unlabelled")
    for number in range(1, PHOTOS + 1):
        labels = page.request.get(screws.labels(number)).json()
        assert len(labels["shapes"]) == 1, number
    assert [fault for fault in faults if "labels" not in fault] == []


def test_shapes_are_edited_by_keyboard_and_every_step_is_taken_back(
    context: BrowserContext, screws: Screws
) -> None:
    page = context.new_page()
    open_annotator(page, screws.annotator(1))
    page.locator("#stage").focus()
    page.keyboard.press("]")
    row = page.locator("#shape-list [role=option]")
    expect(row).to_have_attribute("aria-selected", "true")
    was = page.request.get(screws.labels(1)).json()["shapes"]
    page.keyboard.press(".")  # the first point
    page.keyboard.press("i")  # one more behind it
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Control+d")  # a copy beside it
    shapes(page, 2)
    page.keyboard.press("ArrowRight")
    saved(page)
    one, other = page.request.get(screws.labels(1)).json()["shapes"]
    assert len(one["segmentation"][0]) == len(was[0]["segmentation"][0]) + 2
    assert other["segmentation"][0][0] - one["segmentation"][0][0] == pytest.approx(11)
    for _step in range(4):
        page.keyboard.press("Control+z")
    saved(page)
    assert page.request.get(screws.labels(1)).json()["shapes"] == was
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+z")
    for _step in range(120):
        page.keyboard.press("ArrowLeft")
    for _step in range(120):
        page.keyboard.press("Control+z")
    saved(page)
    assert page.request.get(screws.labels(1)).json()["shapes"] == was


def test_two_tabs_on_one_photo_are_shown_both_versions(context: BrowserContext, screws: Screws) -> None:
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        open_annotator(page, screws.annotator(2))
    draw_box(one, -120, -60)
    saved(one)
    draw_box(other, 60, 40)
    dialog = other.locator("#label-conflict")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("2 shapes")
    assert faults_of(other) == []
    picture(other, "annotate-conflict")
    other.keyboard.press("Escape")
    expect(other.locator("#save-state")).to_contain_text("Choose a version")
    assert len(other.request.get(screws.labels(2)).json()["shapes"]) == 2
    other.get_by_role("button", name="Choose a version").click()
    dialog.get_by_role("button", name="Keep the shapes of both").click()
    saved(other)
    shapes(other, 3)
    assert len(other.request.get(screws.labels(2)).json()["shapes"]) == 3
    # The first tab takes what the second one saved.
    draw_box(one, 0, 60)
    one.locator("#label-conflict").get_by_role("button", name="Keep the saved one").click()
    saved(one)
    shapes(one, 3)


def test_labels_that_could_not_be_sent_outlive_the_page(context: BrowserContext, screws: Screws) -> None:
    page = context.new_page()
    open_annotator(page, screws.annotator(3))
    with leaving_unsent(context, page):
        draw_box(page, 40, 40)
    again = context.new_page()
    again.goto(screws.annotator(3))
    shapes(again, 2)
    saved(again)
    assert len(again.request.get(screws.labels(3)).json()["shapes"]) == 2
    # The same from another photo's page: nobody need open the photo.
    with leaving_unsent(context, again):
        draw_box(again, -60, 40)
    elsewhere = context.new_page()
    elsewhere.goto(screws.annotator(4))
    labels = screws.labels(3)
    wait_until(lambda: len(elsewhere.request.get(labels).json()["shapes"]) == 3, "the labels arrive", 60)


def test_an_earlier_state_is_looked_at_and_brought_back(context: BrowserContext, screws: Screws) -> None:
    page = context.new_page()
    open_annotator(page, screws.annotator(5))
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    saved(page)
    expect(page.locator("#no-shapes")).to_be_visible()
    page.keyboard.press("Shift+H")
    look = page.get_by_role("button", name="Look").first
    look.click()
    expect(look).to_have_attribute("aria-pressed", "true")
    assert faults_of(page) == []
    page.get_by_role("button", name="Bring back").first.click()
    shapes(page, 1)
    assert len(page.request.get(screws.labels(5)).json()["shapes"]) == 1


def test_labels_are_rejected_with_a_note_and_found_by_it(context: BrowserContext, screws: Screws) -> None:
    page = context.new_page()
    open_annotator(page, screws.annotator(6))
    page.keyboard.press("m")
    panel = page.locator("#review-panel")
    expect(panel).to_contain_text("Reviewed")
    page.keyboard.press("m")
    expect(panel).to_contain_text("Mark as reviewed")
    open_tab(page, "history")
    panel.get_by_text("Reject …").click()
    panel.get_by_label("What is wrong?").fill("The thread is missing.")
    panel.get_by_role("button", name="Reject the labels").click()
    expect(panel).to_contain_text("The thread is missing.")
    assert faults_of(page) == []
    page.goto(f"/models/{screws.model}/images?reviewed=rejected")
    expect(page.locator(".photo-grid .photo")).to_have_count(1)
    expect(page.locator(".photo-grid")).to_contain_text("Rejected")


@pytest.mark.parametrize(("width", "language"), [(1280, "zh-TW"), (820, "zh-TW"), (820, "en-US")])
def test_it_keeps_the_rules_of_accessibility(
    browser: Browser, product: Product, context: BrowserContext, screws: Screws, width: int, language: str
) -> None:
    state = context.storage_state()
    with_language = browser.new_context(
        viewport={"width": width, "height": 1100},
        locale=language,
        storage_state=state,
        base_url=product.address,
    )
    with_language.clear_cookies(name="language")
    page = with_language.new_page()
    faults = watch(page, product.address)
    open_annotator(page, screws.annotator(7))
    page.keyboard.press("]")
    assert faults_of(page) == []
    picture(page, f"annotate-{width}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("?")
    expect(page.locator("#annotator-help tr").first).to_be_visible()
    assert faults_of(page) == []
    picture(page, f"annotate-help-{width}-{language}")
    for row in page.locator("#annotator-help tr[data-action]").all():
        label = row.locator("th").inner_text()
        assert label and (language == "en-US" or not re.search("[a-z]{3}", label)), label
    assert faults == []
    with_language.close()
