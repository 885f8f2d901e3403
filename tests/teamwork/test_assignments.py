"""Photos are assigned: a share to each person, or chosen ones to one."""

from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.teamwork.conftest import Browser, Team, save
from webapp.core.extensions import db
from webapp.images.browsing import queries
from webapp.images.browsing.paging import ids_after
from webapp.images.browsing.queries import NOBODY, ImageQuery, Sort
from webapp.models import Assignment, AuditAction, AuditEntry
from webapp.teamwork import assignments


def counts(team: Team) -> dict[str, int]:
    return {work.user.name: work.assigned for work in assignments.work_of(team.model)}


def test_each_gets_a_share_of_the_unlabelled(client: FlaskClient, team: Team) -> None:
    save(client, team.images[0])
    address = f"/models/{team.model.id}/team/share"
    assert client.post(address, data={"people": [team.wang.id, team.lin.id]}).status_code == 302
    assert counts(team) == {"Lin": 3, "Wang": 2}
    assert client.post(address, data={"people": [team.wang.id]}).status_code == 409
    row = db.session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.ASSIGN)).one()
    assert row.number == 5


def test_at_most_so_many_each(client: FlaskClient, team: Team) -> None:
    form = {"people": [team.wang.id, team.lin.id], "each": "2"}
    client.post(f"/models/{team.model.id}/team/share", data=form)
    assert counts(team) == {"Lin": 2, "Wang": 2}


def test_who_is_wrong_is_refused_and_nothing_is_assigned(client: FlaskClient, team: Team) -> None:
    address = f"/models/{team.model.id}/team/share"
    for form in ({}, {"people": [team.wang.id, 999]}, {"people": [team.wang.id], "each": "0"}):
        assert client.post(address, data=form).status_code == 422
    assert counts(team) == {}


def test_ticked_photos_go_to_one_person_and_come_back(client: FlaskClient, team: Team) -> None:
    address = f"/models/{team.model.id}/images/assign"
    ids = [image.id for image in team.images[:3]]
    client.post(address, data={"ids": ids, "person": team.wang.id})
    client.post(address, data={"ids": ids[2:], "person": team.lin.id})
    assert counts(team) == {"Lin": 1, "Wang": 2}
    client.post(address, data={"ids": ids, "person": 0})
    assert counts(team) == {}


def test_all_of_a_filter_go_to_one_person(client: FlaskClient, team: Team) -> None:
    address = f"/models/{team.model.id}/images/assign?q=1.png"
    client.post(address, data={"all": "1", "person": team.wang.id})
    assert counts(team) == {"Wang": 1}


def test_annotators_assign_nothing(browser_of: Browser, team: Team) -> None:
    browser = browser_of(team.wang)
    form = {"people": [team.wang.id]}
    assert browser.post(f"/models/{team.model.id}/team/share", data=form).status_code == 403
    assert browser.get(f"/models/{team.model.id}/team").status_code == 200


def test_the_gallery_shows_photos_by_person_in_every_order(team: Team) -> None:
    images = team.images
    for image, user in ((images[1], team.wang), (images[3], team.wang), (images[4], team.lin)):
        db.session.add(Assignment(image_id=image.id, model_id=team.model.id, user_id=user.id))
    db.session.commit()
    ids = [image.id for image in images]
    wanted = {
        team.wang.id: [ids[1], ids[3]],
        team.lin.id: [ids[4]],
        NOBODY: [ids[0], ids[2], ids[5]],
    }
    for person, expected in wanted.items():
        query = ImageQuery(assignee=person)
        assert queries.count(team.model, query) == len(expected)
        for sort in Sort:
            assert sorted(ids_after(team.model, query, sort, None, 10)) == expected, sort
    assert ids_after(team.model, ImageQuery(free_for=team.lin.id), Sort.OLDEST, None, 10) == [
        ids[0],
        ids[2],
        ids[4],
        ids[5],
    ]


def test_a_deleted_photo_is_nobodys(client: FlaskClient, team: Team) -> None:
    image_id = team.images[0].id
    client.post(f"/models/{team.model.id}/images/assign", data={"ids": [image_id], "person": team.wang.id})
    client.post(f"/models/{team.model.id}/images/delete", data={"ids": [image_id]})
    assert db.session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_my_work_stands_on_the_first_page(client: FlaskClient, browser_of: Browser, team: Team) -> None:
    ids = [image.id for image in team.images[:2]]
    client.post(f"/models/{team.model.id}/images/assign", data={"ids": ids, "person": team.wang.id})
    wang = browser_of(team.wang)
    assert "My work" in wang.get("/").text
    save(wang, team.images[0])
    address = f"/models/{team.model.id}/images/{ids[0]}/labels/review"
    client.post(address, data={"review": "rejected", "note": "Left edge"})
    (work,) = assignments.own_work(team.wang)
    assert (work.assigned, work.labelled, work.waiting, work.rejected) == (2, 1, 1, 1)
    assert f"reviewed=rejected&amp;assignee={team.wang.id}" in wang.get("/").text.replace(
        f"assignee={team.wang.id}&amp;reviewed=rejected", f"reviewed=rejected&amp;assignee={team.wang.id}"
    )
    assert "My work" not in browser_of(team.lin).get("/").text


def test_rest(api: FlaskClient, team: Team) -> None:
    address = f"/api/v1/models/{team.model.id}/assignments"
    ids = [image.id for image in team.images]
    assert api.post(address, json={"image_ids": ids[:1], "user_id": team.lin.id}).get_json() == {"count": 1}
    share = {"share_to": [team.lin.id, team.wang.id], "split": "train", "each": 2}
    assert api.post(address, json=share).get_json() == {"count": 4}
    assert api.post(address, json={"image_ids": ids[:1], "user_id": None}).get_json() == {"count": 1}
    for wrong in (
        {},
        {"image_ids": [1], "share_to": [1]},
        {"share_to": []},
        {"image_ids": [1], "user_id": 999},
    ):
        assert api.post(address, json=wrong).status_code == 422
    found = {item["name"]: item["assigned"] for item in api.get(address).get_json()["items"]}
    assert found == {"Lin": 2, "Wang": 2}
    photos = api.get(f"/api/v1/models/{team.model.id}/images?assignee={team.lin.id}").get_json()["items"]
    assert len(photos) == 2
    assert len(api.get(f"/api/v1/models/{team.model.id}/images?assignee=0").get_json()["items"]) == 2


def test_the_gallery_fetches_whom_photos_can_be_given_to(
    client: FlaskClient, browser_of: Browser, team: Team
) -> None:
    address = f"/models/{team.model.id}/team/people"
    assert f'hx-get="{address}"' in client.get(f"/models/{team.model.id}/images").text
    options = client.get(address).text
    assert options.index(">Nobody<") < options.index(">Admin<") < options.index(">Wang<")
    assert browser_of(team.wang).get(address).status_code == 403
