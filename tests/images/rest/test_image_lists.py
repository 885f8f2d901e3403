"""The list of photos: its filters and orders, each walked through its pages."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.images.seeded import FIRST_DAY, add_photo
from tests.rest.sending import assert_problem, walk
from webapp.core.extensions import db
from webapp.models import Category, DetectionModel, Review, Split


@pytest.fixture
def address(model: dict[str, Any]) -> str:
    """Five photos on five days."""
    row = db.session.get_one(DetectionModel, model["id"])
    category = Category(model_id=row.id, name="bolt", color="#000000", position=0)
    db.session.add(category)
    db.session.flush()
    add_photo(row, "c.png", 0, labelled=True, category_ids=[category.id], review=Review.REVIEWED)
    add_photo(row, "a.png", 1)
    add_photo(row, "d.png", 2, labelled=True, no_object=True)
    add_photo(row, "b.png", 3, labelled=True, category_ids=[category.id], split=Split.TEST)
    add_photo(row, "e.png", 4)
    db.session.commit()
    return f"/api/v1/models/{row.id}/images?limit=2"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "aecdb"),
        ("sort=unlabelled", "aecdb"),
        ("sort=name", "abcde"),
        ("sort=newest", "ebdac"),
        ("sort=oldest", "cadbe"),
        ("reviewed=true", "c"),
        ("reviewed=false&sort=oldest", "adbe"),
        ("reviewed=true&rejected=true", ""),
        ("reviewed=true&rejected=true&sort=unlabelled&labelled=true", ""),
        ("reviewed=true&rejected=true&sort=name&q=a", ""),
        ("reviewed=true&rejected=true&category=bolt", ""),
        ("category=bolt&sort=name", "bc"),
        ("category=unknown", ""),
        ("since=2026-11-02T00:00:00Z&until=2026-11-04T08:00:00%2B08:00&sort=oldest", "ad"),
        ("split=train&labelled=true&q=.PNG", "cd"),
    ],
)
def test_a_filter_and_an_order(api: FlaskClient, address: str, query: str, expected: str) -> None:
    assert "".join(photo["filename"][0] for photo in walk(api, f"{address}&{query}")) == expected


def test_a_photo_says_when_it_came_and_whether_it_is_reviewed(api: FlaskClient, address: str) -> None:
    [photo] = walk(api, f"{address}&q=c.png")
    assert photo["reviewed"] is True
    assert photo["created_at"] == FIRST_DAY.isoformat().replace("+00:00", "Z")


def test_a_cursor_of_another_order_is_refused(api: FlaskClient, address: str) -> None:
    cursor = api.get(f"{address}&sort=oldest").get_json()["next_cursor"]
    answer = api.get(f"{address}&sort=newest&cursor={cursor}")
    assert assert_problem(answer, 422)["field"] == "cursor"


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "until=2026-11-04",
        "since=2026-11-04T00:00:00",
        "until=0001-01-01T00:00:00Z",
        "sort=size",
    ],
)
def test_what_is_no_filter_is_refused(api: FlaskClient, address: str, query: str) -> None:
    answer = api.get(f"{address}&{query}")
    assert assert_problem(answer, 422)["field"] == query.split("=")[0]
