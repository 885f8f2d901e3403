"""Every icon that a page names is among those that are sent to it."""

import re

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from tests.web.test_no_refused_button import pages_of
from tools import icons
from webapp.models import User

_ICON = re.compile(r"\bbi-([a-z0-9-]+)")


@pytest.mark.parametrize("style", [icons.COMMON, icons.ANNOTATOR, icons.OTHERS])
def test_the_icons_that_are_used_are_sent_and_no_others(style: str) -> None:
    assert len([name for name, its in icons.used().items() if its == style]) > 20
    assert (icons.CSS / style).read_text("utf-8") == icons.styles()[style], "run python -m tools.icons"


def test_each_page_has_the_styles_of_its_icons(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    runs.finished_prediction(model, administrator)
    sent = {style: set(_ICON.findall(text)) for style, text in icons.styles().items()}
    faults, pages = [], 0
    for address, text in pages_of(client):
        linked = [style for style in sent if f"/static/css/{style}" in text]
        if not linked:  # a part that is fetched into a page
            continue
        pages += 1
        there = set().union(*(sent[style] for style in linked))
        faults += [f"{address}: {name}" for name in sorted(set(_ICON.findall(text)) - there)]
    assert pages > 30
    assert not faults, "\n".join(faults)
