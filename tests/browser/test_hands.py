"""Fast hands, and hands that change their mind: what the editor makes of presses, keys and turns of the page."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from embedded.waiting import wait_until
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, plain_photos, stored
from webapp.annotations import categories, store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.formats.masks.rle import decode_mask, encode_mask
from webapp.models import DetectionModel, Image, LabelSource, User


@pytest.fixture
def photos(administrator: User) -> list[Image]:
    made = plain_photos(administrator, "a.png", "b.png")
    categories.ensure(db.session.get_one(DetectionModel, made[0].model_id), ["bolt"])
    db.session.commit()
    return made


@pytest.fixture
def page(clean_app: OpenAPI, browser: Browser, photos: list[Image]) -> Iterator[Page]:
    with signed_in(clean_app, browser, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        open_photo(page, photos[0])
        yield page


def open_photo(page: Page, photo: Image) -> None:
    page.goto(f"/models/{photo.model_id}/annotate?sort=name&photo={photo.id}")
    on_screen(page)


def save(photo: Image, *shapes: NewShape) -> None:
    db.session.refresh(photo)
    store.replace(photo, list(shapes), False, photo.annotations_version, source=LabelSource.EDITOR, user=None)


def polygon(*flats: list[float]) -> NewShape:
    return NewShape("nut", list(flats), None)


def box(x: float, y: float, width: float, height: float) -> NewShape:
    return NewShape("nut", None, [x, y, width, height], is_box=True)


def outlines(page: Page) -> Any:
    return page.evaluate(
        """async () => {
          const {editor} = await import("/static/js/annotations/annotator/editor.js");
          return (await editor()).labels.shapes.map((shape) => shape.outlines.map((points) => points.flat()));
        }"""
    )


def press(page: Page, *points: tuple[float, float]) -> None:
    for point in on_screen(page, *points):
        page.mouse.click(*point)


def test_twenty_four_points_at_full_speed_are_one_polygon(page: Page, photos: list[Image]) -> None:
    page.keyboard.press("p")
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = [(200 + 40 * float(np.cos(at)), 150 + 40 * float(np.sin(at))) for at in turn]
    press(page, *ring)
    page.keyboard.press("Enter")
    (shape,) = stored(page, photos[0], 1)
    assert len(shape.segmentation[0]) == 48


def test_undo_while_drawing_takes_back_a_point_and_space_puts_none(page: Page, photos: list[Image]) -> None:
    page.keyboard.press("b")
    drag(page, *on_screen(page, (300, 200), (350, 250)))
    page.keyboard.press("p")
    press(page, (50, 50), (100, 50), (100, 90), (60, 120))
    page.keyboard.press("Control+z")
    ((x, y),) = on_screen(page, (150, 150))
    page.mouse.move(x, y)
    page.keyboard.down("Space")
    drag(page, (x, y), (x + 30, y + 40))
    page.mouse.click(x + 30, y + 40)
    page.keyboard.up("Space")
    assert on_screen(page, (150, 150))[0] == pytest.approx((x + 30, y + 40), abs=3)
    page.keyboard.press("Enter")
    (_box, drawn) = stored(page, photos[0], 2)
    assert drawn.segmentation[0] == pytest.approx([50, 50, 100, 50, 100, 90], abs=1)


def test_a_drag_with_the_polygon_tool_leaves_the_photo_where_it_is_and_space_moves_it(
    page: Page, photos: list[Image]
) -> None:
    page.keyboard.press("p")
    press(page, (50, 50), (100, 50))
    before = on_screen(page, (0, 0), (100, 0))
    drag(page, *on_screen(page, (300, 250), (100, 90)))
    assert on_screen(page, (0, 0), (100, 0)) == before
    page.keyboard.down("Space")
    drag(page, *on_screen(page, (300, 250), (320, 260)))
    page.keyboard.up("Space")
    assert on_screen(page, (0, 0)) != before[:1]
    page.keyboard.press("Enter")
    (shape,) = stored(page, photos[0], 1)
    assert shape.segmentation[0] == pytest.approx([50, 50, 100, 50, 100, 90], abs=1)


def test_a_half_drawn_shape_survives_a_reload_and_too_few_points_are_said_at_their_place(
    page: Page, photos: list[Image]
) -> None:
    page.keyboard.press("p")
    press(page, (50, 50), (100, 50))
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    hint = page.locator("#stage-hint")
    expect(hint).to_have_text("An outline needs at least three points.")
    expect(page.locator("#toasts > *")).to_have_count(0)
    page.reload()
    on_screen(page)
    expect(page.locator("#stage")).to_have_attribute("data-tool", "polygon")
    press(page, (100, 90))
    page.keyboard.press("Enter")
    (shape,) = stored(page, photos[0], 1)
    assert shape.segmentation[0] == pytest.approx([50, 50, 100, 50, 100, 90], abs=1)


def test_an_outline_that_crosses_itself_is_shown_as_it_is_stored_and_stays_editable(
    page: Page, photos: list[Image]
) -> None:
    page.keyboard.press("p")
    press(page, (50, 50), (150, 150), (150, 50), (50, 150))
    page.keyboard.press("Enter")
    before = stored(page, photos[0], 1)[0].segmentation
    assert len(before) == 2
    wait_until(lambda: outlines(page) == [before], "the screen shows what is stored", 10)
    page.keyboard.press("v")
    drag(page, *on_screen(page, (140, 100), (160, 120)))
    after = stored(page, photos[0], 1)[0].segmentation
    wait_until(lambda: outlines(page) == [after], "the moved parts are stored", 10)
    assert np.subtract(after[0], before[0]) == pytest.approx(20, abs=1)


def test_the_side_of_a_box_is_pulled_with_any_tool_and_a_number_gives_what_was_drawn_its_category(
    page: Page, photos: list[Image]
) -> None:
    page.keyboard.press("b")
    drag(page, *on_screen(page, (100, 100), (200, 180)))
    drag(page, *on_screen(page, (200, 120), (240, 130)))
    page.keyboard.press("2")
    (shape,) = stored(page, photos[0], 1)
    assert shape.bbox == pytest.approx([100, 100, 140, 80], abs=1)
    assert shape.category.name == "bolt"


def test_a_small_shape_is_moved_by_its_middle_and_one_underneath_is_reached(
    page: Page, photos: list[Image]
) -> None:
    save(photos[0], box(100, 100, 100, 80), box(140, 130, 7, 7))
    open_photo(page, photos[0])
    press(page, (143.5, 133.5))
    drag(page, *on_screen(page, (143.5, 133.5), (163.5, 123.5)))
    small = stored(page, photos[0], 2)[1]
    assert small.bbox == pytest.approx([160, 120, 7, 7], abs=0.6)
    page.keyboard.press("Escape")
    selected = page.locator("#shape-list [aria-selected=true]")
    press(page, (163.5, 123.5))
    expect(selected).to_contain_text("2 nut")
    press(page, (163.5, 123.5))
    expect(selected).to_contain_text("1 nut")


def test_a_mask_is_moved_to_the_pixel_and_what_was_not_touched_stays_as_it_came(
    page: Page, photos: list[Image]
) -> None:
    pixels = np.zeros((300, 400), np.uint8)
    pixels[50:100, 60:140] = np.random.default_rng(1).integers(0, 2, (5, 8)).repeat(10, 0).repeat(10, 1)
    pixels[60:70, 60:140] = 1
    parts = [[10.123456, 10, 40, 10, 40, 40], [60.5, 10, 80, 10, 80, 30]]
    save(photos[0], NewShape("nut", dict(encode_mask(pixels)), None), polygon(*parts))
    open_photo(page, photos[0])
    drag(page, *on_screen(page, (100, 65), (120.4, 85.3)))
    mask, untouched = stored(page, photos[0], 2)
    assert untouched.segmentation == parts
    assert (decode_mask(mask.segmentation) == np.roll(pixels, (20, 20), axis=(0, 1))).all()


def test_what_is_copied_to_the_next_photo_raises_no_alarm_and_tool_and_zoom_stay(
    page: Page, photos: list[Image]
) -> None:
    page.keyboard.press("b")
    drag(page, *on_screen(page, (100, 100), (200, 180)))
    page.keyboard.press("+")
    before = on_screen(page, (0, 0), (100, 0))
    page.keyboard.press("Control+Shift+V")
    expect(page.locator("#photo-name")).to_have_text("b.png")
    assert len(stored(page, photos[1], 1)) == 1
    expect(page.locator("#toasts > *")).to_have_count(0)
    expect(page.locator("#stage")).to_have_attribute("data-tool", "box")
    assert np.array(on_screen(page, (0, 0), (100, 0))) == pytest.approx(np.array(before), abs=0.5)


def test_photos_that_were_open_leave_nothing_behind(page: Page, photos: list[Image]) -> None:
    session = page.context.new_cdp_session(page)

    def turn(times: int) -> dict[str, int]:
        """What the page holds after so many turns there and back."""
        for _time in range(times):
            for key, photo in (("d", photos[1]), ("a", photos[0])):
                page.keyboard.press(key)
                expect(page.locator("#photo-name")).to_have_text(photo.filename)
                page.wait_for_load_state("networkidle")
        session.send("HeapProfiler.collectGarbage")
        return session.send("Memory.getDOMCounters")

    def pictures() -> int:
        """How many photos the library holds."""
        prototype = session.send("Runtime.evaluate", {"expression": "OpenSeadragon.TiledImage.prototype"})
        found = session.send("Runtime.queryObjects", {"prototypeObjectId": prototype["result"]["objectId"]})
        length = {"functionDeclaration": "function () { return this.length; }", "returnByValue": True}
        asked = length | {"objectId": found["objects"]["objectId"]}
        return session.send("Runtime.callFunctionOn", asked)["result"]["value"]

    page.locator("#stage").focus()
    # Twice each: the browser's own listeners come and go by a few; what a photo leaves comes ten times from the first
    # figure to the last, and eight times between those that are compared.
    early, late = [turn(2), turn(1)], [turn(4), turn(1)]
    assert pictures() <= 2
    for kind, beside in (("jsEventListeners", 4), ("nodes", 50)):
        assert min(one[kind] for one in late) <= max(one[kind] for one in early) + beside, kind


def test_without_a_server_the_photo_stays_and_the_next_one_opens_when_it_is_back(
    page: Page, photos: list[Image]
) -> None:
    page.context.set_offline(True)
    page.keyboard.press("d")
    expect(page.locator("#turn-waits")).to_be_visible()
    expect(page.locator("#photo-name")).to_have_text("a.png")
    page.context.set_offline(False)
    expect(page.locator("#photo-name")).to_have_text("b.png")
    page.keyboard.press("a")
    expect(page.locator("#photo-name")).to_have_text("a.png")
    page.go_back()
    expect(page.locator("#photo-name")).to_have_text("b.png")


def test_nothing_that_appears_moves_the_photo_and_it_takes_three_fifths_of_the_window(page: Page) -> None:
    stage = page.locator("#stage")
    before = stage.bounding_box()
    assert before
    assert before["width"] * before["height"] >= 0.6 * 1280 * 800
    for key in ("p", "g", "q", "b", "Shift+f", "v"):
        page.keyboard.press(key)
        assert stage.bounding_box() == before, key
    for name in ("suggestions", "history", "labels"):
        page.locator(f"#tab-{name}").click()
        assert stage.bounding_box() == before, name
    page.evaluate("document.getElementById('photo-name').textContent = 'long-'.repeat(80)")
    assert stage.bounding_box() == before
    for tool in page.locator(".work-bar .tool:visible").all():
        place = tool.bounding_box()
        assert place and place["y"] + place["height"] <= before["y"] + 1, "the tools lie beside the photo"
    page.keyboard.press("Shift+w")
    wide = stage.bounding_box()
    assert wide and wide["width"] * wide["height"] > 0.9 * 1280 * 800
