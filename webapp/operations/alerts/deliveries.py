"""Sends the messages that wait, and tries again what was not taken. The janitor does it, in a thread of its own."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select

from webapp.accounts.company import mail
from webapp.core.extensions import db
from webapp.models import AlertChannel, AlertDelivery, AlertEvent, AlertSettings, DeliveryStatus
from webapp.models.columns import now
from webapp.operations.alerts import preferences, webhook, words
from webapp.operations.alerts.webhook import WebhookFault

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 60, 360))
"""After each try that failed; after the last of six it is given up."""
KEPT = timedelta(days=30)
SWITCHED_OFF = "switched off before it was sent"
_AT_ONCE = 50
_log = logging.getLogger(__name__)


class NotDelivered(Exception):
    """Mail server or receiver did not take a message; the text is short, technical and in English."""


def send_waiting() -> None:
    """Send what is due, one after the other. After a fault the others of that channel wait for the next time. Commits.

    Holds no database connection while it sends.
    """
    given_up: set[AlertChannel] = set()
    for delivery_id, channel in _due():
        if channel not in given_up and not _send_one(delivery_id):
            given_up.add(channel)


def send_test(channel: AlertChannel) -> None:
    """Send a test at once. Raises NotDelivered; UserError where the channel is not set."""
    settings = preferences.find()
    if settings is None or channel not in preferences.channels_of(settings):
        raise preferences.not_set(channel)
    _deliver(settings, channel, None, f"msg_test_{int(now().timestamp() * 1000)}", {}, now())


def newest(limit: int = 20) -> Sequence[AlertDelivery]:
    """The last messages, the newest first."""
    return db.session.scalars(select(AlertDelivery).order_by(AlertDelivery.id.desc()).limit(limit)).all()


def faults() -> Sequence[AlertDelivery]:
    """Messages of the last day that a receiver has not taken, the newest first: tried again, or given up."""
    return db.session.scalars(
        select(AlertDelivery)
        .where(
            AlertDelivery.created_at > now() - timedelta(days=1),
            AlertDelivery.status != DeliveryStatus.SENT,
            AlertDelivery.error.is_not(None),
            AlertDelivery.error != SWITCHED_OFF,
        )
        .order_by(AlertDelivery.id.desc())
    ).all()


def remove_old() -> None:
    """Forget what was told more than a month ago. Commits."""
    db.session.execute(delete(AlertDelivery).where(AlertDelivery.created_at < now() - KEPT))
    db.session.commit()


def _due() -> list[tuple[int, AlertChannel]]:
    rows = db.session.execute(
        select(AlertDelivery.id, AlertDelivery.channel)
        .where(AlertDelivery.status == DeliveryStatus.WAITING, AlertDelivery.next_try_at <= now())
        .order_by(AlertDelivery.id)
        .limit(_AT_ONCE)
    ).all()
    db.session.rollback()
    return [(row.id, row.channel) for row in rows]


def _send_one(delivery_id: int) -> bool:
    delivery = db.session.get(AlertDelivery, delivery_id)
    settings = preferences.find()
    if delivery is None or settings is None:
        return True
    if delivery.channel not in preferences.channels_of(settings):
        _note(delivery, SWITCHED_OFF, last_try=len(PAUSES))
        return True
    event, document, made = delivery.event, delivery.document, delivery.created_at
    error = None
    try:
        _deliver(settings, delivery.channel, event, delivery.message_id, document, made)
    except NotDelivered as fault:
        error = str(fault)
        _log.warning("alert %s not delivered: %s", delivery_id, error)
    delivery = db.session.get_one(AlertDelivery, delivery_id)
    _note(delivery, error, last_try=delivery.tries)
    return error is None


def _note(delivery: AlertDelivery, error: str | None, last_try: int) -> None:
    delivery.tries = last_try + 1
    delivery.error = error
    delivery.next_try_at = None
    if error is None:
        delivery.status, delivery.sent_at = DeliveryStatus.SENT, now()
    elif delivery.tries > len(PAUSES):
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.next_try_at = now() + PAUSES[delivery.tries - 1]
    db.session.commit()


def _deliver(
    settings: AlertSettings,
    channel: AlertChannel,
    event: AlertEvent | None,
    message_id: str,
    document: dict[str, Any],
    moment: datetime,
) -> None:
    with force_locale(settings.language):
        subject, sentence = words.subject(event, document), words.sentence(event, document)
        text = _("%(subject)s. %(sentence)s", subject=subject, sentence=sentence) if sentence else subject
        if channel is AlertChannel.MAIL:
            parts = filter(None, (subject, sentence, document.get("url", settings.base_url)))
            recipients = list(settings.recipients)
            db.session.rollback()
            _mail(recipients, subject, "\n\n".join(parts))
            return
    body = {
        "type": event.value if event else "test",
        "timestamp": moment.isoformat(),
        "text": text,
        "data": document,
    }
    url, secret = settings.webhook_url or "", webhook.secret_of(settings.webhook_salt or "")
    db.session.rollback()
    try:
        webhook.send(url, secret, message_id, body)
    except WebhookFault as fault:
        raise NotDelivered(str(fault)) from fault


def _mail(recipients: list[str], subject: str, text: str) -> None:
    message = EmailMessage()
    try:
        message["From"] = current_app.extensions["settings"].smtp_from
        message["To"] = ", ".join(recipients)
        message["Subject"] = f"[{_('Image recognition')}] {subject}"
        message[mail.PRODUCT_HEADER] = "auto-generated"
        message.set_content(text + "\n")
        mail.send(message)
    except mail.FAULTS as fault:
        raise NotDelivered(f"{type(fault).__name__}: {fault}") from fault
