"""Headers that every answer has."""

from typing import Any

from flask.testing import FlaskClient

ADDRESSES = [
    "/",
    "/nothing-here",
    "/models/{id}/images",
    "/models/{id}/statistics.csv",
    "/models/{id}/exports/labels",
    "/models/{id}/images/{image}/labels",
    "/training-runs/{run}/losses.csv",
    "/training-runs/{run}/weights",
    "/api/v1/models",
    "/api/v1/models/999",
    "/api/v1/models/{id}/export",
    "/api/v1/images/{image}/file",
    "/api/v1/images/{image}/thumbnail",
    "/api/v1/training-runs/{run}/weights",
    "/api/v1/openapi.json",
]


def test_every_answer_is_kept_by_nobody_between_and_not_framed_guessed_or_run(
    client: FlaskClient, api: FlaskClient, trained: dict[str, Any]
) -> None:
    ids = {"id": trained["id"], "image": trained["image_ids"][0], "run": trained["run_id"]}
    for address in ADDRESSES:
        asking = api if address.startswith("/api/") else client
        answer = asking.get(address.format(**ids), buffered=True)
        control, headers = answer.cache_control, answer.headers
        assert control.no_store or control.private, (address, headers.get("Cache-Control"))
        assert not control.public, address
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_of_static_files_a_policy_has_what_can_be_opened_or_runs_by_itself(client: FlaskClient) -> None:
    policies = {
        name: client.get(f"/static/{name}").headers.get("Content-Security-Policy")
        for name in ("js/main.js", "css/web/app.css", "js/web/upload/hash_worker.js", "img/favicon.svg")
    }
    assert [bool(policy) for policy in policies.values()] == [False, False, True, True]
    assert client.get("/static/js/main.js").headers["X-Content-Type-Options"] == "nosniff"


def test_photos_stay_in_the_browser_and_nowhere_else(client: FlaskClient, trained: dict[str, Any]) -> None:
    page = client.get(f"/models/{trained['id']}/images").text
    address = page.split('src="/photos/')[1].split('"')[0].replace("&amp;", "&")
    control = client.get(f"/photos/{address}").cache_control
    assert control.private and not control.public
    assert (control.max_age or 0) > 3600
