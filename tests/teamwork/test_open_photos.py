"""A photo that somebody has open is not another's next one; the lock ends by itself."""

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.teamwork.conftest import Browser, Team
from webapp.models import Image
from webapp.teamwork import open_photos


def next_of(browser: FlaskClient, team: Team, **said: object) -> int:
    query = {"unlabelled": 1, **said}
    answer = browser.get(f"/models/{team.model.id}/annotate/next", query_string=query)  # type: ignore[arg-type]
    return int(answer.location.rpartition("photo=")[2].partition("&")[0])


def opens(browser: FlaskClient, image: Image) -> str | None:
    answer = browser.post(f"/models/{image.model_id}/images/{image.id}/open")
    holder: str | None = answer.get_json()["holder"]
    return holder


def test_two_people_never_get_the_same_photo(browser_of: Browser, team: Team) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    taken = [next_of(browser, team) for browser in (wang, lin)]
    assert taken == [team.images[0].id, team.images[1].id]
    assert next_of(lin, team, beyond=taken[0]) == team.images[1].id
    assert next_of(lin, team, beyond=taken[1]) == team.images[2].id


def test_the_next_of_any_photo_is_free_too(browser_of: Browser, team: Team) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    assert opens(wang, team.images[1]) is None
    assert next_of(lin, team, beyond=team.images[0].id, unlabelled=0) == team.images[2].id


def test_the_name_of_who_has_it_open_is_said(browser_of: Browser, team: Team) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    assert opens(wang, team.images[0]) is None
    assert opens(lin, team.images[0]) == "Wang"
    page = lin.get(f"/models/{team.model.id}/annotate?photo={team.images[0].id}").text
    assert "Wang is labelling this photo." in page
    assert (
        "Wang is labelling"
        not in wang.get(f"/models/{team.model.id}/annotate?photo={team.images[0].id}").text
    )


def test_it_ends_when_the_person_leaves_and_by_itself(
    browser_of: Browser, clean_app: OpenAPI, team: Team
) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    image = team.images[0]
    opens(wang, image)
    lin.post(f"/models/{image.model_id}/images/{image.id}/leave")
    assert opens(lin, image) == "Wang"
    wang.post(f"/models/{image.model_id}/images/{image.id}/leave")
    assert opens(lin, image) is None
    seconds = clean_app.extensions["redis"].ttl(f"open_photo:{image.id}")
    assert 0 < seconds <= open_photos.SECONDS


def test_a_page_without_a_photo_opens_one_that_is_free(browser_of: Browser, team: Team) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    for browser, image in ((wang, team.images[0]), (lin, team.images[1])):
        page = browser.get(f"/models/{team.model.id}/annotate").text
        assert f'"id": {image.id}, "modelId": {team.model.id}' in page


def test_photos_of_others_are_not_next_unless_asked_for(
    browser_of: Browser, client: FlaskClient, team: Team
) -> None:
    ids = [image.id for image in team.images]
    client.post(f"/models/{team.model.id}/images/assign", data={"ids": ids[:2], "person": team.wang.id})
    lin = browser_of(team.lin)
    assert next_of(lin, team) == ids[2]
    assert next_of(lin, team, assignee=team.wang.id) == ids[0]
    assert next_of(browser_of(team.wang), team) == ids[1]


def test_where_none_is_left_it_is_said(browser_of: Browser, team: Team) -> None:
    wang, lin = browser_of(team.wang), browser_of(team.lin)
    for image in team.images:
        opens(wang, image)
    answer = lin.get(f"/models/{team.model.id}/annotate/next?unlabelled=1", follow_redirects=True)
    assert "No further photo" in answer.text


def test_without_redis_the_work_goes_on(
    browser_of: Browser, clean_app: OpenAPI, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object, **_more: object) -> None:
        raise RedisConnectionError

    lin = browser_of(team.lin)
    for call in ("eval", "zrangebyscore"):
        monkeypatch.setattr(clean_app.extensions["redis"], call, away)
    assert next_of(lin, team) == team.images[0].id
    assert opens(lin, team.images[0]) is None
