"""Scripts stay few: what HTML, HTMX and the server can do is not done by them."""

from webapp.core.settings import ROOT

MOST_LINES = 6_000
"""Of all scripts together; the linter holds each to 200."""


def test_there_are_few_scripts() -> None:
    files = list((ROOT / "static" / "js").rglob("*.js"))
    lines = sum(len(file.read_text().splitlines()) for file in files)
    assert files and lines <= MOST_LINES
