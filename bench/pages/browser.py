"""The Chromium that figures and pictures of pages come from."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.common.needed import playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def chromium() -> Iterator[playwright.Browser]:
    """Started; ends the program with a sentence where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("This needs Chromium: install the package chromium.")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
