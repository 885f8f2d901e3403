"""Photos and shapes that each person labelled, by day."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient

from tests.builders.library import coco, import_coco
from tests.teamwork.conftest import Browser, Team
from webapp.core.extensions import db
from webapp.models import LabelSource, LabelVersion, User
from webapp.models.columns import now
from webapp.teamwork import figures


def version(team: Team, place: int, number: int, shapes: int, user: User, days_ago: int = 0) -> None:
    moment = now() - timedelta(days=days_ago)
    db.session.add(
        LabelVersion(
            **{"model_id": team.model.id, "image_id": team.images[place].id, "version": number},
            **{"source": LabelSource.EDITOR, "user_id": user.id, "created_at": moment, "saved_at": moment},
            **{"shapes": shapes, "no_object": False},
        )
    )


def test_photos_count_once_and_shapes_as_they_come(team: Team) -> None:
    version(team, 0, 1, 3, team.wang)
    version(team, 0, 2, 2, team.lin)
    version(team, 0, 3, 5, team.wang)
    version(team, 1, 1, 1, team.wang)
    version(team, 2, 1, 4, team.lin, days_ago=3)
    version(team, 3, 1, 9, team.lin, days_ago=40)
    db.session.commit()
    today = datetime.now().astimezone().date()
    found = {(one.day, one.user.name): (one.photos, one.shapes) for one in figures.by_day(team.model, 14)}
    assert found == {
        (today, "Wang"): (2, 7),
        (today, "Lin"): (1, 0),
        (today - timedelta(days=3), "Lin"): (1, 4),
    }
    bars = figures.bars(figures.by_day(team.model, 14), 14, "Others")
    assert [one["data"][-1] for one in bars["series"]] == [1, 2]  # type: ignore[index]
    assert len(bars["categories"]) == 14


def test_an_import_is_nobodys_work(client: FlaskClient, team: Team) -> None:
    import_coco(client, team.model.id, coco("0.png"))
    assert figures.by_day(team.model, 14) == []


def test_the_page_shows_them(browser_of: Browser, client: FlaskClient, team: Team) -> None:
    assert "Nothing was labelled in these days" in client.get(f"/models/{team.model.id}/team").text
    version(team, 0, 1, 3, team.wang)
    db.session.commit()
    page = client.get(f"/models/{team.model.id}/team?days=30").text
    assert "data-chart" in page
    assert '<td class="number">3</td>' in page


def test_a_chart_names_the_busiest_people(team: Team) -> None:
    people = [User(id=number, name=f"P{number}", email="") for number in range(9)]
    today = datetime.now().astimezone().date()
    found = [figures.DayOfPerson(today, user, 10 + user.id, 0) for user in people]
    series = figures.bars(found, 2, "Others")["series"]
    assert [one["name"] for one in series] == [*(f"P{number}" for number in range(2, 9)), "Others"]  # type: ignore[index]
    assert series[-1]["data"] == [0, 21]  # type: ignore[index]
