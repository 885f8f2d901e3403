"""OK/NG rules and verdicts over the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.prediction.rest.test_runs import start, work
from tests.rest.sending import assert_problem
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditEntry

RULE = {"category": "nut", "measure": "count", "comparison": "above", "limit": 1}


def rules_of(model: dict[str, Any]) -> str:
    return f"/api/v1/models/{model['id']}/verdict-rules"


def test_rules_are_replaced_as_a_whole(api: FlaskClient, trained: dict[str, Any]) -> None:
    assert api.get(rules_of(trained)).get_json() == {"items": [], "next_cursor": None}
    answer = api.put(rules_of(trained), json={"items": [RULE, RULE | {"category": None, "limit": 9}]})
    assert [(item["category"], item["limit"]) for item in answer.get_json()["items"]] == [
        ("nut", 1),
        (None, 9),
    ]
    assert answer.get_json()["items"][0]["sentence"] == "NG with more than 1 of “nut”"
    assert api.put(rules_of(trained), json={"items": []}).get_json()["items"] == []


def test_the_same_rules_again_change_nothing_and_every_other_limit_is_recorded(
    api: FlaskClient, trained: dict[str, Any]
) -> None:
    def put(limit: float) -> list[dict[str, Any]]:
        rule = RULE | {"measure": "area", "limit": limit}
        return api.put(rules_of(trained), json={"items": [rule]}).get_json()["items"]

    def recorded() -> list[str | None]:
        changes = (
            select(AuditEntry).where(AuditEntry.action == AuditAction.CHANGE_RULES).order_by(AuditEntry.id)
        )
        return [entry.after for entry in db.session.scalars(changes)]

    first = put(1234567)
    assert "1234567" in first[0]["sentence"]
    assert put(1234567) == first
    assert len(recorded()) == 1
    put(1234568)
    put(0.25)
    for limit, after in zip(["1234567", "1234568", "0.25"], recorded(), strict=True):
        assert f"nut area above {limit}" in str(after)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (RULE | {"category": "screw"}, "category"),
        (RULE | {"limit": -1}, "limit"),
        (RULE | {"measure": "score", "limit": 1.5}, "limit"),
    ],
)
def test_a_wrong_rule_changes_nothing(
    api: FlaskClient, trained: dict[str, Any], rule: dict[str, Any], field: str
) -> None:
    api.put(rules_of(trained), json={"items": [RULE]})
    assert assert_problem(api.put(rules_of(trained), json={"items": [RULE, rule]}), 422)["field"] == field
    assert len(api.get(rules_of(trained)).get_json()["items"]) == 1


def test_detections_carry_the_verdict_of_their_photo(
    clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]
) -> None:
    run = start(api, trained, json={"image_ids": trained["image_ids"]}).get_json()
    work(run["id"])
    address = f"/api/v1/prediction-runs/{run['id']}"
    assert api.get(address).get_json()["verdicts"] is None
    api.put(rules_of(trained), json={"items": [RULE]})
    assert api.get(address).get_json()["verdicts"] == {"OK": 0, "NG": 4}
    assert {item["verdict"] for item in api.get(f"{address}/detections").get_json()["items"]} == {"NG"}
    # At 0.6 each photo has one nut.
    raised = api.get(f"{address}/detections?score_threshold=0.6").get_json()["items"]
    assert ([item["score"] for item in raised], {item["verdict"] for item in raised}) == ([0.75] * 4, {"OK"})


def test_a_run_is_deleted_once_it_is_over(
    clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]
) -> None:
    run = start(api, trained, json={"split": "train"}).get_json()
    address = f"/api/v1/prediction-runs/{run['id']}"
    assert_problem(api.delete(address), 409, "under_way")
    work(run["id"])
    assert api.delete(address).status_code == 204
    assert_problem(api.get(address), 404)
