"""What a machine is told while no predictor is at work."""

import signal

from flask.testing import FlaskClient

from embedded.waiting import wait_until
from tests.line.conftest import Start
from tests.line.sending import send
from webapp.line import predictor_client
from webapp.models import DetectionModel


def test_without_a_predictor_it_says_so_at_once(
    api: FlaskClient, trained: DetectionModel, photo_bytes: bytes
) -> None:
    answer = send(api, trained.id, photo_bytes)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "predictor_away")


def test_a_killed_predictor_is_noticed_and_a_new_one_goes_on(
    api: FlaskClient, trained: DetectionModel, start: Start, photo_bytes: bytes
) -> None:
    first = start("predictor")
    wait_until(predictor_client.is_alive, "the predictor is at work", 120)
    assert send(api, trained.id, photo_bytes).status_code == 200
    first.send_signal(signal.SIGKILL)
    first.wait()
    wait_until(lambda: not predictor_client.is_alive(), "the predictor is missed", 30)
    assert send(api, trained.id, photo_bytes).status_code == 503
    start("predictor")
    wait_until(predictor_client.is_alive, "the new one is at work", 120)
    assert send(api, trained.id, photo_bytes).status_code == 200
