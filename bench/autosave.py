"""How long a change of labels takes until the server has it, and until the page says that it is saved.

    .venv/bin/python -m bench.autosave

A box is moved by a pixel at a time: one change and a wait for "saved", then changes without a wait. The server has a
change when another connection reads it in the database; the page has said it when the status under the photo shows
it. Both are read on the clock of this machine.

Needs ``bin/setup test`` and Playwright's Chromium.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.annotations import EDITOR, Photo, open_page
from bench.common.needed import playwright
from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product

CHANGES = 40
"""With a wait after each, and as many without."""
PAUSE = 250
"""Milliseconds between changes of a hand that does not stop."""
LEFT = 100
"""Of the box at first, pixels."""
WANTED = 2.0
"""Seconds."""
LOOK_EVERY = 0.005
TOO_EARLY = 0.025
"""Seconds by which the database may be seen later than the word, as it is looked at in turns."""
WATCH = """
const clock = () => (performance.timeOrigin + performance.now()) / 1000;
window.told = { changes: [], saved: [] };
it.labels.addEventListener("change", () => told.changes.push(clock()));
const status = document.getElementById("save-state");
new MutationObserver(() => status.dataset.state === "saved" && told.saved.push(clock()))
  .observe(status, { attributeFilter: ["data-state"] });
it.labels.select([it.labels.shapes[0].id]);
it.stage.element.focus();
"""


class Onlooker:
    """Reads again and again where the box lies in the database: ``seen[n]`` is when move ``n`` was there, seconds."""

    def __init__(self, product: RunningProduct) -> None:
        self.product = product
        self.seen: dict[int, float] = {}
        self._over = threading.Event()

    @contextmanager
    def looking(self) -> Iterator["Onlooker"]:
        """In a thread, while the block lasts."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        with self.product.database() as connection, connection.cursor() as cursor:
            while not self._over.wait(LOOK_EVERY):
                cursor.execute("SELECT (bbox->>0)::float FROM annotation")
                row = cursor.fetchone()
                connection.rollback()
                moves = round(row[0]) - LEFT if row else 0
                for number in range(len(self.seen) + 1, moves + 1):
                    self.seen[number] = time.time()


def saved(page: playwright.Page) -> None:
    """Wait until the page says so."""
    playwright.expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=30_000)


def move(page: playwright.Page) -> None:
    """One pixel to the right."""
    page.keyboard.press("ArrowRight")


def measure(page: playwright.Page, onlooker: Onlooker) -> None:
    """Both kinds of changes, then the figures."""
    for _change in range(CHANGES):
        move(page)
        playwright.expect(page.locator("#save-state")).not_to_have_attribute("data-state", "saved")
        saved(page)
    for _change in range(CHANGES):
        move(page)
        page.wait_for_timeout(PAUSE)
    saved(page)
    told = page.evaluate("told")
    changes, words = told["changes"], told["saved"]
    arrived = [onlooker.seen[number] for number in range(1, 2 * CHANGES + 1)]
    figures("autosave_server", np.subtract(arrived[:CHANGES], changes[:CHANGES]))
    figures("autosave_word", np.subtract(words[:CHANGES], changes[:CHANGES]))
    figures("autosave_server_without_pause", np.subtract(arrived[CHANGES:], changes[CHANGES:]))
    ahead = np.subtract(arrived[:CHANGES], words[:CHANGES])
    report("autosave_words_before_the_server", int((ahead > TOO_EARLY).sum()), "of 40", 0)


def figures(name: str, seconds: "np.ndarray") -> None:
    """The 95th of a hundred, and the longest."""
    report(f"{name}_p95", float(np.quantile(seconds, 0.95)), "s", WANTED)
    report(f"{name}_max", float(seconds.max()), "s", WANTED)


def main() -> None:
    """Start the product, measure, report."""
    with running_product() as product, playwright.sync_playwright() as started:
        photo = Photo(product)
        photo.save([{"category": 1, "bbox": [LEFT, 100, 400, 300], "is_box": True}])
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.context.add_cookies(photo.cookies(product))  # type: ignore[arg-type]
        open_page(page, photo, 1)
        page.evaluate(f"{EDITOR}.then(it => {{ {WATCH} }})")
        with Onlooker(product).looking() as onlooker:
            measure(page, onlooker)
        browser.close()


if __name__ == "__main__":
    main()
