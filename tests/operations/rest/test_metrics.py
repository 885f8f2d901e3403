"""The metrics: who may read them, and what they say."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from prometheus_client.parser import text_string_to_metric_families

from embedded.waiting import free_port
from tests.accounts.company.conftest import Configure, configure  # noqa: F401
from tests.builders import runs as builders
from tests.rest.sending import assert_problem
from webapp.accounts import users
from webapp.accounts.tokens import TokenLimits
from webapp.app import create_app
from webapp.backups import records
from webapp.backups.records import Backup, BackupReason
from webapp.core import queues
from webapp.core.settings import load_settings
from webapp.models import Role, TokenScope, User
from webapp.models.columns import now

PREFIX = "image_recognition_"
PASSWORD = "correct horse battery"


def read(script: FlaskClient) -> dict[str, float]:
    """Values by name and labels, such as ``runs{kind=training,status=completed}``."""
    answer = script.get("/api/v1/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[sample.name.removeprefix(PREFIX) + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


def script_with(app: OpenAPI, user: User, limits: TokenLimits) -> FlaskClient:
    script = app.test_client()
    script.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {users.create_token(user.email, limits=limits)}"
    return script


def test_a_token_that_reads_is_enough(clean_app: OpenAPI, administrator: User) -> None:
    viewer = users.create_user("prometheus@factory.test", PASSWORD, Role.VIEWER)
    assert read(script_with(clean_app, viewer, TokenLimits(TokenScope.READ)))["up{part=database}"] == 1


def test_others_are_refused(clean_app: OpenAPI, administrator: User) -> None:
    assert_problem(clean_app.test_client().get("/api/v1/metrics"), 401, "token_missing")
    predicting = script_with(clean_app, administrator, TokenLimits(TokenScope.PREDICT))
    assert_problem(predicting.get("/api/v1/metrics"), 403, "scope_missing")
    model = builders.model_with_photos(administrator)
    bound = script_with(clean_app, administrator, TokenLimits(TokenScope.READ, model_ids=[model.id]))
    assert_problem(bound.get("/api/v1/metrics"), 403, "token_bound")


@pytest.mark.parametrize(
    ("address", "status"),
    [("10.0.7.9", 200), ("::ffff:10.0.7.9", 200), ("10.0.8.9", 401), ("192.168.0.5", 200), ("", 401)],
)
def test_an_address_that_a_setting_allows_needs_no_token(
    clean_app: OpenAPI,
    configure: Configure,  # noqa: F811
    address: str,
    status: int,
) -> None:
    configure(metrics_addresses="10.0.7.0/24, 192.168.0.5")
    answer = clean_app.test_client().get("/api/v1/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_runs_queues_disk_and_backup_are_counted(api: FlaskClient, administrator: User) -> None:
    model = builders.model_with_photos(administrator)
    builders.finished_training(model, administrator)
    builders.running_training(model, administrator)
    queues.enqueue(queues.IO, "jobs.tasks.files.make_thumbnails")
    records.note(Backup(now() - timedelta(hours=2), Path("/b.tar"), 1234, BackupReason.COMMAND, 2.0))
    found = read(api)
    assert found["runs{kind=training,status=completed}"] == 1
    assert found["runs{kind=training,status=running}"] == 1
    assert found["runs{kind=prediction,status=failed}"] == 0
    assert found["run_duration_seconds_count{kind=training}"] == 1
    assert found["run_duration_seconds_sum{kind=training}"] >= 0
    assert found["queue_length{queue=io}"] >= 1
    assert found["processes{process=janitor}"] == 0
    assert 7200 <= found["last_backup_age_seconds"] < 7300
    assert found["last_backup_bytes"] == 1234
    assert found["disk_free_bytes"] <= found["disk_total_bytes"]
    assert found["disk_floor_bytes"] == 2_000_000_000


def test_requests_are_counted_by_the_template_of_their_address(api: FlaskClient) -> None:
    counted = "http_requests_total{method=GET,route=/api/v1/models/<id:model_id>,status=404}"
    unknown = "http_requests_total{method=GET,route=none,status=404}"
    timed = "http_request_duration_seconds_count{method=GET,route=/api/v1/models/<id:model_id>}"
    before = read(api)
    for number in (991, 992):
        api.get(f"/api/v1/models/{number}")
        api.get(f"/no-such-page-{number}")
    after = read(api)
    for name in (counted, unknown, timed):
        assert after[name] - before.get(name, 0) == 2, name
    assert "991" not in "".join(after)


def test_no_name_of_a_model_or_person_is_in_it(api: FlaskClient, administrator: User) -> None:
    builders.model_with_photos(administrator)
    text = api.get("/api/v1/metrics").text
    assert "Fruits" not in text and administrator.email not in text


def test_what_does_not_answer_is_said(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    settings = load_settings(
        database_url=f"postgresql://nobody@{nobody}/nothing",
        redis_url=f"redis://{nobody}/0",
        data_dir=tmp_path,
        metrics_addresses="127.0.0.1",
    )
    found = read(create_app(settings, TESTING=True).test_client())
    assert {name: value for name, value in found.items() if name.startswith("up{")} == {
        "up{part=database}": 0,
        "up{part=queue}": 0,
        "up{part=storage}": 0,
    }
    assert "disk_free_bytes" in found and "runs{kind=training,status=completed}" not in found
