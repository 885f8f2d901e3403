"""In which windows the screens of a test are looked at."""

from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import faults_of
from tests.browser.conftest import picture


class Look(NamedTuple):
    """Language, scheme and width of a window."""

    locale: str
    scheme: str
    width: int

    def __str__(self) -> str:
        return "-".join(map(str, self))

    @property
    def options(self) -> dict[str, Any]:
        """For ``signed_in`` and ``new_context``."""
        viewport = {"width": self.width, "height": 1000}
        return {"locale": self.locale, "color_scheme": self.scheme, "viewport": viewport}


USUAL = Look("zh-TW", "dark", 820)
"""In nothing like the window of the other tests, which is English, light and 1280 px wide."""
OTHERS = [Look("zh-TW", "light", 1280), Look("en-GB", "dark", 820), Look("en-GB", "light", 1280)]
LOOKS = [USUAL, *OTHERS]
EVERY_LOOK = pytest.mark.parametrize(
    "look", [USUAL, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)], ids=str
)
"""A test with the argument ``look``: the usual one always, the others with ``--slow``."""


def faults_in(page: Page, name: str) -> list[str]:
    """Of the open page: rules of accessibility that it breaks, and what does not fit into the window."""
    picture(page, name)
    faults = faults_of(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{name} is wider than the window")
    return faults
