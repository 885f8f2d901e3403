"""Closed models: who sees them, who is named in them, and that an engineer stays."""

import io
import threading
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import event

from tests.builders import runs as builders
from tests.builders.runs import PASSWORD
from webapp.accounts import users
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, ModelMember, Role, RunStatus, Split, User
from webapp.operations import board
from webapp.projects import access, copying, detection_models, members, photo_access
from webapp.projects import trash as model_trash


def person(role: Role, name: str = "") -> User:
    return users.create_user(f"{name or role}@factory.test", PASSWORD, role)


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def name(model: DetectionModel, user: User, role: Role) -> None:
    with members.changing(model):
        members.set_role(model, user, role)


def close(model: DetectionModel, by: User) -> None:
    with members.changing(model):
        members.keep_in(model, by)
        members.set_access(model, True)


def roles(model: DetectionModel) -> dict[str, Role]:
    return {member.user.email.partition("@")[0]: member.role for member in members.list_members(model)}


def test_models_are_open_and_everybody_has_the_role_of_the_account(model: DetectionModel) -> None:
    assert [access.role_in(person(role, f"a-{role}"), model) for role in Role] == list(Role)


def test_in_a_closed_model_the_role_there_replaces_that_of_the_account(
    model: DetectionModel, administrator: User
) -> None:
    down, up, stranger = person(Role.ENGINEER), person(Role.VIEWER), person(Role.ENGINEER, "stranger")
    name(model, down, Role.VIEWER)
    name(model, up, Role.ENGINEER)
    assert access.role_in(down, model) is Role.ENGINEER, "it counts while the model is closed alone"
    close(model, administrator)
    assert access.role_in(down, model) is Role.VIEWER
    assert access.role_in(up, model) is Role.ENGINEER
    assert access.role_in(stranger, model) is None
    assert access.role_in(administrator, model) is Role.ADMINISTRATOR


def test_who_closes_a_model_is_an_engineer_in_it(model: DetectionModel, administrator: User) -> None:
    engineer = person(Role.ENGINEER)
    close(model, engineer)
    assert roles(model) == {"engineer": Role.ENGINEER}
    other = detection_models.create_model("Nut", "", administrator)
    name(other, engineer, Role.ENGINEER)
    close(other, administrator)
    assert roles(other) == {"engineer": Role.ENGINEER}, "an administrator sees it anyway"


def test_the_last_engineer_of_a_closed_model_stays(model: DetectionModel, administrator: User) -> None:
    engineer, other = person(Role.ENGINEER), person(Role.ENGINEER, "other")
    name(model, other, Role.ENGINEER)
    close(model, engineer)
    with members.changing(model):
        members.remove_member(model, other)

    def refused(change: Any) -> None:
        with pytest.raises(UserError) as caught, members.changing(model):
            change()
        assert (caught.value.code, caught.value.status) == ("last_engineer", 409)
        assert roles(model) == {"engineer": Role.ENGINEER}

    refused(lambda: members.remove_member(model, engineer))
    refused(lambda: members.set_role(model, engineer, Role.VIEWER))
    name(model, other, Role.ENGINEER)
    other.active = False
    db.session.commit()
    with pytest.raises(UserError), members.changing(model):
        members.remove_member(model, engineer)
    with members.changing(model):
        members.set_access(model, False)
        members.remove_member(model, engineer)
    assert list(roles(model)) == ["other"], "an open model needs nobody"


def test_who_is_in_a_model_whose_engineer_was_deactivated_may_leave(
    model: DetectionModel, administrator: User
) -> None:
    engineer, viewer = person(Role.ENGINEER), person(Role.VIEWER)
    name(model, viewer, Role.VIEWER)
    close(model, engineer)
    engineer.active = False
    db.session.commit()
    with members.changing(model):
        members.remove_member(model, viewer)
    name(model, viewer, Role.ENGINEER)
    with pytest.raises(UserError), members.changing(model):
        members.remove_member(model, viewer)


