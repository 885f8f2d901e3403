"""What a page is measured by: places, heights, shifts, bytes, time to the first content, axe."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bench.common.needed import playwright
from webapp.core.settings import ROOT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SLOWER = 4
LEFT_OUT = (
    "apexcharts",
    "openseadragon",
    "viewerjs",
    "/photos/",
    "/thumbnails/",
    "/test-photos/",
    "/samples/",
    "/small",
    ".png",
    ".jpg",
)
"""Parts of addresses of photos and of the libraries that draw charts and photos."""
WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""
FIRST_CONTENT = """
new Promise((done) => new PerformanceObserver((list) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) done(paint.startTime);
}).observe({type: "paint", buffered: true}))
"""


@dataclass
class Look:
    """At one page."""

    shift: float
    kilobytes: float
    """Compressed, from an empty cache."""
    faults: list[str] = field(default_factory=list)


def settle(page: playwright.Page) -> None:
    """Until nothing loads any more; a page that holds a stream open never falls silent."""
    page.wait_for_load_state("load")
    if not page.locator("[data-live-stream]").count():
        page.wait_for_load_state("networkidle")
    # A shift shows in a frame after what caused it.
    page.evaluate("new Promise(done => setTimeout(done, 700))")


def look_at(context: playwright.BrowserContext, address: str) -> Look:
    """In a page of its own, with both themes for axe."""
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on(
        "Network.requestWillBeSent", lambda sent: urls.update({sent["requestId"]: sent["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished", lambda got: sizes.update({got["requestId"]: got["encodedDataLength"]})
    )
    page.goto(address)
    settle(page)
    counted = sum(
        size for number, size in sizes.items() if not any(part in urls.get(number, "") for part in LEFT_OUT)
    )
    found = Look(page.evaluate("window.shift"), counted / 1024)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
        found.faults += [f"{theme} {fault}" for fault in faults_of(page)]
    page.close()
    return found


@cache
def _axe() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()


def faults_of(page: playwright.Page) -> list[str]:
    """Rules of WCAG 2.2 AA and of good practice that the page breaks, with their first elements."""
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(_axe())
    found: list[dict[str, Any]] = page.evaluate(
        """async rules => (await axe.run(document, {
             runOnly: {type: "tag", values: rules}, resultTypes: ["violations"],
           })).violations.map(fault => ({
             id: fault.id, html: fault.nodes.slice(0, 2).map(node => node.html.slice(0, 120)),
           }))""",
        RULES,
    )
    return [f"{fault['id']}: {' | '.join(fault['html'])}" for fault in found]


def first_content_seconds(context: playwright.BrowserContext, address: str) -> float:
    """Until the browser has painted something of the page, its processor slowed down; the median of three."""
    seconds = []
    for _turn in range(3):
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address)
        seconds.append(page.evaluate(FIRST_CONTENT) / 1000)
        page.close()
    return sorted(seconds)[1]


def top_of(page: playwright.Page, selector: str) -> float:
    """Of the first such element below the top of the window, px; the window is not scrolled."""
    page.evaluate("scrollTo(0, 0)")
    return float(page.locator(selector).first.evaluate("one => one.getBoundingClientRect().top"))


def bottom_of(page: playwright.Page, selector: str) -> float:
    """As ``top_of``."""
    page.evaluate("scrollTo(0, 0)")
    return float(page.locator(selector).first.evaluate("one => one.getBoundingClientRect().bottom"))


def share_of_window(page: playwright.Page, selector: str) -> float:
    """Of the window's area that the element has."""
    return float(
        page.locator(selector).first.evaluate(
            """one => { const {width, height} = one.getBoundingClientRect();
               return width * height / (innerWidth * innerHeight); }"""
        )
    )
