"""A photo of 12,000 x 12,000 in the annotator: when its first picture is seen, and what the browser needs for it.

``python -m bench.annotations`` runs it. The first picture is there when a pixel in the middle of the stage is painted,
counted from the start of the navigation. First visit: no tile is cut yet, as after an upgrade. Memory is that of the
page's process and of the one that paints, after zooming into four corners.
"""

import io
import shutil
import time
from pathlib import Path

import numpy as np
from PIL import Image

from bench.common.needed import playwright
from bench.common.report import report
from bench.common.running_product import RunningProduct

SIDE = 12_000
LEVELS = 6
LIMIT_MS, LIMIT_MB = 1000, 500
PAINTED = """
const look = () => {
  const canvas = document.querySelector("#stage .openseadragon-canvas canvas:not(.stage-canvas)");
  const middle = canvas?.width && canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  if (middle && middle.data[3]) window.paintedAt = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
FIRST_PAINT = """new Promise((done) => {
  const look = () => window.paintedAt ? done(window.paintedAt) : requestAnimationFrame(look);
  look();
})"""
SHARP = """async () => {
  const {editor} = await import("/static/js/annotations/annotator/editor.js");
  const {stage} = await editor();
  const sharp = () => new Promise((done) => {
    const look = () => stage.item.getFullyLoaded() ? done() : requestAnimationFrame(look);
    requestAnimationFrame(look);
  });
  await sharp();
  stage.zoom(12);
  for (const [x, y] of [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]) {
    stage.moveTo([x * stage.photo.width, y * stage.photo.height]);
    await sharp();
  }
}"""


def jpeg() -> bytes:
    """Soft spots under noise, as a camera has it; about 30 MB."""
    random = np.random.default_rng(1)
    spots = Image.fromarray(random.integers(0, 255, (240, 240, 3), dtype=np.uint8))
    pixels = np.asarray(spots.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(np.int16)
    pixels += random.integers(-6, 7, (SIDE, SIDE, 1), dtype=np.int16)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def measure(
    browser: playwright.Browser, product: RunningProduct, model_page: str, cookies: list[dict[str, str]]
) -> None:
    """Adds the photo to the model of this page and opens it twice."""
    session = product.sign_in()
    answer = session.post(
        f"{model_page}/images?split=train",
        files={"files": ("large.jpg", jpeg())},
        headers={"Accept": "application/json"},
    )
    answer.raise_for_status()
    address = f"{model_page}/annotate?photo={answer.json()['created'][0]['id']}"
    tiles = product.folder / "tiles"
    _wait_for_all(tiles)
    shutil.rmtree(tiles)
    for metric in ("large_first_picture_first_visit_ms", "large_first_picture_ms"):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.add_init_script(PAINTED)
        page.goto(address)
        report(metric, page.evaluate(FIRST_PAINT), "ms", LIMIT_MS)
        _wait_for_all(tiles)
        if metric == "large_first_picture_ms":
            page.evaluate(SHARP)
            report("large_photo_browser_mb", _memory_mb(browser), "MB", LIMIT_MB)
        context.close()


def _wait_for_all(tiles: Path) -> None:
    for _second in range(120):
        if all(any(tiles.glob(f"??/*/{level}")) for level in range(LEVELS)):
            return
        time.sleep(1)
    raise RuntimeError("the worker has cut no tiles")


def _memory_mb(browser: playwright.Browser) -> float:
    """Of the largest page's process and of the one that paints, without what they share with others (PSS)."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    by_kind: dict[str, float] = {}
    for process in processes:
        used = _pss_mb(int(process["id"]))
        by_kind[process["type"]] = max(used, by_kind.get(process["type"], 0))
    return by_kind["renderer"] + by_kind.get("GPU", 0)


def _pss_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
