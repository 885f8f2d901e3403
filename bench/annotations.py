"""The annotator under load: 10,000 shapes on one photo saved and read, what a pointer move costs with 300 shapes, and
what a sitting costs (``annotator_work.py``).

    .venv/bin/python -m bench.annotations

The photo is 4,000 x 3,000. The cost of a move is the time that Chromium spent in scripts, divided by the moves; layout
and painting are not in it.

Needs ``bin/setup test`` and Playwright's Chromium.
"""

import json
import math
import shutil
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench import annotator_large, annotator_work
from bench.common.needed import playwright, requests
from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product

WIDTH, HEIGHT = 4000, 3000
MANY, CORNERS_OF_MANY = 10_000, 20
FEW, CORNERS_OF_FEW = 300, 50
REPEATS = 3
MOVES = 120
EDITOR = "import('/static/js/annotations/annotator/editor.js').then(module => module.editor())"
SELECT_MIDDLE = """
const { clientWidth, clientHeight } = it.stage.element;
const middle = it.stage.toPhoto({ x: clientWidth / 2, y: clientHeight / 2 });
it.labels.select([(it.shapeAt(middle) ?? it.labels.shapes[150]).id]);
"""
MOST_MILLISECONDS = 60_000


def circles(count: int, corners: int, category: int) -> list[dict[str, Any]]:
    """Shapes side by side over the photo."""
    columns = math.ceil(math.sqrt(count * WIDTH / HEIGHT))
    step = WIDTH / columns
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * step * 0.35
    shapes = []
    for number in range(count):
        middle = ((number % columns + 0.5) * step, (number // columns + 0.5) * step)
        flat = (circle + middle).clip(0, (WIDTH, HEIGHT)).round(2).ravel().tolist()
        shapes.append({"category": category, "segmentation": [flat]})
    return shapes


class Photo:
    """One photo in a new model, reached as the editor reaches it."""

    def __init__(self, product: RunningProduct) -> None:
        self.browser = product.sign_in()
        self.model = product.create_model(self.browser, "Bench")
        page = f"{product.address}/models/{self.model}"
        annotator_work.add_photo(self.browser, page, "photo.jpg", WIDTH, HEIGHT, 1000)
        self._good(self.browser.post(f"{page}/categories", data={"name": "nut"}))
        self.address = f"{page}/images/1/labels"
        self.page = f"{page}/annotate"
        self.version = 0

    def save(self, shapes: list[dict[str, Any]]) -> None:
        """All shapes in one request, as autosave does."""
        body = json.dumps({"version": self.version, "shapes": shapes})
        answer = self.browser.put(self.address, data=body, headers={"Content-Type": "application/json"})
        self._good(answer)
        self.version = answer.json()["version"]

    def replace(self, shapes: list[dict[str, Any]]) -> None:
        """As ``save``, whatever the page that was open has saved meanwhile."""
        self.version = self.browser.get(self.address).json()["version"]
        self.save(shapes)

    def load(self) -> int:
        """How many shapes the server answered."""
        return len(self.browser.get(self.address).json()["shapes"])

    def cookies(self, product: RunningProduct) -> list[dict[str, str]]:
        """Of the session that made the photo."""
        return [
            {"name": c.name, "value": c.value or "", "url": product.address} for c in self.browser.cookies
        ]

    @staticmethod
    def _good(answer: requests.Response) -> None:
        answer.raise_for_status()


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the best of some times: what else the machine did is not in it."""
    times = []
    for _time in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def measure_labels(photo: Photo) -> None:
    """Save and load on the server's side."""
    shapes = circles(MANY, CORNERS_OF_MANY, category=1)
    report("annotations_10000_save", fastest(lambda: photo.save(shapes)), "s", 2)
    report("annotations_10000_load", fastest(photo.load), "s", 2)


def open_page(page: playwright.Page, photo: Photo, count: int) -> None:
    """Until the editor holds so many shapes and has drawn them."""
    page.goto(photo.page)
    playwright.expect(page.locator("#shape-count")).to_have_text(str(count), timeout=MOST_MILLISECONDS)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def script_seconds(session: playwright.CDPSession) -> float:
    """In scripts since the page began."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration"))


def measure_moves(page: playwright.Page, name: str, session: playwright.CDPSession, pressed: bool) -> None:
    """Script of a move; the pointer wanders over the photo."""
    box = page.locator("#stage").bounding_box()
    if box is None:
        raise RuntimeError("the stage is not shown")
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    if pressed:
        page.mouse.down()
    before = script_seconds(session)
    for number in range(MOVES):
        turn = 2 * math.pi * number / MOVES
        page.mouse.move(middle[0] + 80 * math.cos(turn), middle[1] + 80 * math.sin(turn))
    spent = script_seconds(session) - before
    if pressed:
        page.mouse.up()
    report(name, 1000 * spent / MOVES, "ms", 16)


def measure_pointer(page: playwright.Page, photo: Photo) -> None:
    """Over the shapes, dragging one, and drawing freehand."""
    photo.save(circles(FEW, CORNERS_OF_FEW, category=1))
    open_page(page, photo, FEW)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    measure_moves(page, "annotator_pointer_hover", session, pressed=False)
    # The shape in the middle of the photo is taken along.
    page.evaluate(f"{EDITOR}.then(it => {{ {SELECT_MIDDLE} }})")
    measure_moves(page, "annotator_pointer_drag", session, pressed=True)
    page.keyboard.press("f")
    measure_moves(page, "annotator_pointer_freehand", session, pressed=True)


def measure_work(page: playwright.Page, photo: Photo) -> None:
    """Edits, panning, and turning from photo to photo."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    photo.replace(circles(500, CORNERS_OF_FEW, category=1))
    open_page(page, photo, 500)
    annotator_work.measure_edits(page, session, script_seconds)
    photo.replace(circles(2000, CORNERS_OF_MANY, category=1))
    open_page(page, photo, 2000)
    annotator_work.measure_pan(page)
    photo.replace(circles(20, CORNERS_OF_MANY, category=1))
    pages = photo.page.removesuffix("/annotate")
    large = annotator_work.add_photo(photo.browser, pages, "brush.jpg", *annotator_work.BRUSH_SIZE, 0)
    page.goto(f"{photo.page}?photo={large}")
    annotator_work.measure_brush(page, session, script_seconds)
    annotator_work.photos_of(photo.browser, pages, annotator_work.PHOTOS)
    annotator_work.measure_turns(page, photo.page)


def main() -> None:
    """Start the product, measure, report."""
    with running_product() as product, playwright.sync_playwright() as started:
        photo = Photo(product)
        measure_labels(photo)
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.context.add_cookies(photo.cookies(product))  # type: ignore[arg-type]
        report("annotator_10000_open", fastest(lambda: open_page(page, photo, MANY)), "s", 2)
        measure_pointer(page, photo)
        measure_work(page, photo)
        page.close()
        annotator_large.measure(
            browser, product, photo.page.removesuffix("/annotate"), photo.cookies(product)
        )
        browser.close()


if __name__ == "__main__":
    main()
