"""Every icon that a page names is among those that are sent."""

from tools import icons


def test_the_icons_that_are_used_are_sent_and_no_others() -> None:
    names = icons.used()
    assert len(names) > 100
    assert icons.STYLE.read_text("utf-8") == icons.style(names), "run python -m tools.icons"
