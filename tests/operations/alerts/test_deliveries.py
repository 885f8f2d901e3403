"""Messages are sent, tried again, and given up with a reason that can be seen."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from embedded.waiting import free_port
from tests.builders import runs as builders
from tests.operations.alerts.conftest import RUNS, SENDER, Box, Receiver, SetAlerts
from webapp.core.extensions import db
from webapp.models import (
    AlertChannel,
    AlertDelivery,
    DeliveryStatus,
    DetectionModel,
    RunStatus,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.operations.alerts import deliveries, events, webhook
from webapp.operations.alerts.deliveries import NotDelivered
from webapp.runs.errors import error_document


def fail(model: DetectionModel, administrator: User) -> TrainingRun:
    run = builders.finished_training(model, administrator)
    failed = {"status": RunStatus.FAILED, "error": error_document("out_of_memory"), "finished_at": now()}
    db.session.execute(update(TrainingRun).where(TrainingRun.id == run.id).values(failed))
    db.session.commit()
    return run


def only() -> AlertDelivery:
    db.session.expire_all()
    return db.session.query(AlertDelivery).one()


def make_due() -> None:
    db.session.execute(update(AlertDelivery).values(next_try_at=now()))
    db.session.commit()


def test_a_failed_run_is_mailed_in_the_language_that_was_chosen(
    set_alerts: SetAlerts, box: Box, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS, webhook_url="", language="zh_Hant_TW")
    run = fail(model, administrator)
    events.look()
    deliveries.send_waiting()
    [message] = box.messages
    assert str(message["Subject"]) == "[影像辨識系統] Fruits：第 1 次訓練失敗"
    assert str(message["From"]) == SENDER
    assert str(message["To"]) == "shift@factory.test, line@factory.test"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert (
        "記憶體" in text.decode() and f"https://vision.factory.test/training-runs/{run.id}" in text.decode()
    )
    assert only().status is DeliveryStatus.SENT
    deliveries.send_waiting()
    assert len(box.messages) == 1


def test_the_receiver_of_the_documents_takes_what_is_signed(
    set_alerts: SetAlerts,
    sample: Callable[[str], tuple[str, Path]],
    model: DetectionModel,
    administrator: User,
) -> None:
    salt = set_alerts(events=RUNS, recipients="").webhook_salt or ""
    url, received = sample(salt)
    set_alerts(events=RUNS, recipients="", webhook_url=url)
    run = fail(model, administrator)
    events.look()
    deliveries.send_waiting()
    assert only().error is None
    kind, text = received.read_text().split(" ", 1)
    assert kind == "run.failed" and text.startswith("Fruits: Training 1 has failed. Memory ran out")
    assert json.loads(text[text.index("{") :])["id"] == run.id
    with pytest.raises(webhook.WebhookFault, match="401"):
        webhook.send(url, webhook.secret_of("another"), "msg_1", {"type": "test"})


def test_a_receiver_that_is_away_is_tried_again_under_the_same_id_until_it_is_given_up(
    set_alerts: SetAlerts, receiver: Receiver, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS, recipients="")
    builders.finished_training(model, administrator)
    events.look()
    receiver.status = 503
    deliveries.send_waiting()
    first = only()
    assert (first.status, first.tries) == (DeliveryStatus.WAITING, 1)
    assert first.error == "answered 503 Service Unavailable"
    assert first.next_try_at is not None and first.next_try_at > now()
    deliveries.send_waiting()
    assert len(receiver.bodies) == 1, "not before its time"
    for _try in range(5):
        make_due()
        deliveries.send_waiting()
    given_up = only()
    assert (given_up.status, given_up.tries, given_up.next_try_at) == (DeliveryStatus.FAILED, 6, None)
    assert [one.id for one in deliveries.faults()] == [given_up.id]
    assert len({headers["webhook-id"] for headers in receiver.headers}) == 1
    assert len(receiver.bodies) == 6


def test_one_that_is_back_gets_what_waited(
    set_alerts: SetAlerts, receiver: Receiver, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS, recipients="")
    builders.finished_training(model, administrator)
    events.look()
    receiver.status = 500
    deliveries.send_waiting()
    receiver.status = 200
    make_due()
    deliveries.send_waiting()
    assert (only().status, only().error) == (DeliveryStatus.SENT, None)
    assert deliveries.faults() == []


def test_after_a_fault_the_others_of_its_channel_wait_and_those_of_the_other_do_not(
    set_alerts: SetAlerts, box: Box, receiver: Receiver, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS)
    receiver.status = 500
    for _run in range(2):
        builders.finished_training(model, administrator)
    events.look()
    deliveries.send_waiting()
    assert (len(box.messages), len(receiver.bodies)) == (2, 1)


def test_what_was_switched_off_meanwhile_is_not_sent(
    set_alerts: SetAlerts, receiver: Receiver, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS, recipients="")
    builders.finished_training(model, administrator)
    events.look()
    set_alerts(events=RUNS, webhook_url="")
    deliveries.send_waiting()
    assert only().status is DeliveryStatus.FAILED
    assert receiver.bodies == []


def test_messages_are_forgotten_after_a_month(
    set_alerts: SetAlerts, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS)
    builders.finished_training(model, administrator)
    events.look()
    newer, older = db.session.query(AlertDelivery).all()
    older.created_at = now() - timedelta(days=31)
    db.session.commit()
    deliveries.remove_old()
    assert [one.id for one in deliveries.newest()] == [newer.id]


@pytest.mark.parametrize("channel", list(AlertChannel))
def test_a_test_is_sent_at_once(
    set_alerts: SetAlerts, box: Box, receiver: Receiver, channel: AlertChannel
) -> None:
    set_alerts()
    deliveries.send_test(channel)
    mailed, posted = len(box.messages), len(receiver.bodies)
    assert (mailed, posted) == ((1, 0) if channel is AlertChannel.MAIL else (0, 1))
    if posted:
        assert json.loads(receiver.bodies[0])["type"] == "test"


@pytest.mark.parametrize("channel", list(AlertChannel))
def test_a_test_that_is_not_taken_says_why(
    set_alerts: SetAlerts, box: Box, receiver: Receiver, channel: AlertChannel
) -> None:
    box.refuses, receiver.status = True, 404
    set_alerts(webhook_url=receiver.url)
    with pytest.raises(NotDelivered, match=r"554|404"):
        deliveries.send_test(channel)


def test_nobody_listens(set_alerts: SetAlerts) -> None:
    set_alerts(webhook_url=f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(NotDelivered, match="ConnectionRefusedError"):
        deliveries.send_test(AlertChannel.WEBHOOK)
