"""The annotator's stage as a browser test reaches it: points of the photo are where the browser shows them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image as Picture
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from embedded.waiting import wait_until
from tests.builders.library import all_images
from webapp.annotations import categories
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import Annotation, Image, Split, User
from webapp.projects import detection_models

Point = tuple[float, float]


def plain_photos(administrator: User, *names: str, category: str = "nut") -> list[Image]:
    """A model with one category and photos of 400 x 300 without labels, by name."""
    model = detection_models.create_model("Nuts", "", administrator)
    categories.ensure(model, [category])
    for number, name in enumerate(names):
        buffer = io.BytesIO()
        Picture.new("RGB", (400, 300), (90, 120 + number, 60)).save(buffer, "PNG")
        image_intake.add_images(model, Split.TRAIN, [Upload(name, buffer)])
    return sorted(all_images(model), key=lambda image: image.filename)


def on_screen(page: Page, *points: Point) -> list[Point]:
    """Where points of the open photo are seen, as the mouse counts; waits until they are."""
    return page.evaluate(
        """async (points) => {
          const {editor} = await import("/static/js/annotations/annotator/editor.js");
          const {stage} = await editor();
          while (!stage.item) await new Promise(requestAnimationFrame);
          const place = stage.element.getBoundingClientRect();
          return points.map(stage.toScreen, stage).map(({x, y}) => [place.x + x, place.y + y]);
        }""",
        points,
    )


def drag(page: Page, start: Point, end: Point) -> None:
    """With the mouse."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def _no_saving(route: Route) -> None:
    if route.request.method == "PUT":
        route.abort()
    else:
        route.continue_()


@contextmanager
def leaving_unsent(context: BrowserContext, page: Page) -> Iterator[None]:
    """Labels that are drawn in the block do not reach the server, and at its end ``page`` is gone with them."""
    context.route("**/labels", _no_saving)
    yield
    expect(page.locator("#save-state")).to_have_attribute("data-state", "offline", timeout=10_000)
    # Not closed at once: what a page sends while it closes is no longer held back.
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    page.close()
    context.unroute("**/labels")


def stored(page: Page, photo: Image, count: int) -> list[Annotation]:
    """The labels of the open photo in the order in which they were made, once ``count`` are shown and saved."""
    expect(page.locator("#shape-list [role=option]")).to_have_count(count)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=10_000)
    db.session.rollback()
    statement = select(Annotation).where(Annotation.image_id == photo.id).order_by(Annotation.id)
    return list(db.session.scalars(statement))


def open_tab(page: Page, name: str) -> None:
    """``labels``, ``suggestions``, ``history`` or ``comments``, as soon as the script of the page is there."""
    _press(page.locator(f"#tab-{name}"), "aria-selected")


def take_outline_tool(page: Page) -> None:
    """As soon as its script is there."""
    _press(page.locator("button[data-action=tool-outline]"), "aria-pressed")


def _press(button: Locator, state: str) -> None:
    """Until its attribute ``state`` says that the press was heard."""

    def is_heard() -> bool:
        button.click()
        return button.get_attribute(state) == "true"

    wait_until(is_heard, f"{button} is heard", 15)


class Fingers:
    """On a page whose browser has a touch screen; points as ``on_screen`` gives them."""

    STEPS = 6

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def move(self, *ways: tuple[Point, Point]) -> None:
        """Each finger goes its way, from a point to a point, all at once; one after the other they touch down."""
        starts = [start for start, _end in ways]
        for count in range(1, len(ways) + 1):
            self._send("touchStart", starts[:count])
        for step in range(1, self.STEPS + 1):
            share = step / self.STEPS
            now = [(x + (to_x - x) * share, y + (to_y - y) * share) for (x, y), (to_x, to_y) in ways]
            self._send("touchMove", now)
        self._send("touchEnd", [])

    def draw(self, points: Sequence[Point]) -> None:
        """One finger, from point to point."""
        self._send("touchStart", points[:1])
        for point in points[1:]:
            self._send("touchMove", [point])
        self._send("touchEnd", [])

    def _send(self, kind: str, points: Sequence[Point]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
