"""The board of all runs."""

from http import HTTPStatus

from flask.testing import FlaskClient

from tests.builders import runs
from webapp.models import Role, RunStatus, User
from webapp.operations import board as operations_board
from webapp.training import runs as training_runs


def test_it_shows_who_trains_where_and_who_waits(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.running_training(model, administrator, iterations=10, done=4)
    training_runs.start(model, administrator, {"iterations": 10})
    page = runs.text_of(client.get("/board"))
    assert "Fruits · Training 1" in page
    assert "4 / 10" in page
    assert "cpu" in page
    assert "Admin" in page
    assert "Fruits · Training 2" in page


def test_a_waiting_run_begins_when_those_before_it_end(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    runs.running_training(model, administrator, iterations=10, done=4)
    first = training_runs.start(model, administrator, {"iterations": 10})
    second = training_runs.start(model, administrator, {"iterations": 10})
    board = operations_board.board(administrator)
    assert [entry.run.id for entry in board.waiting] == [first.id, second.id]
    assert [entry.position for entry in board.waiting] == [1, 2]
    assert board.waiting[0].starts == board.at_work[0].ends
    assert board.waiting[1].starts == board.waiting[0].ends


def test_without_experience_the_second_start_is_not_known(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    for _run in range(2):
        training_runs.start(model, administrator, {})
    first, second = operations_board.board(administrator).waiting
    assert first.starts is not None
    assert second.starts is None


def test_a_waiting_run_is_taken_out_of_the_queue(client: FlaskClient, administrator: User) -> None:
    run = training_runs.start(runs.model_with_photos(administrator), administrator, {})
    client.post(f"/board/training/{run.id}/cancel")
    assert training_runs.open_run(run.id).status == RunStatus.STOPPED


def test_a_run_that_has_begun_is_left_alone(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    answer = client.post(f"/board/training/{run.id}/cancel", follow_redirects=True)
    assert "does not wait any more" in runs.text_of(answer)
    assert training_runs.open_run(run.id).stop_requested_at is None


def test_an_annotator_cancels_no_training(client: FlaskClient, administrator: User) -> None:
    run = training_runs.start(runs.model_with_photos(administrator), administrator, {})
    runs.sign_in(client, Role.ANNOTATOR)
    assert client.post(f"/board/training/{run.id}/cancel").status_code == HTTPStatus.FORBIDDEN
    assert training_runs.open_run(run.id).status == RunStatus.QUEUED


def test_an_empty_board_says_so(client: FlaskClient) -> None:
    page = runs.text_of(client.get("/board/panel"))
    assert "Nothing is at work." in page
    assert "Nothing waits." in page
