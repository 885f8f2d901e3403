"""Each tool by mouse, by keyboard and by finger."""

import io
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import shapely
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.stage import Fingers, Point, drag, on_screen, plain_photos, stored
from tests.browser.test_assist import photo_of_squares
from tests.builders.library import all_images
from tests.suggestions.test_registration import part
from webapp.annotations import store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.formats.masks.rings import to_geometry
from webapp.formats.masks.rle import rle_area
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import Annotation, Comment, Image, LabelSource, Split, User
from webapp.projects import detection_models

LEFT = [100, 100, 200, 100, 200, 200, 100, 200]
RIGHT = [180, 120, 300, 120, 300, 180, 180, 180]


@pytest.fixture
def photo(administrator: User) -> Image:
    return plain_photos(administrator, "nut.png")[0]


@pytest.fixture(params=["mouse", pytest.param("touch", marks=pytest.mark.slow)])
def page(
    request: pytest.FixtureRequest, clean_app: OpenAPI, browser: Browser, photo: Image
) -> Iterator[Page]:
    """The annotator, by mouse on a desk, or by fingers on a tablet."""
    options = (
        {"viewport": {"width": 1280, "height": 800}}
        if request.param == "mouse"
        else {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "color_scheme": "dark"}
    )
    with signed_in(clean_app, browser, **options) as context:
        page = context.new_page()
        page.has_fingers = request.param == "touch"  # type: ignore[attr-defined]
        open_photo(page, photo)
        yield page


def open_photo(page: Page, photo: Image) -> None:
    page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
    on_screen(page)


def keep(page: Page, photo: Image, *flats: list[float]) -> None:
    """These polygons on the photo, which is opened again."""
    shapes = [NewShape("nut", [flat], None) for flat in flats]
    store.replace(photo, shapes, False, photo.annotations_version, source=LabelSource.EDITOR, user=None)
    open_photo(page, photo)


def act(page: Page, action: str) -> None:
    page.locator(f"button[data-action={action}]:visible").first.click()


def use(page: Page, tool: str) -> None:
    def is_in_use() -> bool:
        act(page, f"tool-{tool}")
        return page.locator("#stage").get_attribute("data-tool") == tool

    wait_until(is_in_use, f"{tool} is in use", 15)


def press(page: Page, *points: Point) -> None:
    for x, y in on_screen(page, *points):
        if page.has_fingers:  # type: ignore[attr-defined]
            page.touchscreen.tap(x, y)
        else:
            page.mouse.click(x, y)


def pull(page: Page, start: Point, end: Point) -> None:
    one, other = on_screen(page, start, end)
    if page.has_fingers:  # type: ignore[attr-defined]
        Fingers(page).move((one, other))
    else:
        drag(page, one, other)


