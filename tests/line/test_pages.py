"""The page of a model for machines on the line."""

from flask.testing import FlaskClient

from tests.builders.runs import finished_training, model_with_photos, sign_in, text_of
from webapp.line import watched_folders
from webapp.models import Role, User


def test_it_shows_the_address_and_says_what_is_missing(client: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    page = text_of(client.get(f"/models/{model.id}/line"))
    assert f"/api/v1/models/{model.id}/predict" in page
    assert "has not been trained yet" in page
    assert "The predictor is not running" in page
    assert client.get("/models/999/line").status_code == 404


def test_the_folder_is_watched_and_left_alone_again(client: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    finished_training(model, administrator)
    address = f"/models/{model.id}/line"
    assert "On the line" in text_of(client.get(f"/models/{model.id}/predict"))
    answer = client.post(
        f"{address}/folder", data={"active": "1", "score_threshold": "0.3"}, follow_redirects=True
    )
    assert "The folder is watched." in text_of(answer)
    folder = watched_folders.of_model(model)
    assert folder is not None
    assert (folder.active, folder.score_threshold, folder.language) == (True, 0.3, "en")
    assert sorted(part.name for part in watched_folders.path_of(folder).iterdir()) == [
        "done",
        "failed",
        "in",
        "out",
    ]
    assert str(watched_folders.path_of(folder)) in text_of(answer)
    client.post(f"{address}/folder", data={"active": "0", "score_threshold": ""})
    assert watched_folders.list_watched() == []
    assert watched_folders.path_of(folder).is_dir()


def test_a_threshold_that_is_none_is_refused_beside_its_field(
    client: FlaskClient, administrator: User
) -> None:
    model = model_with_photos(administrator)
    for wrong in ("2", "-0.1", "much", "nan"):
        answer = client.post(
            f"/models/{model.id}/line/folder", data={"active": "1", "score_threshold": wrong}
        )
        assert answer.status_code == 422
        assert "The score threshold lies between 0 and 1." in text_of(answer)
    assert watched_folders.of_model(model) is None


def test_who_may_only_look_changes_nothing(client: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    sign_in(client, Role.ANNOTATOR)
    assert "Watch the folder" not in text_of(client.get(f"/models/{model.id}/line"))
    assert client.post(f"/models/{model.id}/line/folder", data={"active": "1"}).status_code == 403
    assert watched_folders.of_model(model) is None
