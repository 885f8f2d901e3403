"""Alerts: whom the installation tells what, a test of each way, and what it told."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.accounts.company import mail
from webapp.core import languages
from webapp.core.errors import UserError
from webapp.models import AlertChannel, AlertEvent, Role
from webapp.operations.alerts import deliveries, preferences, webhook, words
from webapp.operations.alerts.deliveries import NotDelivered
from webapp.operations.alerts.preferences import Wanted
from webapp.projects import detection_models
from webapp.web.guards import requires

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/system/alerts")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """The form, and the last messages."""
    return _page()


@blueprint.get("/system/alerts/messages")
@requires(Role.ADMINISTRATOR)
def messages() -> str:
    """The last messages, which the page asks for every few seconds."""
    return render_template("operations/_alert_messages.html", messages=deliveries.newest(), words=words)


@blueprint.post("/system/alerts")
@requires(Role.ADMINISTRATOR)
def save() -> ResponseReturnValue:
    """Keep the form; the secret of a new webhook is shown this once."""
    form = request.form
    wanted = Wanted(
        events=tuple(form.getlist("events")),
        recipients=form.get("recipients", ""),
        webhook_url=form.get("webhook_url", ""),
        backup_days=form.get("backup_days", ""),
        language=form.get("language", ""),
        base_url=url_for("models.index", _external=True, _scheme=_scheme()),
    )
    before = preferences.find()
    has_secret = before is not None and before.webhook_salt is not None
    try:
        saved = preferences.save(wanted)
        secret = webhook.secret_of(saved.webhook_salt) if saved.webhook_salt and not has_secret else None
    except UserError as error:
        return _page({error.field or "": error.message}, wanted), error.status
    if secret:
        return _page(secret=secret)
    flash(_("Saved."), "success")
    return redirect(url_for("alerts.index"))


@blueprint.post("/system/alerts/secret")
@requires(Role.ADMINISTRATOR)
def renew_secret() -> ResponseReturnValue:
    """A new secret, shown this once."""
    try:
        return _page(secret=preferences.renew_secret())
    except UserError as error:
        return _page({error.field or "": error.message}), error.status


@blueprint.post("/system/alerts/test")
@requires(Role.ADMINISTRATOR)
def test() -> ResponseReturnValue:
    """Send a test by what is saved, and say what came of it."""
    channel = AlertChannel.WEBHOOK if request.form.get("channel") == "webhook" else AlertChannel.MAIL
    try:
        deliveries.send_test(channel)
    except UserError as error:
        return _page({error.field or "": error.message}), error.status
    except NotDelivered as fault:
        if channel is AlertChannel.MAIL:
            sentence = _("The mail server did not take the test: %(fault)s", fault=str(fault))
        else:
            sentence = _("The receiver did not take the test: %(fault)s", fault=str(fault))
        return _page({f"test_{channel.value}": sentence}), 502
    if channel is AlertChannel.MAIL:
        flash(_("The mail server took the test: look into the mailbox."), "success")
    else:
        flash(_("The receiver took the test."), "success")
    return redirect(url_for("alerts.index"))


def _scheme() -> str:
    return "https" if current_app.extensions["settings"].https_only else request.scheme


def _page(
    errors: dict[str, str] | None = None, wanted: Wanted | None = None, secret: str | None = None
) -> str:
    saved = preferences.find()
    if wanted is None:
        wanted = Wanted(
            events=tuple(saved.events if saved else AlertEvent),
            recipients=", ".join(saved.recipients) if saved else "",
            webhook_url=(saved.webhook_url if saved else None) or "",
            backup_days=str(saved.backup_days if saved else 7),
            language=saved.language if saved else languages.current(),
            base_url="",
        )
    return render_template(
        "operations/alerts.html",
        models_for_switcher=detection_models.list_models(current_user),
        saved=saved,
        wanted=wanted,
        errors=errors or {},
        secret=secret,
        events=list(AlertEvent),
        words=words,
        can_mail=mail.is_set(),
        messages=deliveries.newest(),
    )
