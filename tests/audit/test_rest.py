"""The audit by REST."""

from flask.testing import FlaskClient

from webapp.audit import chain
from webapp.core.extensions import db


def test_rows_come_in_pages_with_the_newest_first(api: FlaskClient) -> None:
    api.post("/api/v1/models", json={"name": "Screw"})
    db.session.rollback()
    first = api.get("/api/v1/audit?limit=2").get_json()
    ids = [row["id"] for row in first["items"]]
    rest = api.get("/api/v1/audit", query_string={"limit": 100, "cursor": first["next_cursor"]}).get_json()
    assert ids + [row["id"] for row in rest["items"]] == list(range(chain.head().count, 0, -1))
    assert first["items"][0]["object_name"] == "Screw"
    assert first["items"][0]["after"] == {"name": "Screw", **first["items"][0]["after"]}
    assert rest["next_cursor"] is None


def test_the_same_filters_as_the_page(api: FlaskClient) -> None:
    def found(**query: str | int) -> int:
        return len(api.get("/api/v1/audit", query_string=query).get_json()["items"])

    assert found(kind="token", action="create", actor="", since="2020-01-01T00:00:00Z") == 1
    assert found(kind="token", until="2020-01-01T00:00:00Z") == 0
    assert found(model_id=5) == 0
    assert api.get("/api/v1/audit?action=nonsense").status_code == 422
