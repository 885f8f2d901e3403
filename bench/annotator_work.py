"""What a sitting costs in the browser: turning to the next photo, panning over 2,000 shapes, an edit among 500, the
brush, memory.

``python -m bench.annotations`` runs it. Photos are 4,000 x 3,000. Baselines are measured in the same run: for a turn
the same photo as a page of its own, for panning a redraw of all shapes in each frame. Of an edit and of a move of the
brush the time in scripts counts, from the key until the frame after it. The brush paints on 6,000 x 4,000.
"""

import io
import statistics
from typing import Any

import numpy as np
from PIL import Image

from bench.common.needed import playwright, requests
from bench.common.report import report

WIDTH, HEIGHT = 4000, 3000
PHOTOS = 12
TURNS_FOR_MEMORY = 200
EDITOR = "import('/static/js/annotations/annotator/editor.js').then(module => module.editor())"
BRUSH_SIZE = (6000, 4000)
STROKES, MOVES_OF_STROKE = 5, 40
COUNT_FRAMES = """() => {
  window.benchFrames = {began: performance.now(), count: 0};
  const count = () => { window.benchFrames.count += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""
FRAMES_A_SECOND = "1000 * benchFrames.count / (performance.now() - benchFrames.began)"
TURN = """async () => {
  const it = await EDITOR;
  const began = performance.now();
  const turned = new Promise((done) => document.addEventListener("photo:turned", done, {once: true}));
  const link = document.querySelector(`a[rel=${window.benchBack ? "prev" : "next"}][data-photo-step]`);
  if (!link) { window.benchBack = !window.benchBack; return null; }
  it.turn.go(link.href);
  await turned;
  await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - began;
}""".replace("EDITOR", EDITOR)
PAN = """async (redrawn) => {
  const it = await EDITOR;
  it.stage.zoom(2);
  const follow = it.stage.painter.follow;
  if (redrawn) it.stage.painter.follow = function () { this.redraw(); };
  const frames = 90;
  const began = performance.now();
  for (let number = 0; number < frames; number++) {
    it.stage.panBy(number % 60 < 30 ? 4 : -4, 0);
    await new Promise((done) => requestAnimationFrame(done));
  }
  it.stage.painter.follow = follow;
  it.stage.fit();
  return 1000 * frames / (performance.now() - began);
}""".replace("EDITOR", EDITOR)


def photos_of(browser: requests.Session, page: str, count: int) -> None:
    """Add so many photos to the model of this page."""
    for number in range(count):
        add_photo(browser, page, f"turn{number}.jpg", WIDTH, HEIGHT, number)


def add_photo(browser: requests.Session, page: str, name: str, width: int, height: int, seed: int) -> int:
    """Its id."""
    noise = np.random.default_rng(seed).integers(0, 255, (height // 50, width // 50, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((width, height)).save(buffer, "JPEG")
    answer = browser.post(
        f"{page}/images?split=train",
        files={"files": (name, buffer.getvalue())},
        headers={"Accept": "application/json"},
    )
    answer.raise_for_status()
    return int(answer.json()["created"][0]["id"])


def measure_turns(page: playwright.Page, address: str) -> None:
    """The next photo on the same page, until it can be edited; and the heap after many."""
    page.goto(address)
    page.evaluate(EDITOR)
    pages = []
    for _time in range(5):
        page.reload()
        page.evaluate(EDITOR)
        pages.append(float(page.evaluate("performance.now()")))
    times: list[float] = []
    while len(times) < 20:
        # A moment for a look at the photo: the next one comes meanwhile.
        page.wait_for_timeout(300)
        spent = page.evaluate(TURN)
        if spent is not None:
            times.append(spent)
    report("page_turn_ms", statistics.median(times), "ms", round(statistics.median(pages), 1))
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    heaps = [_heap(session)]
    for turns in (TURNS_FOR_MEMORY // 2, TURNS_FOR_MEMORY // 2):
        done = 0
        while done < turns:
            done += page.evaluate(TURN) is not None
        heaps.append(_heap(session))
    report("heap_after_200_turns_mb", heaps[2], "MB", round(heaps[1], 3))


def _heap(session: playwright.CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def measure_pan(page: playwright.Page) -> None:
    """Frames a second while the photo with its shapes is moved."""
    redrawn = page.evaluate(PAN, True)
    report("pan_2000_shapes_fps", page.evaluate(PAN, False), "fps", round(redrawn, 1))


def measure_edits(page: playwright.Page, session: playwright.CDPSession, script_seconds: Any) -> None:
    """Script of one press of an arrow key that moves a shape."""
    page.locator("#stage").focus()
    page.keyboard.press("v")
    page.keyboard.press("]")
    before = script_seconds(session)
    edits = 30
    for _edit in range(edits):
        page.keyboard.press("ArrowRight")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    report("edit_500_shapes_ms", 1000 * (script_seconds(session) - before) / edits, "ms", 16)


def measure_brush(page: playwright.Page, session: playwright.CDPSession, script_seconds: Any) -> None:
    """Script of a move of the brush, and frames a second while it paints."""
    page.evaluate(EDITOR)
    box = page.locator("#stage").bounding_box()
    if box is None:
        raise RuntimeError("the stage is not shown")
    page.keyboard.press("q")
    page.evaluate(COUNT_FRAMES)
    before = script_seconds(session)
    for stroke in range(STROKES):
        y = box["y"] + box["height"] * (stroke + 1) / (STROKES + 1)
        page.mouse.move(box["x"] + box["width"] * 0.2, y)
        page.mouse.down()
        for move in range(MOVES_OF_STROKE):
            page.mouse.move(
                box["x"] + box["width"] * (0.2 + 0.6 * move / MOVES_OF_STROKE), y + 10 * (move % 5)
            )
        page.mouse.up()
    fps = float(page.evaluate(FRAMES_A_SECOND))
    spent = script_seconds(session) - before
    report("brush_move_ms", 1000 * spent / (STROKES * MOVES_OF_STROKE), "ms", 16)
    report("brush_fps", fps, "fps", 60)
