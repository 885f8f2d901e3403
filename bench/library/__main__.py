"""The library at 100,000 photos: pages, uploads, transfers. Needs ``bin/setup test``.

    .venv/bin/python -m bench.library [pages] [upload] [memory] [import]

All parts where none is named. Each runs the whole product on an empty folder as ``bin/serve`` starts it: gunicorn, the
workers, the janitor, PostgreSQL and Valkey with their files flushed. docs/performance.md says what the figures mean.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.common.report import report
from bench.common.running_product import running_product
from bench.library import imports as library_import
from bench.library import pages as library_pages
from bench.library import upload as library_upload

ROUNDS = 2
PHOTOS = 1_000
LONG_UPLOAD_THOUSANDS = 6
QUIET_SECONDS = 10
"""The start of the workers is over, autovacuum has had its turn."""


def pages() -> None:
    """``page_p95_ms`` and ``page_time_100k_over_1k``."""
    with running_product() as product:
        timings = library_pages.measure_pages(product, product.sign_in(), ROUNDS)
    large = [timing.milliseconds for timing in timings if timing.large]
    small = [timing.milliseconds for timing in timings if not timing.large]
    for kind, at_large, at_small in library_pages.slowest_kinds(timings, 12):
        print(f"{at_large:7.1f} ms at 100,000, {at_small:7.1f} ms at 1,000: {kind}", file=sys.stderr)
    report("page_p95_ms", library_pages.p95(large), "ms", 100)
    report("page_p95_at_1k_ms", library_pages.p95(small), "ms")
    report("page_time_100k_over_1k", library_pages.p95(large) / library_pages.p95(small), "times", 1.3)


def upload() -> None:
    """``upload_images_per_second``, ``upload_share_of_bare_loop``, memory, and ``gallery_page_kb``."""
    with tempfile.TemporaryDirectory(prefix="bench-photos-") as name, running_product() as product:
        folder = Path(name)
        first = _written(folder, "first", 200, seed=1)
        files = _written(folder, "photo", PHOTOS, seed=2)
        browser = product.sign_in()
        warm, model = (product.create_model(browser, name) for name in ("Warm", "Upload"))
        library_upload.Uploader(product, browser, warm).send(first)
        library_upload.wait_for_thumbnails(product, len(first))
        library_upload.wait_for_comparisons(product)
        time.sleep(QUIET_SECONDS)
        (folder / "bare").mkdir()
        before, cpu_before = library_upload.bare_loop_rate(files, folder / "bare")
        memory, used = product.web_memory_mb(), product.cpu_seconds()
        began = time.perf_counter()
        seconds = library_upload.Uploader(product, browser, model).send(files)
        library_upload.wait_for_thumbnails(product, len(first) + len(files))
        rate = len(files) / (time.perf_counter() - began)
        grown, used = product.web_memory_mb() - memory, product.cpu_seconds() - used
        if product.count("SELECT count(*) FROM image WHERE model_id = %s", model) != len(files):
            raise RuntimeError("not every photo is in the database")
        after, cpu_after = library_upload.bare_loop_rate(files, folder / "bare")
        bare, cpu_bare = (before + after) / 2, (cpu_before + cpu_after) / 2
        transferred = library_upload.page_bytes(product, browser, model)
    report("upload_images_per_second", rate, "photos/s", 160)
    report("upload_bare_loop_per_second", bare, "photos/s")
    report("upload_share_of_bare_loop", rate / bare, "of the bare loop", 0.6)
    report("upload_cpu_ms_per_photo", 1000 * used / len(files), "ms", 1000 * cpu_bare)
    report("upload_answer_p95_ms", 1000 * library_pages.p95(seconds), "ms")
    report("upload_web_memory_growth_mb", grown, "MB")
    report("gallery_page_kb", transferred / 1000, "kB", 1000)


def memory() -> None:
    """``long_upload_web_memory_mb`` after each thousand photos, against that after the first."""
    with tempfile.TemporaryDirectory(prefix="bench-photos-") as name, running_product() as product:
        browser = product.sign_in()
        model, first = product.create_model(browser, "Upload"), None
        for thousand in range(LONG_UPLOAD_THOUSANDS):
            files = _written(Path(name), "photo", PHOTOS, seed=10 + thousand)
            library_upload.Uploader(product, browser, model).send(files)
            library_upload.wait_for_thumbnails(product, (thousand + 1) * PHOTOS)
            now = product.web_memory_mb()
            first = first or now
            report("long_upload_web_memory_mb", now, "MB", first)


def _written(folder: Path, name: str, count: int, seed: int) -> list[Path]:
    files = []
    for number, content in enumerate(library_upload.make_photos(count, seed)):
        files.append(folder / f"{name}-{number:04}.jpg")
        files[-1].write_bytes(content)
    return files


PARTS: dict[str, Callable[[], None]] = {
    "pages": pages,
    "upload": upload,
    "memory": memory,
    "import": library_import.measure,
}


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"unknown part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for part in wanted:
        PARTS[part]()
