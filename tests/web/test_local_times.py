"""Times of pages in the zone of the installation, else in that of the browser."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from webapp.core.settings import Settings
from webapp.web.page_context import local_day, local_time

EVENING = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)


def test_a_moment_is_written_in_the_zone_that_the_browser_said(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "time_zone=America/New_York"}):
        assert (local_time(EVENING), local_day(EVENING)) == ("2026-11-30 11:30", "2026-11-30")


def test_the_zone_of_the_installation_wins(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"time_zone": "Asia/Taipei"}))
    with app.test_request_context(headers={"Cookie": "time_zone=America/New_York"}):
        assert (local_time(EVENING), local_day(EVENING)) == ("2026-12-01 00:30", "2026-12-01")


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "Asia", "x" * 3000, "zone.tab"])
def test_without_a_zone_it_says_utc(app: Flask, zone: str) -> None:
    with app.test_request_context(headers={"Cookie": f"time_zone={zone}"}):
        assert (local_time(EVENING), local_day(EVENING)) == ("2026-11-30 16:30 UTC", "2026-11-30")
