"""The audit in the reader's language."""

import json
from typing import Any

from flask_babel import gettext as _

from webapp.audit.documents import visible
from webapp.models import AuditAction, AuditDoor, AuditEntry, AuditKind


def action_name(action: AuditAction) -> str:
    """What was done."""
    return {
        AuditAction.SIGN_IN: _("Signed in"),
        AuditAction.FAIL_SIGN_IN: _("Failed sign-in"),
        AuditAction.SIGN_OUT: _("Signed out"),
        AuditAction.END_SESSIONS: _("Browsers signed out"),
        AuditAction.CHANGE_PASSWORD: _("Password changed"),
        AuditAction.RESET_PASSWORD: _("Password reset"),
        AuditAction.UNLOCK: _("Unlocked"),
        AuditAction.CREATE: _("Made"),
        AuditAction.EDIT: _("Changed"),
        AuditAction.DELETE: _("Deleted"),
        AuditAction.RESTORE: _("Restored"),
        AuditAction.PURGE: _("Deleted for good"),
        AuditAction.COPY: _("Copied"),
        AuditAction.MERGE: _("Merged"),
        AuditAction.LABEL: _("Labelled"),
        AuditAction.REVIEW: _("Labels reviewed"),
        AuditAction.ASSIGN: _("Work assigned"),
        AuditAction.IMPORT: _("Imported"),
        AuditAction.EXPORT: _("Exported"),
        AuditAction.DOWNLOAD: _("Downloaded"),
        AuditAction.TRAIN: _("Training started"),
        AuditAction.PREDICT: _("Prediction started"),
        AuditAction.SUGGEST: _("Labels suggested"),
        AuditAction.STOP: _("Stop requested"),
        AuditAction.RESUME: _("Resumed"),
        AuditAction.FINISH: _("Run ended"),
        AuditAction.SAVE_WEIGHTS: _("Weights saved"),
        AuditAction.CHOOSE_WEIGHTS: _("Weights in use changed"),
        AuditAction.CHANGE_RULES: _("Rules changed"),
    }[action]


def kind_name(kind: AuditKind) -> str:
    """What it was done to."""
    return {
        AuditKind.ACCOUNT: _("Account"),
        AuditKind.TOKEN: _("API token"),
        AuditKind.MODEL: _("Model"),
        AuditKind.IMAGE: _("Photo"),
        AuditKind.CATEGORY: _("Category"),
        AuditKind.TRAINING_RUN: _("Training run"),
        AuditKind.WEIGHTS: _("Weights"),
        AuditKind.PREDICTION_RUN: _("Prediction run"),
        AuditKind.WATCHED_FOLDER: _("Watched folder"),
    }[kind]


def door_name(door: AuditDoor) -> str:
    """By which way."""
    return {
        AuditDoor.PAGE: _("Page"),
        AuditDoor.API: _("API"),
        AuditDoor.COMMAND: _("Command line"),
        AuditDoor.SYSTEM: _("By itself"),
    }[door]


def actor_name(entry: AuditEntry) -> str:
    """Who it was."""
    if entry.actor:
        return visible(entry.actor)
    return _("The system") if entry.door is AuditDoor.SYSTEM else _("Unknown")


def object_name(entry: AuditEntry) -> str:
    """Which object, or how many."""
    kind = kind_name(entry.object_kind) if entry.object_kind else ""
    if entry.object_name:
        return f"{kind} {visible(entry.object_name)}".strip()
    if entry.object_id is not None:
        return f"{kind} {entry.object_id}"
    return f"{kind} × {entry.number}" if entry.number is not None else kind


def changes(entry: AuditEntry) -> list[tuple[str, str | None, str | None]]:
    """Field, value before, value after; fields as the API names them. None: not said."""
    before, after = _fields(entry.before), _fields(entry.after)
    return [(name, _value(before, name), _value(after, name)) for name in sorted({*before, *after})]


def _fields(document: str | None) -> dict[str, Any]:
    return json.loads(document) if document else {}


def _value(fields: dict[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
