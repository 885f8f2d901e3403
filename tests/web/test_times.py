"""Moments on pages are the reader's: each is written in UTC for browsers without scripts, and marked for the others."""

import re
from datetime import UTC, datetime, timedelta, timezone

from flask.testing import FlaskClient

from tests.builders import runs
from tests.web.test_no_refused_button import pages_of
from webapp.core.extensions import db
from webapp.images import trash as image_trash
from webapp.models import Image, User
from webapp.web.page_context import utc

_MARKED = re.compile(
    r"<time datetime=\"[^\"]+\" data-local(?:=\"\w+\")?>[^<]*</time>(?:<noscript> UTC</noscript>)?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\bUTC\b")
_TAG = re.compile(r"<[^>]*>")


def test_no_page_writes_a_moment_in_the_time_of_the_server(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    runs.finished_prediction(model, administrator)
    first = db.session.query(Image.id).limit(1).scalar()
    image_trash.delete_images(model, Image.id == first, administrator)
    pages = dict(pages_of(client))
    marked = [address for address, text in pages.items() if _MARKED.search(text)]
    for shown in (f"/models/{model.id}/images/trash", "/training-runs/1/report", "/audit"):
        assert shown in marked
    unmarked = {
        address: found
        for address, text in pages.items()
        if (found := _MOMENT.findall(_TAG.sub(" ", _MARKED.sub("", text))))
    }
    assert unmarked == {}


def test_without_scripts_it_is_utc_whatever_the_database_answers_in() -> None:
    taipei = timezone(timedelta(hours=8))
    moment = datetime(2026, 12, 1, 0, 30, tzinfo=taipei)
    assert utc(moment) == moment
    assert utc(moment).tzinfo == UTC and utc(moment).hour == 16
