"""Every test that sends a request looks whether what it changed is in the audit.

Each view that changes something is named in ``ACTIONS`` with what the audit says of it, or in ``EXCEPTIONS`` with the
reason why it says nothing. A request of any test that wrote into the database and left no such row fails that test.
"""

import re
import threading
from typing import Any

from flask import Response, request
from flask_openapi3 import OpenAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine

from webapp.audit import chain
from webapp.models import AuditAction as A

ACTIONS: dict[str, set[A]] = {
    "account.change_password": {A.CHANGE_PASSWORD},
    "account.change_profile": {A.EDIT},
    "account.end_all_sessions": {A.END_SESSIONS},
    "account.end_session": {A.END_SESSIONS},
    "alerts.renew_secret": {A.EDIT},
    "alerts.save": {A.EDIT},
    "api_annotations.put_annotations": {A.LABEL},
    "api_backups.create_backup": {A.EXPORT},
    "api_images.add_images": {A.CREATE},
    "api_images.delete_image": {A.DELETE},
    "api_images.update_image": {A.EDIT},
    "api_imports.create_import": {A.IMPORT},
    "api_label_mistakes.decide_label_mistake": {A.LABEL, A.REVIEW},
    "api_members.put_members": {A.EDIT},
    "api_models.create_model": {A.CREATE},
    "api_models.delete_model": {A.DELETE},
    "api_models.put_picture": {A.EDIT},
    "api_models.update_model": {A.EDIT},
    "api_predictions.delete_prediction": {A.DELETE},
    "api_predictions.start_prediction": {A.PREDICT},
    "api_predictions.stop_prediction": {A.STOP},
    "api_settings.update_settings": {A.CHANGE_RULES, A.EDIT},
    "api_teamwork.assign_images": {A.ASSIGN},
    "api_tokens.create": {A.CREATE},
    "api_tokens.revoke": {A.DELETE},
    "api_training.resume_training": {A.RESUME},
    "api_training.start_training": {A.TRAIN},
    "api_training.stop_training": {A.STOP},
    "api_training_defaults.put_training_defaults": {A.EDIT},
    "api_users.create_user": {A.CREATE},
    "api_users.update_user": {A.EDIT},
    "api_verdict-rules.replace_verdict_rules": {A.CHANGE_RULES},
    "api_weights.put_weights_in_use": {A.CHOOSE_WEIGHTS},
    "api_weights.upload_weights": {A.SAVE_WEIGHTS},
    "auth.first_start": {A.CREATE, A.SIGN_IN},
    "auth.sign_in": {A.SIGN_IN, A.FAIL_SIGN_IN},
    "auth.sign_out": {A.SIGN_OUT},
    "board.cancel": {A.STOP},
    "categories.change": {A.EDIT},
    "categories.create": {A.CREATE},
    "categories.merge": {A.MERGE, A.DELETE},
    "doubled_labels.start": {A.LABEL},
    "doubled_labels.undo": {A.LABEL},
    "exports.start": {A.EXPORT},
    "images.add": {A.CREATE},
    "images.review": {A.REVIEW},
    "imports.carry_out": {A.IMPORT},
    "label_mistakes.decide": {A.LABEL, A.REVIEW},
    "label_mistakes.undo": {A.LABEL, A.REVIEW},
    "library_runs.stop": {A.STOP},
    "line.save_folder": {A.CREATE, A.EDIT},
    "members.add": {A.EDIT},
    "members.leave": {A.EDIT},
    "members.remove": {A.EDIT},
    "members.set_access": {A.EDIT},
    "members.set_role": {A.EDIT},
    "model_copy.again": {A.COPY},
    "model_copy.copy": {A.COPY},
    "model_copy.stop": {A.STOP},
    "model_trash.delete": {A.DELETE},
    "model_trash.delete_for_good": {A.PURGE},
    "model_trash.restore": {A.RESTORE},
    "models.create": {A.CREATE},
    "models.edit": {A.EDIT},
    "one_time.choose": {A.CHANGE_PASSWORD},
    "photo_actions.delete": {A.DELETE},
    "photo_actions.move": {A.EDIT},
    "photo_actions.undo": {A.EDIT, A.RESTORE},
    "photo_labels.restore": {A.LABEL},
    "photo_labels.set_review": {A.REVIEW},
    "photo_trash.delete": {A.PURGE},
    "photo_trash.restore": {A.RESTORE},
    "predict.add_rule": {A.CHANGE_RULES},
    "predict.delete": {A.DELETE},
    "predict.delete_rule": {A.CHANGE_RULES},
    "predict.save_detection_settings": {A.CHANGE_RULES},
    "predict.start": {A.PREDICT},
    "predict.stop": {A.STOP},
    "predict.upload_weights": {A.SAVE_WEIGHTS},
    "photo_groups.join": {A.EDIT},
    "photo_groups.mend": {A.EDIT},
    "photo_groups.part": {A.EDIT},
    "photo_groups.pattern": {A.EDIT},
    "photo_groups.sources": {A.EDIT},
    "photo_groups.undo_mend": {A.EDIT},
    "photo_parts.change": {A.EDIT},
    "similar_photos.apart": {A.EDIT},
    "similar_photos.move": {A.EDIT},
    "similar_photos.move_all": {A.EDIT},
    "space.clean": {A.PURGE},
    "split_plan.apply": {A.EDIT},
    "system.back_up": {A.EXPORT},
    "comments.add": {A.EDIT},
    "comments.set_state": {A.EDIT},
    "suggestions.accept_all": {A.LABEL},
    "suggestions.take_back": {A.LABEL},
    "suggestions.confirm": {A.CREATE, A.SUGGEST, A.LABEL, A.REVIEW},
    "suggestions.send_to_training": {A.CREATE, A.SUGGEST},
    "suggestions.start": {A.SUGGEST},
    "photo_actions.assign": {A.ASSIGN},
    "teamwork.set_review": {A.CHANGE_RULES},
    "teamwork.share": {A.ASSIGN},
    "training.delete_run": {A.DELETE},
    "training.describe_run": {A.EDIT},
    "training.restore_defaults": {A.EDIT},
    "training.restore_run": {A.RESTORE},
    "training.resume": {A.RESUME},
    "training.create_example": {A.CREATE, A.EDIT, A.IMPORT},
    "training.discard_example": {A.DELETE},
    "training.save_defaults": {A.EDIT},
    "training.start": {A.TRAIN},
    "training.stop": {A.STOP},
    "training.use_weights": {A.CHOOSE_WEIGHTS},
    "users.change": {A.EDIT},
    "users.create": {A.CREATE},
    "users.create_many": {A.CREATE},
    "users.end_sessions": {A.END_SESSIONS},
    "users.reset_password": {A.RESET_PASSWORD},
    "users.set_active": {A.EDIT},
    "users.unlock": {A.UNLOCK},
    "value_range.save": {A.EDIT},
}
EXCEPTIONS = {
    "alerts.test": "sends a message, changes nothing",
    "annotate.leave": "a light lock in Redis, which changes nothing of the model",
    "annotate.stay_open": "a light lock in Redis, which changes nothing of the model",
    "api_line.predict_photo": "nothing is stored of a photo of the line, and there may be ten a second",
    "images.known": "asks only",
    "imports.create": "the import is recorded once it is carried out",
    "imports.discard": "nothing had been imported",
    "imports.read": "a preview",
    "imports.receive": "the import is recorded once it is carried out",
    "models.place": "the order of the cards on the first page, nothing of a model",
    "object_outlines.from_neighbour": "computes only",
    "object_outlines.outline": "computes only",
    "photo_labels.operate": "computes only",
    "photo_labels.save": "the saves of a sitting are one row (label)",
    "predict.upload": "the prediction is recorded once it is started",
    "preferences.language": "the language of the person's own screen",
    "suggestions.decide": "what is accepted is saved as labels, and recorded there",
    "via.renew": "the token of the frame of a page that is open already",
    "via_frame.save": "each photo that is saved is one row (label); none, where nothing had changed",
}
RECORDED_AT_ITS_END = "library_run"
"""A run whose row is written when it ends."""
NOT_WATCHED = {"user_session", "audit_entry", "audit_head", "image_file"}
_WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_JUST_USED = re.compile(r"last_seen_at|last_used_at")


