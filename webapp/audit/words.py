"""The audit in the reader's language."""

import json
from typing import Any

from flask_babel import gettext as _

from webapp.audit.documents import visible
from webapp.models import AuditAction, AuditDoor, AuditEntry, AuditKind

_NOT_SAID = object()


def action_name(action: AuditAction) -> str:
    """What was done."""
    return {
        AuditAction.SIGN_IN: _("Sign-in"),
        AuditAction.FAIL_SIGN_IN: _("Failed sign-in"),
        AuditAction.SIGN_OUT: _("Signed out"),
        AuditAction.END_SESSIONS: _("Browsers signed out"),
        AuditAction.CHANGE_PASSWORD: _("Password changed"),
        AuditAction.RESET_PASSWORD: _("Password reset"),
        AuditAction.UNLOCK: _("Unlocked"),
        AuditAction.CREATE: _("Created"),
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
    """Field, value before, value after, in words; of a field with parts only those that differ. None: not said."""
    before, after = _parts(entry.before), _parts(entry.after)
    names = [
        name for name in {**before, **after} if before.get(name, _NOT_SAID) != after.get(name, _NOT_SAID)
    ]
    return [(field_name(name), _value(before, name), _value(after, name)) for name in names]


def field_name(name: str) -> str:
    """A field in words, as far as there are any; else as the API names it."""
    field, dot, part = name.partition(".")
    words = {
        "account": _("Account"),
        "active": _("Active"),
        "closed": _("For named people only"),
        "color": _("Colour"),
        "count": _("Photos"),
        "known_account": _("Account exists"),
        "refused": _("Had to wait"),
        "source": _("Source"),
        "version": _("Version"),
        "description": _("Description"),
        "email": _("E-mail address"),
        "filename": _("File name"),
        "locale": _("Language"),
        "members": _("Members"),
        "name": _("Name"),
        "no_object": _("No object"),
        "note": _("Note"),
        "parameters": _("Parameters"),
        "people": _("People"),
        "photos": _("Photos"),
        "reason": _("Reason"),
        "review": _("Review"),
        "review_note": _("Note"),
        "role": _("Role"),
        "rules": _("Rules"),
        "run": _("Work"),
        "scope": _("May"),
        "score_threshold": _("Score threshold"),
        "shapes": _("Shapes"),
        "split": _("Split"),
        "status": _("State"),
        "thresholds": _("Score thresholds"),
        "total": _("Photos"),
        "training_defaults": _("Defaults"),
        "weights": _("Weights"),
    }
    return visible(f"{words.get(field, field)}{dot}{part}")


def _value_words() -> dict[tuple[str, str], str]:
    return {
        ("role", "viewer"): _("Viewer"),
        ("role", "annotator"): _("Annotator"),
        ("role", "engineer"): _("Engineer"),
        ("role", "administrator"): _("Administrator"),
        ("review", "open"): _("Not reviewed"),
        ("review", "reviewed"): _("Reviewed"),
        ("review", "rejected"): _("Rejected"),
        ("status", "completed"): _("Completed"),
        ("status", "stopped"): _("Stopped"),
        ("status", "failed"): _("Failed"),
    }


def _parts(document: str | None) -> dict[str, Any]:
    """The fields; of those that are objects their parts, behind a dot."""
    found: dict[str, Any] = {}
    for name, value in (json.loads(document) if document else {}).items():
        if isinstance(value, dict):
            found |= {f"{name}.{part}": inner for part, inner in value.items()}
        else:
            found[name] = value
    return found


def _value(fields: dict[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        field = name.partition(".")[0]
        return visible(_value_words().get(("role" if field == "members" else name, value), value))
    if isinstance(value, list):
        return visible(", ".join(map(str, value)))
    return "–" if value is None else visible(json.dumps(value, ensure_ascii=False))
