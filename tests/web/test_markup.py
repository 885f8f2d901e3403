"""Markup that every page keeps: one element an id, and no field for files in the words of the browser."""

import re
from collections import Counter

from flask.testing import FlaskClient

from tests.builders import runs
from tests.web.test_no_refused_button import pages_of
from webapp.models import User

_ID = re.compile(r'<[a-z][^>]*?\sid="([^"]+)"')
_FILE = re.compile(r'<input[^>]*type="file"[^>]*>')
_TEMPLATE = re.compile(r"<template\b.*?</template>", re.DOTALL)


def test_ids_are_there_once_and_files_are_chosen_by_buttons_of_ours(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    runs.finished_prediction(model, administrator)
    faults, fields = [], 0
    for address, text in pages_of(client):
        page = _TEMPLATE.sub("", text)
        doubled = [name for name, count in Counter(_ID.findall(page)).items() if count > 1]
        faults += [f"{address}: id {name} twice" for name in doubled]
        for field in _FILE.findall(page):
            fields += 1
            # The browser's own button and «No file chosen» are in its language, not in that of the page.
            if "visually-hidden" not in field:
                faults.append(f"{address}: {field}")
    assert fields > 8
    assert not faults, "\n".join(faults)
