"""The page of the alerts: the form, the secret, the tests, and errors that can be seen."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders import runs as builders
from tests.operations.alerts.conftest import Box, Receiver
from webapp.core.extensions import db
from webapp.models import AlertSettings, AuditEntry, User
from webapp.operations.alerts import deliveries, events, preferences, webhook

SetAlerts = Callable[..., AlertSettings]
FORM = {
    "events": ["run.failed", "disk.short"],
    "recipients": "Shift@factory.test; line@factory.test shift@factory.test",
    "webhook_url": "https://erp.factory.test/hooks",
    "backup_days": "3",
    "language": "zh_Hant_TW",
}


def secret() -> str:
    saved = preferences.find()
    assert saved is not None and saved.webhook_salt
    return webhook.secret_of(saved.webhook_salt)


def test_what_is_saved_is_kept_and_the_secret_is_shown_once(client: FlaskClient, box: Box) -> None:
    page = client.post("/system/alerts", data=FORM).text
    saved = preferences.find()
    assert saved is not None
    assert saved.events == ["run.failed", "disk.short"]
    assert saved.recipients == ["shift@factory.test", "line@factory.test"]
    assert (saved.webhook_url, saved.backup_days, saved.language) == (
        "https://erp.factory.test/hooks",
        3,
        "zh_Hant_TW",
    )
    assert saved.base_url == "http://localhost/"
    assert secret() in page
    for later in (
        client.get("/system/alerts"),
        client.post("/system/alerts", data=FORM, follow_redirects=True),
    ):
        assert later.status_code == 200 and "whsec_" not in later.text


def test_a_new_secret_takes_the_place_of_the_old_one(client: FlaskClient, box: Box) -> None:
    client.post("/system/alerts", data=FORM)
    before = secret()
    page = client.post("/system/alerts/secret").text
    assert secret() != before
    assert secret() in page and before not in page


def test_the_audit_knows_who_changed_them_and_no_secret(client: FlaskClient, box: Box) -> None:
    client.post("/system/alerts", data=FORM)
    client.post("/system/alerts/secret")
    rows = [row for row in db.session.query(AuditEntry).all() if row.object_name == "alerts"]
    assert len(rows) >= 2
    texts = "".join(f"{row.before}{row.after}" for row in rows)
    assert "erp.factory.test" in texts
    assert "whsec_" not in texts and (preferences.find().webhook_salt or "-") not in texts  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("recipients", "nobody", "complete e-mail address"),
        ("recipients", ",".join(f"p{n}@factory.test" for n in range(21)), "At most 20 addresses"),
        ("webhook_url", "erp.factory.test", "complete address"),
        ("webhook_url", "https://me:pass@erp.factory.test/", "without a name and password"),
        ("backup_days", "0", "from 1 to 365"),
        ("backup_days", "soon", "from 1 to 365"),
    ],
)
def test_a_wrong_field_is_refused_beside_it_and_nothing_is_saved(
    client: FlaskClient, box: Box, field: str, value: str, sentence: str
) -> None:
    answer = client.post("/system/alerts", data=FORM | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text and f'id="field-{field}-error"' in answer.text
    assert preferences.find() is None


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_the_test_says_what_came_of_it(
    client: FlaskClient, set_alerts: SetAlerts, box: Box, receiver: Receiver, channel: str
) -> None:
    set_alerts()
    answer = client.post("/system/alerts/test", data={"channel": channel}, follow_redirects=True)
    assert "took the test" in answer.text
    box.refuses, receiver.status = True, 500
    answer = client.post("/system/alerts/test", data={"channel": channel})
    assert answer.status_code == 502
    assert "did not take the test" in answer.text and ("554" in answer.text or "answered 500" in answer.text)


def test_without_a_webhook_there_is_nothing_to_test(client: FlaskClient, box: Box) -> None:
    answer = client.post("/system/alerts/test", data={"channel": "webhook"})
    assert answer.status_code == 422 and "Enter the address of a webhook first" in answer.text


def test_without_a_mail_server_the_page_says_so(client: FlaskClient, clean_app: OpenAPI) -> None:
    assert "No mail server is set" in client.get("/system/alerts").text


def test_a_receiver_that_is_away_is_seen_on_both_pages(
    client: FlaskClient, set_alerts: SetAlerts, receiver: Receiver, administrator: User
) -> None:
    set_alerts(recipients="", events=("run.ended",))
    builders.finished_training(builders.model_with_photos(administrator), administrator)
    receiver.status = 503
    events.look()
    deliveries.send_waiting()
    assert "answered 503" in client.get("/system/alerts").text
    assert "1 alert of the last day has not arrived" in client.get("/system").text
