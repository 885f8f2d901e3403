"""Moments on pages are the reader's: none is written in the time of the server."""

import re

from flask.testing import FlaskClient

from tests.builders import runs
from tests.web.test_no_refused_button import pages_of
from webapp.core.extensions import db
from webapp.images import trash as image_trash
from webapp.models import Image, User
from webapp.models.columns import now
from webapp.web.page_context import TIME_ZONE_COOKIE

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_TAG = re.compile(r"<[^>]*>")


def test_no_page_writes_a_moment_in_the_time_of_the_server(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    runs.finished_prediction(model, administrator)
    first = db.session.query(Image.id).limit(1).scalar()
    image_trash.delete_images(model, Image.id == first, administrator)
    # Half an hour more than whole hours: the zone of no server.
    client.set_cookie(TIME_ZONE_COOKIE, "Asia/Kolkata")
    minutes = {f"{(now().minute + 30 - ago) % 60:02}" for ago in range(4)}
    shown, faults = [], []
    for address, text in pages_of(client):
        if address.endswith("/log"):  # a file that the worker writes, with its own clock
            continue
        found = _MOMENT.findall(_TAG.sub(" ", text))
        shown += [address] if found else []
        faults += [f"{address}: {moment}" for moment in found if moment[-2:] not in minutes]
    for page in (f"/models/{model.id}/images/trash", "/training-runs/1/report", "/audit"):
        assert page in shown
    assert faults == []
