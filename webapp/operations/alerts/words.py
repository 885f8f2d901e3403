"""Alerts in words; call it in the language of whom they are for."""

from typing import Any

from flask_babel import gettext as _

from webapp.core.logs import CONTROL
from webapp.models import AlertChannel, AlertEvent, DeliveryStatus, RunStatus
from webapp.runs import errors as run_errors


def event_name(event: AlertEvent) -> str:
    """What is told."""
    return {
        AlertEvent.RUN_ENDED: _("A training or prediction has ended"),
        AlertEvent.RUN_FAILED: _("A training, prediction, import or export has failed"),
        AlertEvent.DISK_SHORT: _("The disk is nearly full"),
        AlertEvent.BACKUP_OLD: _("The last backup is too old"),
    }[event]


def channel_name(channel: AlertChannel) -> str:
    """By which way."""
    return {AlertChannel.MAIL: _("Mail"), AlertChannel.WEBHOOK: _("Webhook")}[channel]


def status_name(status: DeliveryStatus) -> str:
    """Of a message."""
    return {
        DeliveryStatus.WAITING: _("Waiting"),
        DeliveryStatus.SENT: _("Sent"),
        DeliveryStatus.FAILED: _("Failed"),
    }[status]


def subject(event: AlertEvent | None, document: dict[str, Any]) -> str:
    """One line; None: a test."""
    if event is None:
        return _("Test of the alerts")
    if event is AlertEvent.DISK_SHORT:
        return _("The disk of the server is nearly full")
    if event is AlertEvent.BACKUP_OLD:
        return _("The last backup is too old")
    run, model = run_name(document), str(document["model_name"]).translate(CONTROL)
    if event is AlertEvent.RUN_FAILED:
        return _("%(model)s: %(run)s has failed", model=model, run=run)
    if document["status"] == RunStatus.STOPPED:
        return _("%(model)s: %(run)s was stopped", model=model, run=run)
    return _("%(model)s: %(run)s is done", model=model, run=run)


def sentence(event: AlertEvent | None, document: dict[str, Any]) -> str:
    """What it says beside the subject; may be empty."""
    if event is None:
        return _("An administrator asked for this message. Alerts will arrive like it.")
    if event is AlertEvent.DISK_SHORT:
        return _(
            "%(free)s GB are free and %(floor)s GB are needed: nothing new can be uploaded, imported, trained or "
            "exported until there is room.",
            free=_gigabytes(document["free_bytes"]),
            floor=_gigabytes(document["floor_bytes"]),
        )
    if event is AlertEvent.BACKUP_OLD:
        if document["last_backup_at"] is None:
            return _("There is no backup yet: make one, and have it made every day.")
        return _(
            "The last good backup is of %(day)s (UTC), and none is to be older than %(n)s days.",
            day=document["last_backup_at"][:16].replace("T", " "),
            n=document["limit_days"],
        )
    return run_errors.sentence(document["error"]) or ""


def run_name(document: dict[str, Any]) -> str:
    """Such as «Training 5»."""
    kind, number = document["kind"], document["number"]
    if kind == "training":
        return _("Training %(n)s", n=number)
    if kind == "prediction":
        return _("Prediction %(n)s", n=number)
    return {
        "import": _("Import"),
        "import_preview": _("Import"),
        "export": _("Export"),
        "copy": _("Copy of a model"),
    }.get(kind, _("Work on photos"))


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f}"
