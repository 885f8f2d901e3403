"""Each tool by the keyboard alone. The cross of the keyboard begins in the middle of the photo, at (200, 150)."""

import math
import re
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.browser.live_app import signed_in
from tests.browser.stage import on_screen, plain_photos, stored
from tests.browser.test_assist import photo_of_squares
from tests.browser.test_tools import LEFT, RIGHT, area, keep, open_photo, photos_of_one_fixture
from webapp.annotations import categories
from webapp.core.extensions import db
from webapp.models import Comment, DetectionModel, Image, User

PUT = "Shift+Enter"
AROUND = [100, 50, 300, 50, 300, 250, 100, 250]


def to(x: int, y: int) -> list[str]:
    """The cross, by as many pixels; tens."""
    sideways = "Shift+ArrowRight" if x > 0 else "Shift+ArrowLeft"
    upright = "Shift+ArrowDown" if y > 0 else "Shift+ArrowUp"
    return [sideways] * (abs(x) // 10) + [upright] * (abs(y) // 10)


TRIANGLE = [PUT, PUT, *to(80, 0), PUT, *to(0, 60), PUT, "Enter"]


@pytest.fixture
def photo(administrator: User) -> Image:
    return plain_photos(administrator, "nut.png")[0]


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, photo: Image) -> Iterator[Page]:
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.has_fingers = False  # type: ignore[attr-defined]
        open_photo(page, photo)
        page.locator("#stage").focus()
        yield page


def type_keys(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        pytest.param(["b", PUT, PUT, *to(80, 60), PUT], 80 * 60, id="box"),
        pytest.param(["e", PUT, PUT, *to(80, 60), PUT], math.pi * 40 * 30, id="ellipse"),
        pytest.param(["p", *TRIANGLE], 80 * 60 / 2, id="polygon"),
        pytest.param(["f", *TRIANGLE], 80 * 60 / 2, id="freehand"),
        pytest.param(["Shift+f", PUT, PUT, *to(100, 0), PUT, "Enter"], 100 * 20, id="line"),
    ],
)
def test_a_shape_is_drawn(page: Page, photo: Image, keys: list[str], size: float) -> None:
    type_keys(page, *keys)
    (label,) = stored(page, photo, 1)
    assert area(label) == pytest.approx(size, rel=0.04)
    assert label.bbox[:2] == pytest.approx([200, 150], abs=11)


def test_brush_and_eraser(page: Page, photo: Image) -> None:
    type_keys(page, "q", PUT, PUT)
    dab = area(stored(page, photo, 1)[0])
    type_keys(page, *to(100, 0), PUT)
    wait_until(lambda: area(stored(page, photo, 1)[0]) > 2000, "the stroke joined the dab", 10)
    assert area(stored(page, photo, 1)[0]) == pytest.approx(dab + 100 * 20, rel=0.05)
    type_keys(page, "w", PUT, PUT)
    wait_until(lambda: area(stored(page, photo, 1)[0]) < 2100, "a dab is erased", 10)


def test_a_hole(page: Page, photo: Image) -> None:
    keep(page, photo, AROUND)
    type_keys(page, "]", "Shift+p", *TRIANGLE)
    wait_until(lambda: area(stored(page, photo, 1)[0]) < 39_000, "the hole is cut", 10)
    assert area(stored(page, photo, 1)[0]) == pytest.approx(200 * 200 - 2400, rel=0.02)


def test_a_shape_is_divided_and_its_parts_are_merged(page: Page, photo: Image) -> None:
    keep(page, photo, AROUND)
    type_keys(page, "]", "Shift+s", PUT, *to(0, -120), PUT, *to(0, 240), PUT, "Enter")
    assert [area(label) for label in stored(page, photo, 2)] == pytest.approx([20_000, 20_000], rel=0.02)
    type_keys(page, "v", "Control+a", "Shift+m")
    assert area(stored(page, photo, 1)[0]) == pytest.approx(40_000)


