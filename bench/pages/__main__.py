"""What meets the eye first, and how many presses the main job takes: ``.venv/bin/python -m bench.pages``.

The product runs as ``bin/serve`` starts it. The main job is done in it by mouse with the photos of ``fruits_nuts`` as
one category; then each page is opened in a window of 1280 x 800 px. A figure is the worst of its pages; the page that
has it is named on stderr.

Needs ``bin/setup test`` and ``fruits_nuts`` in the shared data.
"""

import sys
import tempfile
from pathlib import Path

from bench.common.needed import playwright
from bench.common.report import report
from bench.common.running_product import ADMINISTRATOR, RunningProduct, running_product
from bench.pages import looks
from bench.pages.browser import chromium
from bench.pages.main_job import Addresses, do_main_job
from bench.prediction.comparison import Script

WINDOW: playwright.ViewportSize = {"width": 1280, "height": 800}


def addresses(home: str, job: Addresses) -> dict[str, str]:
    """Every page, by name."""
    model = job.model
    inside = (
        "images",
        "annotate",
        "train",
        "record",
        "predict",
        "edit",
        "statistics",
        "exports",
        "imports",
        "line",
    )
    return {
        "models": home,
        **{name: f"{model}/{name}" for name in inside},
        "trash": f"{home}/models/trash",
        "under way": job.training,
        "result": job.result,
        "prediction": job.prediction,
        "board": f"{home}/board",
        "account": f"{home}/account",
        "tokens": f"{home}/api-tokens",
        "users": f"{home}/users",
        "audit": f"{home}/audit",
    }


def measure_places(context: playwright.BrowserContext, job: Addresses) -> None:
    """Where the work begins on the screens that show pictures."""
    page = context.new_page()
    tops = []
    for address, selector in (
        (f"{job.model}/images", ".photo-grid img"),
        (job.prediction, ".result-grid img"),
    ):
        page.goto(address)
        looks.settle(page)
        tops.append((looks.top_of(page, selector), address))
    worst = max(tops)
    report("first_photo_y", worst[0], "px", 200)
    print(f"first_photo_y: {tops}", file=sys.stderr)
    page.goto(f"{job.model}/annotate")
    looks.settle(page)
    report("canvas_share", looks.share_of_window(page, "#stage"), "of the window", 0.6)
    page.goto(job.result)
    looks.settle(page)
    report("result_page_height", page.evaluate("document.documentElement.scrollHeight"), "px", 2500)
    page.close()


def measure_under_way(product: RunningProduct, context: playwright.BrowserContext, model: str) -> looks.Look:
    """The losses of a run that is training; it is stopped at the end."""
    script = Script(product)
    number = model.rsplit("/", 1)[1]
    parameters = {"iterations": 5000, "image_size": 128}
    run = script.call("POST", f"/models/{number}/training-runs", json={"parameters": parameters}).json()["id"]
    page = context.new_page()
    page.goto(f"{product.address}/training-runs/{run}")
    page.locator("[data-loss-chart] svg .apexcharts-line-series path").first.wait_for(timeout=120_000)
    looks.settle(page)
    report("losses_bottom_y", looks.bottom_of(page, "[data-loss-chart]"), "px", 800)
    page.close()
    seen = looks.look_at(context, f"{product.address}/training-runs/{run}")
    script.call("POST", f"/training-runs/{run}/stop")
    return seen


def measure(product: RunningProduct, browser: playwright.Browser, folder: Path) -> None:
    """Prints every figure."""
    context = browser.new_context(
        viewport=WINDOW, locale="en-GB", accept_downloads=True, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{product.address}/sign-in")
    page.locator("[name=email]").fill(ADMINISTRATOR["email"])
    page.locator("[name=password]").fill(ADMINISTRATOR["password"])
    page.locator("[name=password]").press("Enter")
    page.locator("#models").wait_for(state="attached")
    presses, job = do_main_job(page, product.address, folder)
    page.close()
    report("clicks_of_main_job", presses, "presses", 10)
    measure_places(context, job)
    pages = addresses(product.address, job)
    # Before a training is under way: it would want the processors, also while it is being stopped.
    seconds = {name: looks.first_content_seconds(context, address) for name, address in pages.items()}
    seen = {name: looks.look_at(context, address) for name, address in pages.items()}
    seen["training"] = measure_under_way(product, context, job.model)
    _report_worst("layout_shift", {name: look.shift for name, look in seen.items()}, "", 0.02)
    _report_worst("page_kb", {name: look.kilobytes for name, look in seen.items()}, "KiB compressed", 200)
    _report_worst("first_content_seconds_slow_cpu", seconds, "s", 0.8)
    for name, look in seen.items():
        for fault in look.faults:
            print(f"{name}: {fault}", file=sys.stderr)
    report("axe_violations", sum(len(look.faults) for look in seen.values()), "rules broken", 0)
    context.close()


def _report_worst(metric: str, values: dict[str, float], unit: str, wanted: float) -> None:
    worst = max(values, key=lambda name: values[name])
    print(
        f"{metric}: {worst}; " + ", ".join(f"{name} {value:.3g}" for name, value in values.items()),
        file=sys.stderr,
    )
    report(metric, values[worst], unit, wanted)


def main() -> None:
    """Prints a figure a line."""
    with tempfile.TemporaryDirectory() as name, running_product() as product, chromium() as browser:
        measure(product, browser, Path(name))


if __name__ == "__main__":
    main()
