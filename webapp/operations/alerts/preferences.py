"""What an administrator has set about alerts: events, recipients, webhook."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.accounts import users
from webapp.accounts.company import mail
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.core.languages import LANGUAGES
from webapp.models import AlertChannel, AlertEvent, AlertSettings, AuditAction
from webapp.models.columns import now
from webapp.operations.alerts import webhook

MOST_RECIPIENTS = 20
LONGEST_URL = 2000
LONGEST_DAYS = 365


@dataclass(frozen=True)
class Wanted:
    """A form that was sent; nothing in it was checked."""

    events: tuple[str, ...]
    recipients: str
    """Addresses, separated by commas, semicolons or white space."""
    webhook_url: str
    backup_days: str
    language: str
    base_url: str
    """By which the server was reached."""


def find() -> AlertSettings | None:
    """The settings; None before they were saved for the first time."""
    return db.session.get(AlertSettings, True)


def channels_of(settings: AlertSettings) -> list[AlertChannel]:
    """The ways by which something is told now."""
    found = []
    if settings.recipients and mail.is_set():
        found.append(AlertChannel.MAIL)
    if settings.webhook_url:
        found.append(AlertChannel.WEBHOOK)
    return found


def not_set(channel: AlertChannel) -> UserError:
    """The refusal of a test by a channel that is not set."""
    if channel is AlertChannel.WEBHOOK:
        return UserError(_("Enter the address of a webhook first."), field="webhook_url")
    if not mail.is_set():
        return UserError(_("No mail server is set (SMTP_HOST)."), field="recipients")
    return UserError(_("Enter an e-mail address first."), field="recipients")


def save(wanted: Wanted) -> AlertSettings:
    """Check and keep them. Commits. What ended before the first time is not told. Raises UserError with a field."""
    checked = {
        "events": [event.value for event in AlertEvent if event in wanted.events],
        "recipients": _recipients(wanted.recipients),
        "webhook_url": _url(wanted.webhook_url),
        "backup_days": _days(wanted.backup_days),
        "language": wanted.language if wanted.language in LANGUAGES else next(iter(LANGUAGES)),
    }
    settings = find()
    before = _document(settings)
    if settings is None:
        settings = AlertSettings(seen_until=now(), **checked)
        db.session.add(settings)
    else:
        if not channels_of(settings):
            settings.seen_until = now()
        for name, value in checked.items():
            setattr(settings, name, value)
    settings.base_url = wanted.base_url
    if settings.webhook_url and not settings.webhook_salt:
        settings.webhook_salt = webhook.new_salt()
    after = _document(settings)
    if before != after:
        record(AuditAction.EDIT, name="alerts", before=before, after=after)
    db.session.commit()
    return settings


def renew_secret() -> str:
    """The webhook's new secret, to be shown this once; messages are signed with it from now on. Commits.

    Raises UserError before there is a webhook.
    """
    settings = find()
    if settings is None or not settings.webhook_url:
        raise not_set(AlertChannel.WEBHOOK)
    settings.webhook_salt = webhook.new_salt()
    record(AuditAction.EDIT, name="alerts", after={"webhook_secret": "renewed"})
    db.session.commit()
    return webhook.secret_of(settings.webhook_salt)


def _document(settings: AlertSettings | None) -> dict[str, object]:
    if settings is None:
        return {}
    names = ("events", "recipients", "webhook_url", "backup_days", "language")
    return {name: getattr(settings, name) for name in names}


def _recipients(text: str) -> list[str]:
    found: Iterable[str] = filter(None, re.split(r"[\s,;]+", text))
    try:
        addresses = list(dict.fromkeys(users.checked_email(one) for one in found))
    except UserError as error:
        raise UserError(error.message, field="recipients") from error
    if len(addresses) > MOST_RECIPIENTS:
        raise UserError(
            _("At most %(n)s addresses: use one of a mailing list.", n=MOST_RECIPIENTS), field="recipients"
        )
    return addresses


def _url(text: str) -> str | None:
    url = text.strip()
    if url and (len(url) > LONGEST_URL or webhook.fault_of_url(url)):
        raise UserError(
            _("Enter a complete address, https://host/path, without a name and password in it."),
            field="webhook_url",
        )
    return url or None


def _days(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= LONGEST_DAYS:
        raise UserError(_("Enter a number of days from 1 to %(n)s.", n=LONGEST_DAYS), field="backup_days")
    return int(text)