def test_a_shape_is_cut_out_of_the_others(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    type_keys(page, "]", "]", "Shift+k")
    wait_until(lambda: area(stored(page, photo, 2)[0]) < 9_000, "it is cut out", 10)


def test_an_outline_gets_fewer_points(page: Page, photo: Image) -> None:
    keep(page, photo, [100, 100, 150, 101, 200, 100, 200, 200, 100, 200])
    type_keys(page, "]", "Shift+i")
    bar = page.locator("[data-for-tools=simplify]")
    expect(bar).to_contain_text("5 →")
    bar.get_by_role("slider").focus()
    type_keys(page, *["ArrowRight"] * 12)
    expect(bar).to_contain_text("5 → 4 points")
    type_keys(page, "Enter")
    wait_until(lambda: len(stored(page, photo, 1)[0].segmentation[0]) == 8, "it has four points", 10)


def test_a_shape_is_moved_locked_hidden_and_ordered(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    type_keys(page, "]", "ArrowRight", "Shift+ArrowDown")
    assert stored(page, photo, 2)[0].bbox[:2] == [101, 110]
    type_keys(page, "Shift+u", "ArrowRight", "Control+]")
    assert [label.bbox[0] for label in stored(page, photo, 2)] == [180, 101]
    type_keys(page, "Shift+n")
    expect(page.locator("#shape-list [data-hidden]")).to_have_count(1)


def test_a_box_around_objects_becomes_their_outline(page: Page, administrator: User) -> None:
    squares = photo_of_squares(administrator)
    open_photo(page, squares)
    page.locator("#stage").focus()
    type_keys(page, "g", PUT, *to(-110, -80), PUT, *to(140, 140), PUT)
    expect(page.locator("[data-outline-tool]")).to_have_attribute("data-state", "found", timeout=15_000)
    type_keys(page, "Enter")
    (label,) = stored(page, squares, 1)
    assert label.bbox == pytest.approx([100, 80, 120, 120], abs=8)


def test_a_category_is_found_by_its_name(page: Page, photo: Image) -> None:
    categories.ensure(db.session.get_one(DetectionModel, photo.model_id), ["a nut too", "bolt"])
    db.session.commit()
    open_photo(page, photo)
    page.locator("#stage").focus()
    chosen = page.locator(".category-list [aria-pressed=true]")
    type_keys(page, "/")
    page.keyboard.type("nu")
    expect(page.locator("#category-options button")).to_have_text(
        [re.compile(r"^\s*nut"), re.compile("a nut too")]
    )
    type_keys(page, "ArrowDown", "ArrowDown", "Enter")
    expect(chosen).to_contain_text("a nut too")
    expect(page.locator("#stage")).to_be_focused()
    type_keys(page, "/")
    page.keyboard.type("nu")
    type_keys(page, "Enter")
    expect(chosen).to_have_text(re.compile(r"^\s*nut"))


def test_the_labels_of_the_photo_before_are_taken(page: Page, photo: Image) -> None:
    first, second = photos_of_one_fixture(photo)
    keep(page, first, LEFT)
    page.goto(f"/models/{photo.model_id}/annotate?sort=name&photo={second.id}")
    on_screen(page)
    type_keys(page, "Shift+d")
    expect(page.locator("#neighbour-bar")).to_contain_text("1 label", timeout=15_000)
    type_keys(page, "Enter")
    (label,) = stored(page, second, 1)
    assert label.bbox == pytest.approx([115, 100, 100, 100], abs=1.5)


def test_a_comment_is_pinned(page: Page, photo: Image) -> None:
    type_keys(page, ";", PUT, *to(20, 0), PUT)
    expect(page.get_by_role("textbox", name="Comment on a place")).to_be_focused()
    page.keyboard.type("A scratch?")
    type_keys(page, "Tab", "Tab", "Enter")  # past the tool itself
    expect(page.locator("[data-comment]")).to_contain_text("A scratch?")
    db.session.rollback()
    comment = db.session.scalars(select(Comment)).one()
    assert (comment.image_id, comment.x, comment.y) == (photo.id, pytest.approx(220), pytest.approx(150))


def test_a_point_is_added_moved_and_deleted(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT)
    type_keys(page, "]", ".", "i", "Shift+ArrowUp")
    assert area(stored(page, photo, 1)[0]) == pytest.approx(10_000 + 100 * 10 / 2)
    type_keys(page, "Delete")
    assert area(stored(page, photo, 1)[0]) == pytest.approx(10_000)