def follow(page: Page, *points: Point) -> None:
    """A drag over all of these points."""
    way = on_screen(page, *points)
    if page.has_fingers:  # type: ignore[attr-defined]
        return Fingers(page).draw(way)
    page.mouse.move(*way[0])
    page.mouse.down()
    for point in way[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def area(label: Annotation) -> float:
    if isinstance(label.segmentation, dict):
        return float(rle_area(label.segmentation))
    return float(to_geometry(label.segmentation).area)


def test_brush_and_eraser(page: Page, photo: Image) -> None:
    use(page, "brush")
    pull(page, (100, 150), (200, 150))
    line = area(stored(page, photo, 1)[0])
    assert line == pytest.approx(100 * 20 + 314, rel=0.05)
    pull(page, (150, 100), (150, 200))
    wait_until(lambda: area(stored(page, photo, 1)[0]) > line + 100, "the stroke joined the shape", 10)
    (cross,) = stored(page, photo, 1)
    assert area(cross) == pytest.approx(2 * line - 400, rel=0.05)
    picture(page, "tool-brush")
    use(page, "eraser")
    page.keyboard.press("j")
    pull(page, (175, 100), (175, 200))
    wait_until(lambda: len(stored(page, photo, 1)[0].segmentation) == 2, "one shape in two parts", 10)
    act(page, "undo")
    wait_until(lambda: len(stored(page, photo, 1)[0].segmentation) == 1, "one part again", 10)


def test_a_box_a_polygon_and_a_line_around_an_object(page: Page, photo: Image) -> None:
    use(page, "box")
    pull(page, (20, 20), (80, 60))
    use(page, "polygon")
    press(page, (120, 20), (180, 20), (180, 60), (120, 20))
    use(page, "freehand")
    follow(page, (220, 20), (280, 20), (280, 60), (220, 60), (220, 22))
    box, polygon, freehand = stored(page, photo, 3)
    assert box.is_box
    assert [area(box), area(polygon), area(freehand)] == pytest.approx([2400, 1200, 2400], rel=0.04)


def test_a_shape_is_selected_moved_and_a_corner_of_it_pulled(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    use(page, "select")
    press(page, (250, 150))
    pull(page, (250, 150), (280, 170))
    assert stored(page, photo, 2)[1].bbox == pytest.approx([210, 140, 120, 60], abs=1.5)
    pull(page, (330, 200), (350, 220))
    assert area(stored(page, photo, 2)[1]) == pytest.approx(120 * 60 + (120 + 60) * 10, rel=0.02)


def test_a_photo_without_objects_asks_for_no_shape(page: Page, photo: Image) -> None:
    expect(page.locator("#no-shapes")).to_be_visible()
    act(page, "no-object")
    expect(page.locator("#marked-empty")).to_be_visible()
    expect(page.locator("#no-shapes")).to_be_hidden()
    stored(page, photo, 0)
    assert db.session.get_one(Image, photo.id).no_object


def test_a_hole_is_stored_and_shown_to_the_pixel(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT)
    press(page, (150, 150))
    use(page, "hole")
    press(page, (120, 120), (160, 120), (160, 160), (120, 160), (120, 120))
    wait_until(lambda: isinstance(stored(page, photo, 1)[0].segmentation, dict), "it is a mask", 10)
    assert area(stored(page, photo, 1)[0]) == pytest.approx(10_000 - 1600, rel=0.02)
    picture(page, "tool-hole")


def test_a_line_divides(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT)
    use(page, "split")
    press(page, (130, 80), (130, 220))
    act(page, "finish")
    assert sorted(map(area, stored(page, photo, 2))) == pytest.approx([3000, 7000], rel=0.03)


def test_shapes_in_a_frame_are_merged(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    use(page, "frame")
    pull(page, (90, 90), (320, 220))
    expect(page.locator("#shape-list [aria-selected=true]")).to_have_count(2)
    act(page, "merge")
    (merged,) = stored(page, photo, 1)
    assert area(merged) == pytest.approx(10_000 + 120 * 60 - 20 * 60)


def test_the_selected_shape_is_cut_out_of_the_others(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    use(page, "select")
    press(page, (250, 150))
    act(page, "cut-out")
    wait_until(lambda: area(stored(page, photo, 2)[0]) < 9_000, "it is cut out", 10)
    left, right = stored(page, photo, 2)
    assert (area(left), area(right)) == pytest.approx((10_000 - 20 * 60, 120 * 60))


def test_an_outline_gets_fewer_points_by_a_slider(page: Page, photo: Image) -> None:
    zigzag = [(x, 100 + (x % 20) / 10) for x in range(100, 301, 10)]
    keep(page, photo, [value for point in [*zigzag, (300, 200), (100, 200)] for value in point])
    use(page, "select")
    press(page, (200, 150))
    use(page, "simplify")
    bar = page.locator("[data-for-tools=simplify]")
    expect(bar).to_contain_text("23 →")
    bar.get_by_role("slider").fill("3")
    expect(bar).to_contain_text("23 → 4 points")
    picture(page, "tool-simplify")
    act(page, "finish")
    wait_until(lambda: len(stored(page, photo, 1)[0].segmentation[0]) == 8, "it has four points", 10)


def test_an_ellipse_and_a_line_with_a_width(page: Page, photo: Image) -> None:
    use(page, "ellipse")
    pull(page, (50, 50), (150, 110))
    use(page, "line")
    press(page, (200, 200), (300, 200))
    act(page, "finish")
    ellipse, line = stored(page, photo, 2)
    assert area(ellipse) == pytest.approx(3.1416 * 50 * 30, rel=0.03)
    assert area(line) == pytest.approx(100 * 20, rel=0.04)


def test_a_box_around_objects_becomes_their_outline(page: Page, administrator: User) -> None:
    squares = photo_of_squares(administrator)
    open_photo(page, squares)
    use(page, "outline")
    pull(page, (90, 70), (230, 210))
    expect(page.locator("[data-outline-tool]")).to_have_attribute("data-state", "found", timeout=15_000)
    act(page, "finish")
    (label,) = stored(page, squares, 1)
    assert label.bbox == pytest.approx([100, 80, 120, 120], abs=8)


def test_a_new_shape_shares_the_border_of_its_neighbour(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT)
    act(page, "toggle-snap")
    use(page, "polygon")
    press(page, (201, 110), (260, 110), (260, 190), (203, 190))
    act(page, "finish")
    wait_until(lambda: len(stored(page, photo, 2)) == 2, "it is drawn", 10)

    def shared() -> float:
        left, right = (to_geometry(label.segmentation) for label in stored(page, photo, 2))
        assert shapely.intersection(left, right).area == pytest.approx(0, abs=0.5)
        return float(shapely.intersection(left.boundary, right.boundary).length)

    wait_until(lambda: shared() > 70, "the border is shared", 10)


def test_shapes_are_hidden_locked_and_ordered(page: Page, photo: Image) -> None:
    keep(page, photo, LEFT, RIGHT)
    use(page, "select")
    press(page, (250, 150))
    act(page, "lock-shape")
    pull(page, (250, 150), (300, 200))
    assert area(stored(page, photo, 2)[1]) == 120 * 60
    assert stored(page, photo, 2)[1].bbox[:2] == [180, 120]
    act(page, "to-back")
    assert [label.bbox[0] for label in stored(page, photo, 2)] == [180, 100]
    act(page, "hide-shape")
    expect(page.locator("#shape-list [data-hidden]")).to_have_count(1)


def photos_of_one_fixture(beside: Image) -> list[Image]:
    """Two photos of one part, the second one 15 px further to the right, in the model of this photo."""
    model = detection_models.open_model(beside.model_id)
    for number, dx in enumerate((0, 15)):
        buffer = io.BytesIO(cv2.imencode(".png", np.roll(part(), dx, axis=1))[1].tobytes())
        image_intake.add_images(model, Split.TRAIN, [Upload(f"part{number}.png", buffer)])
    return sorted(all_images(model), key=lambda image: image.filename)[1:]


def test_the_labels_of_the_photo_before_are_offered_and_one_is_left_out(page: Page, photo: Image) -> None:
    first, second = photos_of_one_fixture(photo)
    keep(page, first, LEFT, [300, 100, 360, 100, 360, 160, 300, 160])
    page.goto(f"/models/{photo.model_id}/annotate?sort=name&photo={second.id}")
    on_screen(page)
    use(page, "neighbour")
    expect(page.locator("#neighbour-bar")).to_contain_text("2 labels", timeout=15_000)
    picture(page, "tool-neighbour")
    press(page, (345, 130))
    expect(page.locator("#neighbour-bar")).to_contain_text("1 label")
    act(page, "finish")
    (label,) = stored(page, second, 1)
    assert label.bbox == pytest.approx([115, 100, 100, 100], abs=1.5)


def test_a_comment_is_pinned_to_a_place(page: Page, photo: Image) -> None:
    use(page, "comment")
    press(page, (120, 90))
    page.get_by_role("textbox", name="Comment on a place").fill("Is this a scratch?")
    page.locator("#new-comment").get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("[data-comment]")).to_contain_text("Is this a scratch?")
    expect(page.locator("#comment-count")).to_have_text("1")
    picture(page, "tool-comment")
    db.session.rollback()
    comment = db.session.scalars(select(Comment)).one()
    assert (comment.image_id, comment.x, comment.y) == (
        photo.id,
        pytest.approx(120, abs=1),
        pytest.approx(90, abs=1),
    )
    page.locator("[data-comment]").get_by_role("button", name="Settled").click()
    expect(page.locator("#comment-count")).to_have_text("")
