"""Shapes are taken from one photo to the next, by keys alone."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.browser.conftest import too_early
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, plain_photos
from webapp.core.extensions import db
from webapp.models import Annotation, Image, User


@pytest.fixture
def photos(administrator: User) -> list[Image]:
    return plain_photos(administrator, "a.png", "b.png", "c.png")


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, photos: list[Image]) -> Iterator[Page]:
    """The annotator of the first photo, with a box and a polygon on it."""
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        # All photos by name: one that is labelled keeps its place.
        page.goto(f"/models/{photos[0].model_id}/annotate?sort=name&photo={photos[0].id}")
        on_screen(page)
        page.keyboard.press("b")
        drag(page, *on_screen(page, (100, 100), (180, 160)))
        page.keyboard.press("p")
        for point in on_screen(page, (220, 60), (300, 80), (260, 200)):
            page.mouse.click(*point)
        page.keyboard.press("Enter")
        shapes(page, 2)
        yield page


def shapes(page: Page, count: int) -> None:
    expect(page.locator("#shape-list [role=option]")).to_have_count(count)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)


def stored(image: Image) -> list[tuple[str, list[float]]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id)
    )
    return [(row.category.name, row.segmentation[0]) for row in rows]


def next_image(page: Page, key: str, name: str) -> None:
    page.keyboard.press(key)
    expect(page.locator("#photo-name")).to_have_text(name)
    on_screen(page)


def test_what_is_copied_is_pasted_on_the_next_photo(page: Page, photos: list[Image]) -> None:
    page.keyboard.press("v")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    next_image(page, "d", "b.png")
    shapes(page, 0)
    page.keyboard.press("Control+v")
    shapes(page, 2)
    assert len(stored(photos[0])) == 2
    assert stored(photos[1]) == stored(photos[0])
    page.keyboard.press("Control+z")
    shapes(page, 0)
    assert stored(photos[1]) == []


def test_all_shapes_are_taken_along_to_the_next_photo_in_one_press(page: Page, photos: list[Image]) -> None:
    page.keyboard.press("v")
    page.keyboard.press("Escape")  # nothing is selected: all are meant
    next_image(page, "Control+Shift+V", "b.png")
    shapes(page, 2)
    assert stored(photos[1]) == stored(photos[0])
    # Once: the photo after it stays as it is.
    next_image(page, "d", "c.png")
    shapes(page, 0)


def test_keys_are_heard_before_the_editor_is_there(page: Page) -> None:
    held: list[Route] = []
    page.route("**/annotator/editor.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press("d")
    wait_until(lambda: page.evaluate("true") and bool(held), "the editor was asked for")
    with too_early(page):
        expect(page.locator("#photo-name")).to_have_text("a.png")
    page.unroute("**/annotator/editor.js")
    expect(page.locator("#photo-name")).to_have_text("b.png")
