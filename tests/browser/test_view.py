"""What a hand draws freely, and how photo and labels are looked at: hidden, stronger, brighter, nearer."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, plain_photos
from webapp.core.extensions import db
from webapp.models import Annotation, Image, User

ROUND = [
    (200, 50),
    (280, 80),
    (310, 150),
    (280, 220),
    (200, 250),
    (120, 220),
    (90, 150),
    (120, 80),
    (200, 50),
]
MIDDLE = (140, 130)
"""Inside of the box of ``page``."""


@pytest.fixture
def photos(administrator: User) -> list[Image]:
    return plain_photos(administrator, "a.png", "b.png")


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, photos: list[Image]) -> Iterator[Page]:
    """The annotator of the first photo."""
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto(f"/models/{photos[0].model_id}/annotate?sort=name&photo={photos[0].id}")
        on_screen(page)
        yield page


@pytest.fixture
def _box(page: Page) -> None:
    """Drawn, with nothing selected."""
    page.keyboard.press("b")
    drag(page, *on_screen(page, (100, 100), (180, 160)))
    saved(page, 1)
    page.keyboard.press("v")
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)


def saved(page: Page, shapes: int) -> None:
    expect(page.locator("#shape-list [role=option]")).to_have_count(shapes)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)


def strength(page: Page) -> int:
    """How much of the photo's ``MIDDLE`` the labels cover, 0 to 255."""
    [(x, y)] = on_screen(page, MIDDLE)
    return page.evaluate(
        """([x, y]) => Math.max(...[...document.querySelectorAll("#stage canvas.stage-canvas")].map((canvas) => {
          const place = canvas.getBoundingClientRect();
          const ratio = canvas.width / place.width;
          return canvas.getContext("2d").getImageData((x - place.x) * ratio, (y - place.y) * ratio, 1, 1).data[3];
        }))""",
        [x, y],
    )


def light(page: Page) -> str:
    return page.evaluate(
        """async () => {
          const {editor} = await import("/static/js/annotations/annotator/editor.js");
          return (await editor()).stage.viewer.drawer.canvas.style.filter;
        }"""
    )


def apart(page: Page) -> float:
    """Pixels on the screen between two points that are 100 apart on the photo."""
    (left, _), (right, _) = on_screen(page, (100, 100), (200, 100))
    return right - left


def test_a_line_around_an_object_becomes_a_polygon(page: Page, photos: list[Image]) -> None:
    page.keyboard.press("f")
    start, *rest = on_screen(page, *ROUND)
    page.mouse.move(*start)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    saved(page, 1)
    db.session.rollback()
    label = db.session.scalars(select(Annotation).where(Annotation.image_id == photos[0].id)).one()
    assert not label.is_box
    assert label.bbox == pytest.approx([90, 50, 220, 200], abs=4)
    points = len(label.segmentation[0]) // 2
    assert 6 <= points < 8 * len(ROUND), "fewer than the hand went through"


@pytest.mark.usefixtures("_box")
def test_labels_are_hidden_and_made_stronger(page: Page) -> None:
    wait_until(lambda: strength(page) > 0, "the box is drawn", 10)
    before = strength(page)
    page.keyboard.press("h")
    wait_until(lambda: strength(page) == 0, "it is hidden", 10)
    page.keyboard.press("h")
    wait_until(lambda: strength(page) == before, "it is back", 10)
    page.keyboard.press("o")
    wait_until(lambda: strength(page) > before, "it is stronger", 10)
    page.keyboard.press("Shift+o")
    page.keyboard.press("Shift+o")
    wait_until(lambda: 0 < strength(page) < before, "it is fainter", 10)


def test_the_light_of_the_photo_is_kept_for_the_next(page: Page) -> None:
    for key in ("l", "l", "Shift+c"):
        page.keyboard.press(key)
    assert light(page) == "brightness(1.2) contrast(0.9)"
    page.keyboard.press("d")
    expect(page.locator("#photo-name")).to_have_text("b.png")
    on_screen(page)
    wait_until(lambda: light(page) == "brightness(1.2) contrast(0.9)", "it is the same", 10)
    page.keyboard.press("r")
    assert light(page) == ""


def test_it_is_zoomed_by_keys_and_by_the_wheel(page: Page) -> None:
    whole = apart(page)
    page.keyboard.press("+")
    wait_until(lambda: apart(page) > 1.3 * whole, "it is larger", 10)
    page.keyboard.press("0")
    wait_until(lambda: apart(page) == pytest.approx(whole, abs=0.5), "it is whole again", 10)
    page.mouse.move(*on_screen(page, MIDDLE)[0])
    page.mouse.wheel(0, -300)
    wait_until(lambda: apart(page) > 1.1 * whole, "the wheel makes it larger", 10)
