"""The annotator on a tablet, by fingers alone."""

from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.stage import Fingers, on_screen, plain_photos
from webapp.core.extensions import db
from webapp.models import Annotation, Image, User


@pytest.fixture
def photo(administrator: User) -> Image:
    return plain_photos(administrator, "nut.png")[0]


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, photo: Image) -> Iterator[Page]:
    """The annotator of the photo."""
    tablet = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
    with signed_in(clean_app, browser, **tablet) as context:
        page = context.new_page()
        page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
        on_screen(page)
        yield page


def use(page: Page, tool: str) -> None:
    button = page.locator(f"button[data-action=tool-{tool}]")

    def is_in_use() -> bool:
        button.tap()  # on a busy machine a tap may last so long that it counts as none
        return page.locator("#stage").get_attribute("data-tool") == tool

    wait_until(is_in_use, f"{tool} is in use", 15)


def tap(page: Page, *points: tuple[float, float]) -> None:
    for x, y in on_screen(page, *points):
        page.touchscreen.tap(x, y)


def swipe(page: Page, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """By points of the photo."""
    Fingers(page).move(*[tuple(on_screen(page, *way)) for way in ways])


def scale(page: Page) -> float:
    (left, _), (right, _) = on_screen(page, (0, 0), (100, 0))
    return (right - left) / 100


def shapes(page: Page, count: int) -> list[Annotation]:
    """As the server has them, once it has them all."""
    expect(page.locator("#shape-list [role=option]")).to_have_count(count)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    db.session.rollback()
    return list(db.session.scalars(select(Annotation).order_by(Annotation.id)))


def test_a_box_is_drawn_moved_and_stretched(page: Page) -> None:
    use(page, "box")
    swipe(page, ((100, 100), (180, 160)))
    (box,) = shapes(page, 1)
    assert box.bbox == pytest.approx([100, 100, 80, 60], abs=2)
    use(page, "select")
    tap(page, (140, 130))
    expect(page.locator("#shape-list [aria-selected=true]")).to_have_count(1)
    swipe(page, ((140, 130), (200, 170)))
    (box,) = shapes(page, 1)
    assert box.bbox == pytest.approx([160, 140, 80, 60], abs=2)
    swipe(page, ((243, 203), (273, 233)))  # a finger beside the corner means it too
    (box,) = shapes(page, 1)
    assert box.bbox == pytest.approx([160, 140, 113, 93], abs=4)
    picture(page, "annotate-touch")
    expect(page.locator("#shape-list [aria-selected=true]")).to_have_count(1)
    page.get_by_role("button", name="Delete the shape or point").click()
    assert shapes(page, 0) == []
    page.get_by_role("button", name="Undo", exact=True).tap()
    assert len(shapes(page, 1)) == 1


def test_a_polygon_is_put_point_by_point(page: Page) -> None:
    use(page, "polygon")
    tap(page, (80, 60), (300, 80), (220, 240), (80, 60))
    (polygon,) = shapes(page, 1)
    assert polygon.segmentation[0] == pytest.approx([80, 60, 300, 80, 220, 240], abs=2)
    tap(page, (20, 200), (60, 200), (60, 280), (20, 280))
    page.get_by_role("button", name="Finish the shape").tap()
    assert len(shapes(page, 2)) == 2


def test_every_tool_is_seen_without_scrolling(page: Page) -> None:
    bar = page.locator(".tools")
    frame = bar.bounding_box()
    assert frame
    tools = [tool.bounding_box() for tool in bar.locator(".tool").all()]
    assert len(tools) == 18
    for place in tools:
        assert place and place["height"] >= 30
        assert frame["y"] <= place["y"] and place["y"] + place["height"] <= frame["y"] + frame["height"]
    page.get_by_role("button", name="Snap to the border").tap()
    expect(page.get_by_role("button", name="Snap to the border")).to_have_attribute("aria-pressed", "true")


def test_a_finger_with_the_polygon_tool_leaves_the_photo_where_it_is(page: Page) -> None:
    use(page, "polygon")
    tap(page, (80, 60), (300, 80))
    before = on_screen(page, (0, 0), (100, 0))
    swipe(page, ((300, 200), (220, 240)))
    assert on_screen(page, (0, 0), (100, 0)) == before
    tap(page, (80, 60))
    (polygon,) = shapes(page, 1)
    assert polygon.segmentation[0] == pytest.approx([80, 60, 300, 80, 220, 240], abs=2)


def test_two_fingers_zoom_with_any_tool_and_draw_nothing(page: Page) -> None:
    for tool in ("select", "box", "freehand", "polygon"):
        use(page, tool)
        before = scale(page)
        swipe(page, ((190, 150), (120, 150)), ((210, 150), (280, 150)))
        assert scale(page) > 1.5 * before
        page.get_by_role("button", name="Whole photo").tap()
        assert scale(page) == pytest.approx(before, rel=0.01)
    assert shapes(page, 0) == []


def test_a_finger_beside_the_shapes_moves_the_photo_and_not_the_page(page: Page) -> None:
    page.get_by_role("button", name="Larger").tap()
    page.get_by_role("button", name="Larger").tap()
    ((x, y),) = on_screen(page, (200, 150))
    scrolled = page.evaluate("scrollY")
    Fingers(page).move(((x, y), (x - 60, y - 90)))
    assert on_screen(page, (200, 150))[0] == pytest.approx((x - 60, y - 90), abs=3)
    assert page.evaluate("scrollY") == scrolled
