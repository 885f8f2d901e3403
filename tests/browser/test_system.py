"""The page of the system keeps itself up to date; it and that of the alerts can be read by everybody."""

import logging
import time
from datetime import timedelta
from pathlib import Path

from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, expect
from rq import Queue, Worker
from rq.job import Job

from tests.browser.conftest import picture, watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.builders import runs as builders
from webapp.backups import records
from webapp.backups.records import Backup, BackupReason
from webapp.core import logs, queues
from webapp.core.extensions import db
from webapp.core.monitoring import kept_errors, processes
from webapp.models import AlertChannel, AlertDelivery, AlertEvent, AlertSettings, DeliveryStatus, User
from webapp.models.columns import now
from webapp.operations.status.processes import EXPECTED
from webapp.runs import training_machine
from webapp.training import runs as training_runs

REFUSED = "ConnectionRefusedError: [Errno 111] Connection refused"


def keep_error(app: OpenAPI, context: str, message: str) -> None:
    token = logs.context_id.set(context)
    record = logging.makeLogRecord({"levelno": logging.ERROR, "msg": message, "created": time.time()})
    kept_errors.ErrorKeeper(app.extensions["redis"]).emit(record)
    logs.context_id.reset(token)


def fill(app: OpenAPI, administrator: User) -> None:
    """Much of everything: long names, a worker at work, errors, messages that did not arrive."""
    redis = app.extensions["redis"]
    for name in (*EXPECTED, processes.WEB):
        if not name.startswith("worker-"):
            processes.say_alive(redis, name, time.time() - 90_000)
    model = builders.model_with_photos(administrator)
    run = training_runs.start(model, administrator, {"iterations": 10})
    for name in (queues.TRAIN, queues.IO):
        worker = Worker([Queue(name, connection=redis)], connection=redis)
        worker.register_birth()
        if name == queues.TRAIN:
            worker.prepare_execution(Job.fetch(run.job_id or "", connection=redis))
    training_machine.announce(gpu=False, coco_weights=False, memory=16 * 2**30, versions={"torch": "2.14.1"})
    records.note(
        Backup(now() - timedelta(hours=5), Path("/b.tar"), 3_200_000_000, BackupReason.SCHEDULE, 75.0)
    )
    keep_error(app, f"training-run:{run.id}", "the run failed")
    keep_error(app, "4f2a9c0d1e7b", "a_message_without_any_blank_in_it_" * 8)
    db.session.add(
        AlertSettings(
            events=[event.value for event in AlertEvent],
            recipients=["shift@factory.test"],
            webhook_url="https://erp.factory.test/hooks",
            webhook_salt="salt",
            language="en",
            base_url="https://vision.factory.test/",
            seen_until=now(),
        )
    )
    document = {"kind": "training", "number": 1, "model_name": "Fruits", "status": "completed", "error": None}
    for place, status in enumerate(DeliveryStatus):
        db.session.add(
            AlertDelivery(
                event=AlertEvent.RUN_ENDED,
                channel=AlertChannel.WEBHOOK,
                key=f"key-{place}",
                message_id=f"msg_{place}",
                document=document,
                status=status,
                tries=place,
                next_try_at=now() if status is DeliveryStatus.WAITING else None,
                error=None if status is DeliveryStatus.SENT else REFUSED,
            )
        )
    db.session.commit()


def test_the_page_keeps_itself_up_to_date(clean_app: OpenAPI, browser: Browser, administrator: User) -> None:
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/")
        faults = watch(page, page.url)
        page.get_by_role("button", name="Admin").click()
        page.get_by_role("link", name="System status").click()
        expect(page.locator("[data-process=watch] .badge-state")).to_have_text("Not there")
        picture(page, "system-empty")
        processes.say_alive(clean_app.extensions["redis"], processes.WATCH, time.time())
        expect(page.locator("[data-process=watch] .badge-state")).to_have_text("Ready")
        keep_error(clean_app, "4f2a9c0d1e7b", "something broke")
        expect(page.locator("#errors")).to_contain_text("something broke")
        expect(page.locator("#errors")).to_contain_text("4f2a9c0d1e7b")
        assert not faults, faults


def test_a_webhook_is_set_and_its_secret_copied(
    clean_app: OpenAPI, browser: Browser, administrator: User
) -> None:
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/system/alerts")
        picture(page, "alerts-empty")
        page.get_by_label("Webhook", exact=True).fill("https://erp.factory.test/hooks")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#webhook-secret")).to_contain_text("whsec_")
        picture(page, "alerts-secret")
        page.get_by_role("button", name="New secret").click()
        before = page.locator("#webhook-secret").inner_text()
        page.locator("dialog").get_by_role("button", name="New secret").click()
        expect(page.locator("#webhook-secret")).not_to_have_text(before)
        page.get_by_role("button", name="Test the webhook").click()
        expect(
            page.get_by_role("alert").filter(has_text="The receiver did not take the test")
        ).to_be_visible()
        picture(page, "alerts-error")


@EVERY_LOOK
def test_the_pages_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, look: Look
) -> None:
    fill(clean_app, administrator)
    faults = []
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        for path in ("/system", "/system/alerts"):
            page.goto(path)
            faults += faults_in(page, f"{path.strip('/').replace('/', '-')}-{look}")
    assert faults == []