class _Seen(threading.local):
    def __init__(self) -> None:
        self.written: set[str] = set()
        self.actions: set[A] = set()


_seen = _Seen()


def watch(app: OpenAPI) -> None:
    """Fail requests that change something which neither the audit nor ``EXCEPTIONS`` knows."""
    event.listen(Engine, "after_cursor_execute", _note_write)
    append = chain.append

    def noting(connection: Any, rows: Any) -> None:
        append(connection, rows)
        _seen.actions |= {row["action"] for row in rows}

    chain.append = noting  # type: ignore[assignment]
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request_funcs.setdefault(None, []).append(_check)


def _begin() -> None:
    _seen.__init__()  # type: ignore[misc]


def _note_write(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
    found = _WRITE.match(statement)
    if found and cursor.rowcount and not _JUST_USED.search(statement):
        _seen.written.add(found[1])


def _check(response: Response) -> Response:
    endpoint, written = request.endpoint or "", _seen.written - NOT_WATCHED
    if request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 400:
        return response
    if endpoint in EXCEPTIONS or not written or RECORDED_AT_ITS_END in written:
        return response
    known = ACTIONS.get(endpoint, set())
    assert known & _seen.actions, f"{endpoint} wrote into {written}; audit: {_seen.actions or 'nothing'}"
    return response
