"""The page of groups, the check on the page where a training is started, and what a run keeps of it."""

import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders.runs import finished_training, model_with_photos, sign_in, text_of
from webapp.core.extensions import db
from webapp.images.similar import groups, leak_check
from webapp.models import DetectionModel, Image, Role, Split, TrainingRun, User
from webapp.training import runs


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return model_with_photos(administrator, train=3, validation=1, test=2)


def ids(model: DetectionModel, split: Split) -> list[int]:
    return list(
        db.session.scalars(db.select(Image.id).filter_by(model_id=model.id, split=split).order_by(Image.id))
    )


def leaking(model: DetectionModel) -> list[int]:
    """A photo of train and one of the test that belong together."""
    pair = [ids(model, Split.TRAIN)[0], ids(model, Split.TEST)[0]]
    groups.join(model, pair)
    return pair


def test_a_group_stands_with_its_reason_and_where_its_photos_are(
    client: FlaskClient, model: DetectionModel
) -> None:
    leaking(model)
    page = text_of(client.get(f"/models/{model.id}/groups"))
    assert "1 group" in page
    assert "Joined by hand" in page
    assert "in training and outside" in page


def test_ticked_photos_are_taken_out_and_joined(client: FlaskClient, model: DetectionModel) -> None:
    pair = leaking(model)
    answer = client.post(f"/models/{model.id}/groups/part", data={"ids": pair[1:]}, follow_redirects=True)
    assert "1 photo is in no group now." in text_of(answer)
    assert groups.ids_of(model) == []
    client.post(f"/models/{model.id}/groups/join", data={"ids": pair})
    assert groups.ids_of(model) == [sorted(pair)]
    names = [db.session.get_one(Image, one).filename for one in ids(model, Split.TRAIN)[1:]]
    client.post(f"/models/{model.id}/groups/join", data={"names": "\n".join(names)})
    assert len(groups.ids_of(model)) == 2


def test_a_pattern_is_previewed_then_chosen(client: FlaskClient, model: DetectionModel) -> None:
    for number, image in enumerate(db.session.scalars(db.select(Image).filter_by(model_id=model.id))):
        image.filename = f"bolt{number // 2}_{number}.jpg"
    db.session.commit()
    page = text_of(client.get(f"/models/{model.id}/groups?pattern=^(bolt[0-9]%2B)_"))
    assert "This would make: 3 groups, 6 photos; the largest has 2." in page
    assert groups.ids_of(model) == []
    client.post(f"/models/{model.id}/groups/pattern", data={"pattern": "^(bolt[0-9]+)_"})
    assert len(groups.ids_of(model)) == 3


def test_patterns_that_fit_the_names_are_offered_for_groups_and_for_parts(
    client: FlaskClient, model: DetectionModel
) -> None:
    for number, image in enumerate(db.session.scalars(db.select(Image).filter_by(model_id=model.id))):
        image.filename = f"film{'ab'[number % 2]}_{number}.jpg"
    db.session.commit()
    offered = client.get(f"/models/{model.id}/name-patterns")
    assert "2 groups, 6 photos" in text_of(offered)
    assert f'action="/models/{model.id}/groups/pattern"' in offered.text
    for_parts = client.get(f"/models/{model.id}/name-patterns?use=parts")
    assert f'action="/models/{model.id}/parts"' in for_parts.text
    sign_in(client, Role.VIEWER)
    assert "<form" not in client.get(f"/models/{model.id}/name-patterns").text


def test_a_bad_pattern_is_refused_beside_the_field(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.post(f"/models/{model.id}/groups/pattern", data={"pattern": "((x"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "no regular expression" in text_of(answer)
    assert "no regular expression" in text_of(client.get(f"/models/{model.id}/groups?pattern=((x"))


def test_sources_are_switched_off(client: FlaskClient, model: DetectionModel) -> None:
    leaking(model)
    client.post(f"/models/{model.id}/groups/sources", data={"source": ["copy", "look", "part", "name"]})
    assert groups.ids_of(model) == []
    client.post(f"/models/{model.id}/groups/sources", data={"source": ["hand"]})
    assert len(groups.ids_of(model)) == 1


def test_the_train_page_shows_the_leak_and_one_press_mends_it(
    client: FlaskClient, model: DetectionModel
) -> None:
    leaking(model)
    page = text_of(client.get(f"/models/{model.id}/train"))
    assert "1 of 2 photos of the test shows what a photo for training shows." in page
    answer = client.post(f"/models/{model.id}/leak-check/mend")
    page = text_of(answer)
    assert "Mended: 1 photo moved." in page
    assert leak_check.check(model).photos == 0
    # And one brings it all back.
    (name,) = re.findall(r"""hx-vals='{"move": "([^"]+)"}'""", page)
    answer = client.post(f"/models/{model.id}/leak-check/undo", data={"move": name})
    assert "1 of 2 photos of the test shows" in text_of(answer)
    assert leak_check.check(model).photos == 1
    gone = client.post(f"/models/{model.id}/leak-check/undo", data={"move": "other"})
    assert gone.status_code == HTTPStatus.CONFLICT


def test_a_run_keeps_what_leaked_at_its_start_and_its_result_says_so(
    client: FlaskClient, api: FlaskClient, administrator: User, model: DetectionModel
) -> None:
    leaking(model)
    run = runs.start(model, administrator, {})
    assert run.leaks is not None
    assert (run.leaks["test"], run.leaks["of_test"]) == (1, 2)
    leak_check.mend(model)
    assert api.get(f"/api/v1/training-runs/{run.id}").json["leaks"]["test"] == 1
    kept = run.leaks
    other = finished_training(model, administrator)
    run = db.session.get_one(TrainingRun, other.id)
    run.leaks = kept
    db.session.commit()
    for page in ("result", "report"):
        shown = text_of(client.get(f"/training-runs/{run.id}/{page}"))
        assert "1 of 2 test photos showed what a photo for training showed" in shown


def test_a_move_that_parts_a_group_says_so(client: FlaskClient, model: DetectionModel) -> None:
    one, other = ids(model, Split.TRAIN)[:2]
    groups.join(model, [one, other])
    answer = client.post(
        f"/models/{model.id}/images/move", data={"ids": [one], "target": "test"}, follow_redirects=True
    )
    assert "1 of them belongs to a photo on the other side of training" in text_of(answer)


@pytest.mark.parametrize(
    "action",
    ["groups/sources", "groups/pattern", "groups/join", "groups/part", "leak-check/mend", "leak-check/undo"],
)
def test_a_viewer_may_not_change_groups(client: FlaskClient, model: DetectionModel, action: str) -> None:
    pair = leaking(model)
    sign_in(client, Role.VIEWER)
    assert client.post(f"/models/{model.id}/{action}", data={"ids": pair}).status_code == HTTPStatus.FORBIDDEN
    page = client.get(f"/models/{model.id}/groups")
    assert page.status_code == HTTPStatus.OK
    assert "mend-leaks" not in client.get(f"/models/{model.id}/leak-check").text
    assert leak_check.check(model).photos == 1
