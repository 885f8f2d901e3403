"""Every screen has help of its own."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders import runs
from tests.web.test_no_refused_button import pages_of
from webapp.models import User
from webapp.web import help_words


def test_every_page_that_links_lead_to_has_words_of_its_own(
    clean_app: OpenAPI, client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    app: Any = clean_app
    adapter = app.url_map.bind("localhost")
    pages = {
        adapter.match(address.split("?")[0].split("#")[0])[0]
        for address, text in pages_of(client)
        if 'id="help-button"' in text
    }
    assert len(pages) > 25
    with app.test_request_context():
        general = help_words.of_screen("nothing")
        assert [page for page in sorted(pages) if help_words.of_screen(page) == general] == []


@pytest.mark.parametrize("screen", ["images.index", "predict.show", "nothing"])
def test_it_says_what_it_is_for_and_the_next_step(client: FlaskClient, screen: str) -> None:
    page = client.get("/help", query_string={"screen": screen}).text
    assert "The next step" in page
    assert ("Keys" in page) == (screen != "nothing")