def test_of_two_engineers_who_leave_at_once_one_stays(
    clean_app: OpenAPI, model: DetectionModel, administrator: User
) -> None:
    leaving = [person(Role.ENGINEER, "first"), person(Role.ENGINEER, "second")]
    for user in leaving:
        name(model, user, Role.ENGINEER)
    close(model, administrator)
    model_id, ids = model.id, [user.id for user in leaving]
    db.session.remove()
    together, codes = threading.Barrier(2), []

    def leave(user_id: int) -> None:
        with clean_app.app_context():
            own, user = detection_models.open_model(model_id), users.open_user(user_id)
            # What the session knows of the list is older than the lock.
            assert len(members.list_members(own)) == 2
            together.wait(30)
            try:
                with members.changing(own):
                    members.remove_member(own, user)
            except UserError as error:
                codes.append(error.code)

    threads = [threading.Thread(target=leave, args=[user_id]) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == ["last_engineer"]
    assert db.session.query(ModelMember).filter_by(model_id=model_id).count() == 1


def test_nobody_is_named_with_a_wrong_role_or_deactivated(model: DetectionModel, administrator: User) -> None:
    user = person(Role.VIEWER)
    with pytest.raises(UserError) as wrong_role, members.changing(model):
        members.set_role(model, user, Role.ADMINISTRATOR)
    user.active = False
    db.session.commit()
    with pytest.raises(UserError) as deactivated, members.changing(model):
        members.set_role(model, user, Role.VIEWER)
    assert (wrong_role.value.code, deactivated.value.code) == ("role_invalid", "account_deactivated")
    assert roles(model) == {}


def test_people_are_found_by_name_and_address_but_for_members(model: DetectionModel) -> None:
    anna = users.create_user("a.lin@factory.test", PASSWORD, Role.VIEWER, "林安娜")
    gone = users.create_user("gone.lin@factory.test", PASSWORD, Role.VIEWER)
    gone.active = False
    db.session.commit()
    assert members.find_people(model, "安娜") == [anna] == members.find_people(model, "LIN@")
    assert members.find_people(model, " ") == [] == members.find_people(model, "%")
    name(model, anna, Role.VIEWER)
    assert members.find_people(model, "lin") == []


def test_lists_leave_out_what_is_not_there_for_a_person(administrator: User) -> None:
    user, member = person(Role.ENGINEER), person(Role.VIEWER)
    closed = builders.model_with_photos(administrator)
    waiting = builders.training_runs.start(closed, administrator, {"iterations": 5})
    opened = detection_models.create_model("Open", "", administrator)
    name(closed, member, Role.VIEWER)
    close(closed, administrator)
    assert detection_models.list_models(user) == [opened]
    assert (
        detection_models.list_models(member)
        == [closed, opened]
        == detection_models.list_models(administrator)
    )
    assert detection_models.list_models(member, [opened.id]) == [opened], "a token narrows it"
    assert board.board(user).waiting == []
    assert [entry.run for entry in board.board(member).waiting] == [waiting]
    builders.training_runs.change_state(waiting.id, (RunStatus.QUEUED,), RunStatus.STOPPED)
    assert (board.board(user).recent, len(board.board(member).recent)) == ([], 1)
    model_trash.delete_model(closed, closed.name, administrator)
    assert (model_trash.count(user), model_trash.list_trash(user)) == (0, [])
    assert (model_trash.count(member), len(model_trash.list_trash(member))) == (1, 1)


def test_the_place_in_the_queue_counts_what_a_person_sees(administrator: User) -> None:
    user = person(Role.ENGINEER)
    closed, opened = builders.model_with_photos(administrator), None
    close(closed, administrator)
    builders.training_runs.start(closed, administrator, {"iterations": 5})
    closed.name = "Closed"
    opened = builders.model_with_photos(administrator)
    builders.training_runs.start(opened, administrator, {"iterations": 5})
    assert [entry.position for entry in board.board(user).waiting] == [1]
    assert [entry.position for entry in board.board(administrator).waiting] == [1, 2]


def test_a_copy_is_there_for_the_same_people(model: DetectionModel, administrator: User) -> None:
    user, stranger = person(Role.ENGINEER), person(Role.ENGINEER, "stranger")
    close(model, user)
    copy, _run = copying.copy_model(model, "Copy", False, user)
    assert copy.closed and roles(copy) == {"engineer": Role.ENGINEER}
    assert access.role_in(stranger, copy) is None


def test_photos_are_not_copied_again_from_a_model_that_was_closed_meanwhile(administrator: User) -> None:
    source, user = builders.model_with_photos(administrator), person(Role.ENGINEER)
    copy, run = copying.copy_model(source, "Copy", True, user)
    assert run is not None
    copying.library_runs.request_stop(run)
    close(source, administrator)
    with pytest.raises(UserError) as caught:
        copying.copy_again(copy, user)
    assert caught.value.status == 404
    assert copying.copy_again(copy, administrator)


def test_a_photo_is_seen_through_a_model_that_is_there(administrator: User) -> None:
    user, closed = person(Role.VIEWER), detection_models.create_model("Closed", "", administrator)
    photo = builders.photo_file(7)
    [image] = image_intake.add_images(closed, Split.TRAIN, [Upload("a.jpg", io.BytesIO(photo))]).created
    sha256 = image.sha256
    assert photo_access.may_see(user, sha256)
    close(closed, administrator)
    assert not photo_access.may_see(user, sha256)
    assert photo_access.may_see(administrator, sha256)
    other = builders.model_with_photos(administrator)
    builders.finished_training(other, administrator)
    builders.prediction(other, administrator, {"a.jpg": photo})
    assert photo_access.may_see(user, sha256), "it was predicted in another one"
    close(other, administrator)
    assert not photo_access.may_see(user, sha256)
    detection_models.set_picture(detection_models.create_model("Card", "", administrator), sha256)
    assert photo_access.may_see(user, sha256)


def test_an_address_asks_one_query(model: DetectionModel, administrator: User) -> None:
    user = person(Role.VIEWER)
    name(model, user, Role.ENGINEER)
    close(model, administrator)
    user_id, model_id = user.id, model.id
    user = users.open_user(user_id)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        here = access.standing(user, "/models/<int:model_id>", {"model_id": model_id})
        assert (here.role, here.is_there, here.in_model, len(asked)) == (Role.ENGINEER, True, True, 1)
        for row_id in (10**30, 0, -1):
            assert not access.standing(user, "/models/<int:model_id>", {"model_id": row_id}).is_there
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
