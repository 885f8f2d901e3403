"""A backup that an administrator asks for: by a button and by REST, made by a real worker."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from embedded.waiting import wait_until
from tests.builders import runs
from tests.conftest import environment_of
from tests.preloaded import Preloaded, end
from tests.rest.sending import assert_problem
from webapp.backups import records, requested
from webapp.models import Role, User


@pytest.fixture(autouse=True)
def nothing_before(clean_app: OpenAPI) -> None:
    for path in (clean_app.extensions["settings"].data_dir / "backups").glob("record*"):
        path.unlink()


def test_it_is_made_and_listed(
    clean_app: OpenAPI, api: FlaskClient, administrator: User, preloaded: Preloaded, tmp_path: Path
) -> None:
    runs.model_with_photos(administrator)
    asked = api.post("/api/v1/backups")
    assert asked.status_code == 202
    item = asked.get_json()
    assert (item["status"], item["size"]) == ("queued", None)
    assert_problem(api.post("/api/v1/backups"), 409, "under_way")
    assert [one["id"] for one in api.get("/api/v1/backups").get_json()["items"]] == [item["id"]]
    environment = environment_of(clean_app)
    worker = preloaded.start("jobs.processes.worker", "io", environment=environment, log=tmp_path / "io")
    try:
        wait_until(lambda: requested.pending() is None, f"it has ended, see {tmp_path / 'io'}", 120)
    finally:
        end([worker])
    [made] = api.get("/api/v1/backups").get_json()["items"]
    assert (made["id"], made["status"], made["error"]) == (item["id"], "completed", None)
    backup = records.last_good_backup()
    assert backup is not None and backup.path.stat().st_size == made["size"]
    backup.path.unlink()


def test_the_button_asks_for_one_and_says_so(client: FlaskClient) -> None:
    assert "Back up now" in client.get("/system").text
    page = client.post("/system/backup", follow_redirects=True).text
    assert "A backup will be made in its turn." in page
    assert "Being made" in page and "Back up now" not in page
    again = client.post("/system/backup", follow_redirects=True).text
    assert "A backup is under way already" in again


def test_others_may_not(clean_app: OpenAPI) -> None:
    browser = clean_app.test_client()
    runs.sign_in(browser, Role.ENGINEER)
    assert browser.post("/system/backup").status_code == 403
    assert requested.pending() is None
