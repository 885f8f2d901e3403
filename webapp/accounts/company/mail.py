"""Mails a one-time link through the mail server of the company."""

import logging
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from webapp.core import languages
from webapp.core.company_settings import CompanySettings
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import User

_log = logging.getLogger(__name__)
PRODUCT_HEADER = "Auto-Submitted"
"""Keeps answers of absent people from being sent back (RFC 3834)."""
FAULTS = (OSError, smtplib.SMTPException, ValueError)
"""What sending raises; ValueError where a name or an address would break a header."""


def is_set() -> bool:
    """Whether there is a mail server."""
    return _settings().smtp_host is not None


def send_link(user: User, link: str, days: int) -> None:
    """Mail the link to the person. Holds no database connection meanwhile; the caller has committed.

    Raises UserError (502) where the mail server did not take it.
    """
    try:
        with force_locale(user.locale or languages.current()):
            message = _message(user, link, days)
        db.session.rollback()
        send(message)
    except FAULTS as error:
        _log.error("The mail server did not take a message: %s: %s", type(error).__name__, error)
        raise UserError(
            _("The link was not mailed, as the mail server did not take it: hand it over yourself."),
            code="mail_failed",
            status=502,
        ) from error


def _message(user: User, link: str, days: int) -> EmailMessage:
    """Raises ValueError for a name or an address that would break a header."""
    message = EmailMessage()
    message["From"] = _settings().smtp_from
    message["To"] = Address(display_name=user.name, addr_spec=user.email)
    message["Subject"] = _("Your link to sign in")
    message[PRODUCT_HEADER] = "auto-generated"
    message.set_content(
        _(
            "Hello %(name)s,\n\nopen this link to choose your password. It works once, for %(n)s days:\n\n%(link)s\n\n"
            "If you did not expect this, tell your administrator and do not open it.",
            name=user.display_name,
            n=days,
            link=link,
        )
        + "\n"
    )
    return message


def send(message: EmailMessage) -> None:
    """Hand it to the mail server. Raises one of ``FAULTS``."""
    settings = _settings()
    host, port, seconds = settings.smtp_host or "", settings.smtp_port, settings.smtp_timeout_seconds
    tls = ssl.create_default_context(cafile=str(settings.smtp_ca_file) if settings.smtp_ca_file else None)
    server = (
        smtplib.SMTP_SSL(host, port, timeout=seconds, context=tls)
        if settings.smtp_tls == "tls"
        else smtplib.SMTP(host, port, timeout=seconds)
    )
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=tls)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(message)


def _settings() -> CompanySettings:
    found: CompanySettings = current_app.extensions["settings"]
    return found
