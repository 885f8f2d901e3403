"""Where the model wants it, labels are reviewed by somebody else than who made them, at both doors."""

import pytest
from flask.testing import FlaskClient

from tests.teamwork.conftest import Browser, Team, save
from webapp.core.extensions import db
from webapp.models import Review


@pytest.fixture
def by_others(client: FlaskClient, team: Team) -> None:
    client.post(f"/models/{team.model.id}/team/review", data={"by_others": "1"})


@pytest.mark.usefixtures("by_others")
def test_who_labelled_does_not_review(browser_of: Browser, team: Team) -> None:
    image = team.images[0]
    wang = browser_of(team.wang)
    save(wang, image)
    panel = f"/models/{team.model.id}/images/{image.id}/labels/review"
    refused = wang.post(panel, data={"review": "reviewed"})
    assert (refused.status_code, "somebody else reviews them" in refused.text) == (409, True)
    wang.post(f"/models/{team.model.id}/images/{image.id}/review", data={"value": "1"})
    db.session.refresh(image)
    assert image.review is Review.OPEN
    assert browser_of(team.lin).post(panel, data={"review": "reviewed"}).status_code == 200
    db.session.refresh(image)
    assert image.review is Review.REVIEWED


@pytest.mark.usefixtures("by_others")
def test_who_corrects_lets_another_look_again(browser_of: Browser, team: Team) -> None:
    image = team.images[0]
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    save(wang, image)
    save(lin, image, version=1)
    panel = f"/models/{team.model.id}/images/{image.id}/labels/review"
    assert lin.post(panel, data={"review": "reviewed"}).status_code == 409
    assert wang.post(panel, data={"review": "reviewed"}).status_code == 200


def test_without_the_setting_everybody_reviews(browser_of: Browser, team: Team) -> None:
    image = team.images[0]
    wang = browser_of(team.wang)
    save(wang, image)
    panel = f"/models/{team.model.id}/images/{image.id}/labels/review"
    assert wang.post(panel, data={"review": "reviewed"}).status_code == 200


def test_rest_sets_and_says_it(api: FlaskClient, team: Team) -> None:
    address = f"/api/v1/models/{team.model.id}/settings"
    assert api.get(address).get_json()["review_by_others"] is False
    assert api.patch(address, json={"review_by_others": True}).get_json()["review_by_others"] is True
    assert api.patch(address, json={"bit_depth": 12}).get_json()["review_by_others"] is True
