"""VIA in its frame: the page, the token, photos and labels out and in."""

import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.accounts import sessions
from webapp.annotations import queries as annotation_queries
from webapp.annotations import store as annotation_store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.exchange.via import access as via_access
from webapp.models import DetectionModel, Image, LabelSource, LabelVersion, ModelMember, Role, User
from webapp.projects import detection_models

VIA_PAGE = (
    "<html><head><title>VIA</title></head><body>VIA_VERSION = '2.0.10' _via_load_submodules</body></html>"
)
TRIANGLE = [10.5, 10.25, 40, 10, 25, 40.125]


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def via_file(clean_app: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the operator puts VIA; nothing is there yet."""
    path = tmp_path / "via.html"
    monkeypatch.setattr(clean_app.extensions["settings"], "via_file", path)
    return path


@pytest.fixture
def image(client: FlaskClient, model: DetectionModel, administrator: User, via_file: Path) -> Image:
    """A photo with a polygon, a box and a mask of the category pit."""
    via_file.write_text(VIA_PAGE)
    library.add_images(client, model.id, {"a#1?.png": library.photo(1)})
    found = db.session.scalars(select(Image)).one()
    shapes = [
        NewShape("pit", [TRIANGLE], None),
        NewShape("pit", None, [50, 10, 12, 8], is_box=True),
        NewShape("pit", {"size": [60, 80], "counts": [100, 30, 4670]}, None),
    ]
    annotation_store.replace(found, shapes, False, 0, source=LabelSource.EDITOR, user=administrator)
    return found


@pytest.fixture
def frame(client: FlaskClient, model: DetectionModel, image: Image) -> str:
    """The address of the frame in the page of the person who is signed in."""
    page = client.get(f"/models/{model.id}/annotate/via").text
    token = page.split('src="/via/')[1].split("/")[0]
    return f"/via/{token}/"


@pytest.fixture
def stranger(clean_app: OpenAPI, frame: str) -> FlaskClient:
    """The frame: a browser without a cookie."""
    # The tests share one app context, in which Flask-Login keeps who was signed in.
    g.pop("_login_user", None)
    g.pop("user_session", None)
    return clean_app.test_client()


def regions_of(stranger: FlaskClient, frame: str) -> list[dict[str, Any]]:
    (entry,) = stranger.get(f"{frame}project").get_json()["project"]["_via_img_metadata"].values()
    return list(entry["regions"])


def save(stranger: FlaskClient, frame: str, *photos: dict[str, Any]) -> Any:
    answer = stranger.post(f"{frame}labels", data=json.dumps(photos), content_type="text/plain")
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.get_json()


def stored(image: Image) -> list[tuple[Any, list[float], bool]]:
    db.session.expire_all()
    return [(one.segmentation, one.bbox, one.is_box) for one in annotation_queries.annotations_of(image)]


def test_where_it_is_missing_the_page_says_how_to_add_it(
    client: FlaskClient, model: DetectionModel, via_file: Path
) -> None:
    page = client.get(f"/models/{model.id}/annotate/via").text
    assert "VIA is not installed on this server" in page
    assert "static/via/via.html" in page
    assert "<iframe" not in page
    # Who has no shell is told what they need instead: nothing.
    sign_in(client, Role.ENGINEER)
    page = client.get(f"/models/{model.id}/annotate/via").text
    assert "the annotator of this product does the same" in page and "ask an administrator" in page
    assert "cp via.html" not in page and "bin/serve" not in page and "<pre" not in page


def test_a_file_that_is_not_via_2_is_named(
    client: FlaskClient, model: DetectionModel, via_file: Path
) -> None:
    via_file.write_text("<html>VIA 3</html>")
    assert "is not VIA 2" in client.get(f"/models/{model.id}/annotate/via").text


def test_the_frame_is_sandboxed_without_its_origin(
    client: FlaskClient, model: DetectionModel, image: Image
) -> None:
    page = client.get(f"/models/{model.id}/annotate/via").text
    sandbox = page.split('sandbox="')[1].split('"')[0]
    assert "allow-scripts" in sandbox
    assert "allow-same-origin" not in sandbox
    assert "allow-top-navigation" not in sandbox
    assert '<iframe id="via" class="via-frame" src="/via/' in page


def test_the_relaxed_policy_is_the_frames_alone_and_keeps_it_without_origin_outside_the_page(
    client: FlaskClient, stranger: FlaskClient, frame: str, model: DetectionModel
) -> None:
    answer = stranger.get(frame)
    assert answer.status_code == HTTPStatus.OK
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "via_bridge.js" in answer.text.split("</head>")[0]
    around = client.get(f"/models/{model.id}/annotate/via").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in around


def test_it_sets_no_cookie_and_needs_none(stranger: FlaskClient, frame: str, image: Image) -> None:
    for path in ("", "project", f"photos/{image.id}"):
        answer = stranger.get(frame + path)
        assert answer.status_code == HTTPStatus.OK
        assert "Set-Cookie" not in answer.headers


def test_the_query_of_the_frame_cannot_leave_its_attribute(stranger: FlaskClient, frame: str) -> None:
    page = stranger.get(f'{frame}?q="><script>alert(1)</script>').text
    assert "<script>alert" not in page


@pytest.mark.parametrize("token", ["x", "x.y.z", "WzEsMSwiZW4iXQ.aSW3pg.forged"])
def test_a_forged_token_opens_nothing(stranger: FlaskClient, image: Image, token: str) -> None:
    for path in ("", "project", f"photos/{image.id}"):
        assert stranger.get(f"/via/{token}/{path}").status_code == HTTPStatus.UNAUTHORIZED
    assert stranger.post(f"/via/{token}/labels", data="[]").status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_ends(stranger: FlaskClient, frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(via_access, "LIFETIME", timedelta(seconds=-1))
    assert stranger.get(f"{frame}project").status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_is_of_one_model(
    client: FlaskClient, stranger: FlaskClient, frame: str, image: Image, administrator: User
) -> None:
    other = detection_models.create_model("Other", "", administrator)
    library.add_images(client, other.id, {"b.png": library.photo(9)})
    theirs = db.session.scalars(select(Image).where(Image.model_id == other.id)).one()
    assert stranger.get(f"{frame}photos/{theirs.id}").status_code == HTTPStatus.NOT_FOUND
    sent = {"id": theirs.id, "version": 0, "regions": [], "no_object": True}
    answer = save(stranger, frame, sent)
    assert not answer["complete"]
    db.session.refresh(theirs)
    assert not theirs.labelled


def test_a_person_who_was_switched_off_saves_nothing(
    stranger: FlaskClient, frame: str, administrator: User
) -> None:
    administrator.active = False
    db.session.commit()
    assert stranger.post(f"{frame}labels", data="[]").status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_ends_with_the_sign_out(
    client: FlaskClient, stranger: FlaskClient, frame: str, image: Image
) -> None:
    assert stranger.get(f"{frame}photos/{image.id}").status_code == HTTPStatus.OK
    g.pop("_login_user", None)
    client.post("/sign-out")
    for path in ("", "project", f"photos/{image.id}"):
        assert stranger.get(frame + path).status_code == HTTPStatus.UNAUTHORIZED
    answer = stranger.post(f"{frame}labels", data="[]")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "signed out" in answer.get_json()["message"]


def test_a_token_ends_where_the_session_was_ended_from_elsewhere(
    stranger: FlaskClient, frame: str, administrator: User
) -> None:
    sessions.end_all(administrator)
    db.session.commit()
    assert stranger.get(f"{frame}project").status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_ends_with_the_membership(
    stranger: FlaskClient, frame: str, administrator: User, model: DetectionModel
) -> None:
    """The role in a closed model counts, as on every page."""
    model.closed, administrator.role = True, Role.ENGINEER
    db.session.commit()
    missing = stranger.get(f"{frame}project")
    assert missing.status_code == HTTPStatus.NOT_FOUND
    db.session.add(ModelMember(model_id=model.id, user_id=administrator.id, role=Role.VIEWER))
    db.session.commit()
    assert stranger.get(f"{frame}project").status_code == HTTPStatus.FORBIDDEN
    db.session.query(ModelMember).update({"role": Role.ANNOTATOR})
    db.session.commit()
    assert stranger.get(f"{frame}project").status_code == HTTPStatus.OK


def test_a_token_opens_no_other_page(stranger: FlaskClient, frame: str, model: DetectionModel) -> None:
    token = frame.split("/")[2]
    for address in (f"/models/{model.id}/annotate?token={token}", "/"):
        answer = stranger.get(address, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED)


def test_viewers_do_not_get_it(client: FlaskClient, model: DetectionModel, image: Image) -> None:
    sign_in(client, Role.VIEWER)
    assert client.get(f"/models/{model.id}/annotate/via").status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"/models/{model.id}/annotate/via/token").status_code == HTTPStatus.FORBIDDEN


def test_the_project_has_the_photos_their_regions_and_the_models_categories(
    stranger: FlaskClient, frame: str, image: Image
) -> None:
    answer = stranger.get(f"{frame}project")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    content = answer.get_json()
    project = content["project"]
    assert project["_via_settings"]["core"]["default_filepath"] == f"{frame}photos/"
    (key,) = project["_via_image_id_list"]
    assert content["photos"][key] == {"id": image.id, "version": 1}
    assert list(project["_via_attributes"]["region"]["name"]["options"]) == ["pit"]
    entry = project["_via_img_metadata"][key]
    assert entry["filename"] == "a#1?.png"
    assert [one["shape_attributes"]["name"] for one in entry["regions"]] == ["polygon", "rect"]
    assert entry["file_attributes"]["kept"].startswith("1")


def test_what_was_not_touched_is_not_written(stranger: FlaskClient, frame: str, image: Image) -> None:
    before = stored(image)
    answer = save(
        stranger,
        frame,
        {"id": image.id, "version": 1, "regions": regions_of(stranger, frame), "no_object": False},
    )
    said = {"message": "Nothing has changed.", "complete": True}
    assert answer == said | {"versions": {str(image.id): 1}, "joined": {}}
    assert stored(image) == before
    db.session.refresh(image)
    assert image.annotations_version == 1


def test_attributes_beside_the_category_are_not_kept_and_it_is_said(
    stranger: FlaskClient, frame: str, image: Image
) -> None:
    regions = regions_of(stranger, frame)
    regions[0]["region_attributes"] |= {"note": "deep", "empty": "", "\ud83d": "half"}
    answer = save(stranger, frame, {"id": image.id, "version": 1, "regions": regions, "no_object": False})
    assert answer["message"] == (
        "Nothing has changed. Of a region the category is kept, not its other attributes: note, ?."
    )
    assert answer["complete"]


def test_a_change_is_kept_and_the_mask_and_the_other_points_stay(
    stranger: FlaskClient, frame: str, image: Image, administrator: User
) -> None:
    before = stored(image)
    regions = regions_of(stranger, frame)
    regions[1]["shape_attributes"]["width"] = 20
    answer = save(stranger, frame, {"id": image.id, "version": 1, "regions": regions, "no_object": False})
    assert (answer["complete"], answer["versions"]) == (True, {str(image.id): 2})
    after = stored(image)
    assert before[0] in after
    assert before[2] in after
    assert ([[50, 10, 70, 10, 70, 18, 50, 18]], [50, 10, 20, 8], True) in after
    newest = db.session.scalars(select(LabelVersion).order_by(LabelVersion.id.desc())).first()
    assert newest is not None
    assert (newest.source, newest.user_id) == (LabelSource.VIA, administrator.id)


def test_a_photo_that_somebody_else_changed_is_reported_and_the_others_are_saved(
    client: FlaskClient,
    stranger: FlaskClient,
    frame: str,
    image: Image,
    model: DetectionModel,
    administrator: User,
) -> None:
    library.add_images(client, model.id, {"b.png": library.photo(9)})
    second = db.session.scalars(select(Image).where(Image.filename == "b.png")).one()
    annotation_store.replace(image, [], True, 1, source=LabelSource.EDITOR, user=administrator)
    answer = save(
        stranger,
        frame,
        {"id": image.id, "version": 1, "regions": [], "no_object": False},
        {"id": second.id, "version": 0, "regions": [], "no_object": True},
    )
    assert not answer["complete"]
    assert "somebody else" in answer["message"] and "a#1?.png" in answer["message"]
    assert answer["versions"] == {str(second.id): 1}
    db.session.refresh(image)
    db.session.refresh(second)
    assert (image.no_object, image.annotations_version) == (True, 2)
    assert second.no_object


def test_what_two_people_saved_at_once_is_kept_of_both(
    stranger: FlaskClient, frame: str, image: Image, administrator: User
) -> None:
    base = regions_of(stranger, frame)
    before = stored(image)
    theirs = [
        NewShape("pit", None if is_box else segmentation, bbox, is_box=is_box)
        for segmentation, bbox, is_box in before
    ]
    added = NewShape("pit", None, [50, 40, 8, 8], is_box=True)
    annotation_store.replace(image, [*theirs, added], False, 1, source=LabelSource.EDITOR, user=administrator)
    drawn = region({"name": "rect", "x": 2, "y": 3, "width": 9, "height": 9}, name="pit")
    mine = {"id": image.id, "version": 1, "base": base, "regions": [*base[1:], drawn], "no_object": False}
    answer = save(stranger, frame, mine)
    assert answer["complete"] and "both" in answer["message"]
    boxes = [bbox for _segmentation, bbox, _is_box in stored(image)]
    assert [50, 40, 8, 8] in boxes and [2, 3, 9, 9] in boxes
    assert len(boxes) == len(before) - 1 + 2, "what was deleted in VIA is gone, the rest is there once"
    assert answer["joined"][str(image.id)] == regions_of(stranger, frame)
    assert (
        save(
            stranger,
            frame,
            mine | {"version": answer["versions"][str(image.id)], "regions": answer["joined"][str(image.id)]},
        )["joined"]
        == {}
    )


def region(shape: dict[str, Any], **attributes: str) -> dict[str, Any]:
    return {"shape_attributes": shape, "region_attributes": attributes}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (region({"name": "point", "cx": 3, "cy": 4}, name="pit"), "Region 1 has no area"),
        (region({"name": "rect", "x": 1, "y": 1, "width": 9, "height": 9}), "Region 1 has no category"),
        ({"shape_attributes": "x"}, "Region 1 has no area"),
    ],
)
def test_a_photo_with_a_region_that_is_no_label_is_refused_whole(
    stranger: FlaskClient, frame: str, image: Image, wrong: dict[str, Any], said: str
) -> None:
    before = stored(image)
    answer = save(stranger, frame, {"id": image.id, "version": 1, "regions": [wrong], "no_object": False})
    assert not answer["complete"]
    assert said in answer["message"]
    assert stored(image) == before


@pytest.mark.parametrize("body", ["", "{", "{}", "[1]", '[{"id": "1", "version": 0, "regions": []}]', "[[]]"])
def test_what_did_not_come_from_via_is_refused(stranger: FlaskClient, frame: str, body: str) -> None:
    answer = stranger.post(f"{frame}labels", data=body)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "load the page again" in answer.get_json()["message"]


def test_the_page_renews_the_token(
    client: FlaskClient, stranger: FlaskClient, model: DetectionModel, image: Image
) -> None:
    base = client.post(f"/models/{model.id}/annotate/via/token").get_json()["base"]
    assert stranger.get(f"{base}project").status_code == HTTPStatus.OK
