"""A model in which every text that somebody has entered is a script, a formula, and a word without end."""

import io
from typing import Any

from sqlalchemy import String, Text, bindparam, select, text

from tests.builders import runs as builders
from tests.rest.sending import coco, png
from tests.suggestions.suggested import suggest
from tests.training import tested
from webapp.accounts import users
from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.exchange.imports import data_imports, single_request
from webapp.exchange.imports import runs as import_runs
from webapp.images import trash as image_trash
from webapp.images.intake import Upload
from webapp.line import watched_folders
from webapp.models import (
    AlertChannel,
    AlertDelivery,
    AlertEvent,
    AlertSettings,
    AuditAction,
    Category,
    Comment,
    Comparison,
    DetectionModel,
    Image,
    Measure,
    OutOfFoldDetection,
    OutOfFoldImage,
    Review,
    Role,
    RunStatus,
    Split,
    TrainingFold,
    User,
)
from webapp.models.columns import now
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.prediction.verdicts import rules
from webapp.prediction.verdicts.rules import NewRule
from webapp.projects import detection_models
from webapp.training import evaluations

SCRIPT = """=<script>window.hostile=1</script>"'><img src=x onerror=window.hostile=1>"""
FILE = """=<img src=x onerror=window.hostile=1>"'"""
WORD = "W" * 300
OWN = {
    "alert_delivery": {"key", "message_id"},
    "alert_settings": {"webhook_salt", "language", "base_url"},
    "audit_entry": {"actor", "address", "object_name", "before", "after", "hash"},
    "audit_head": {"hash"},
    "user_account": {"email", "password_hash", "locale", "theme", "one_time_sha256", "directory_login"},
    "api_token": {"token_sha256"},
    "user_session": {"token_sha256", "address"},
    "category": {"color"},
    "kept_label": {"fingerprint"},
    "image_file": {"suffix"},
    "import_file": {"path"},
    "data_import": {"key"},
    "dataset_version": {"hash"},
    "run_evaluation": {"test_hash"},
    "watched_folder": {"language"},
    "weights": {"path", "architecture", "kind"},
    "library_run": {"job_id"},
    "prediction_run": {"job_id", "device"},
    "training_run": {"job_id", "device"},
}
"""Columns that nobody types. The audit takes its texts from what is recorded; e-mail addresses are checked."""
OWN_EVERYWHERE = {"sha256", "picture_sha256"}


def of_people() -> list[tuple[str, str, int]]:
    """Table, column and length of every text that somebody enters: whatever is not named in ``OWN``."""
    return [
        (table.name, column.name, getattr(column.type, "length", None) or 600)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if type(column.type) in (String, Text)
        and column.name not in OWN_EVERYWHERE | OWN.get(table.name, set())
    ]


def fill(only: set[str] | None = None) -> None:
    """Write hostile texts over those of these tables; each row has its own."""
    for table, column, length in of_people():
        if only is not None and table not in only:
            continue
        is_file = column == "filename"
        begin, end = (FILE, ".jpg") if is_file else (SCRIPT, "")
        # A number for each row, where the word still leaves room.
        room = length - len(begin) - len(end) - 8
        parts = {"begin": begin, "word": WORD[: max(0, room - (15 if is_file else 0))], "end": end}
        statement = (
            f"UPDATE {table} SET {column} = :begin || :word || right(ctid::text, 5) || :end"  # noqa: S608
            f" WHERE NOT starts_with({column}, :begin)"
        )
        db.session.execute(
            text(statement).bindparams(*(bindparam(name, said, Text) for name, said in parts.items()))
        )
    db.session.commit()


def build(administrator: User) -> DetectionModel:
    """With all that pages show."""
    viewer = users.create_user("viewer@factory.test", builders.PASSWORD, Role.VIEWER)
    users.create_token(administrator.email, "Line 3")
    model = builders.model_with_photos(administrator, train=3)
    detection_models.update_model(model, SCRIPT, f"{SCRIPT} {WORD}")
    fill({"category", "image"})
    names = list(db.session.scalars(select(Category.name).order_by(Category.id)))
    _train(model, administrator, names)
    _predict(model, administrator, names)
    _import(model, administrator)
    first, second, third = db.session.scalars(select(Image).order_by(Image.id).limit(3))
    second.review, second.review_note = Review.REJECTED, "note"
    db.session.add(Comment(model_id=model.id, image_id=second.id, x=1, y=1, text="note", user_id=viewer.id))
    watched_folders.save(model, True, None, administrator)
    rules.add_rule(model, NewRule(names[0], Measure.COUNT, Comparison.ABOVE, 1))
    suggest(third, 0.9, category=names[0])
    image_trash.delete_images(model, Image.id == first.id, administrator)
    _tell(model)
    fill()
    for row in (model, viewer):
        record(AuditAction.EDIT, row, before={"name": SCRIPT}, after={"name": f"\u202e{SCRIPT}"})
    db.session.commit()
    # A session is there where a browser has signed in.
    tables = {table for table, _column, _length in of_people()} - {"user_session"}
    empty = [name for name in tables if not db.session.scalar(text(f"SELECT count(*) FROM {name}"))]  # noqa: S608
    assert empty == [], "no page shows the texts of these tables"
    return model


def _tell(model: DetectionModel) -> None:
    """Alerts that are set, and one that a receiver did not take; its error says what that receiver said."""
    moment = now()
    settings = {"events": [], "recipients": [SCRIPT], "language": "en", "base_url": "/", "seen_until": moment}
    db.session.add(AlertSettings(webhook_url="https://erp.factory.test/", webhook_salt="salt", **settings))
    document = {
        "kind": "training",
        "number": 1,
        "model_name": f"{SCRIPT} {WORD}",
        "status": "completed",
        "error": None,
    }
    known = {"event": AlertEvent.RUN_ENDED, "channel": AlertChannel.WEBHOOK, "document": document}
    db.session.add(
        AlertDelivery(key="a", message_id="msg_a", error="refused", next_try_at=moment, tries=1, **known)
    )
    db.session.commit()


def _train(model: DetectionModel, user: User, names: list[str]) -> None:
    metrics: dict[str, Any] = {
        "bbox": {"AP": 70.0},
        "segm": {"AP": 76.4, "AP50": 98.5, "AP75": 80.0} | {f"AP-{name}": 70.0 for name in names},
    }
    run = builders.finished_training(model, user, metrics=metrics)
    summary = tested.summary()
    for category, name in zip(summary["categories"], names, strict=True):
        category["name"] = name
    photo = db.session.scalars(select(Image).limit(1)).one()
    evaluations.store(run.id, summary, tested.photos(photo.sha256))
    found = OutOfFoldDetection(
        category=names[0],
        score=0.9,
        bbox=[1, 1, 9, 9],
        segmentation=builders.SEGMENTATION,
        area=81,
        length=9,
        width=9,
    )
    folded = OutOfFoldImage(run_id=run.id, fold=1, sha256=photo.sha256, judged=True, detections=[found])
    db.session.add(TrainingFold(run_id=run.id, number=1))
    db.session.flush()
    db.session.add(folded)
    db.session.commit()
    builders.finished_training(model, user, RunStatus.STOPPED, metrics=metrics)
    builders.running_training(model, user)


def _predict(model: DetectionModel, user: User, names: list[str]) -> None:
    run = builders.prediction(model, user, {"a.jpg": builders.photo_file(9), "in/b.jpg": b"no photo"})
    prediction_progress.claim(run.id)
    builders.predict_next(run, names)
    prediction_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())


def _import(model: DetectionModel, user: User) -> None:
    """One that was carried out, with labels for a photo that is not there; one that waits for answers."""

    def files(shade: int) -> list[Upload]:
        name = f"{FILE}{shade}.png"
        labels, labels_name = coco([name, f"missing {name}"], SCRIPT)
        return [Upload(name, io.BytesIO(png(shade=shade))), Upload(f"{FILE}{labels_name}", labels)]

    single_request.import_annotations(model, Split.TRAIN, [], files(1), user)
    waiting = data_imports.create(model, Split.TRAIN, user)
    for upload in files(2):
        data_imports.receive(waiting, upload)
    import_runs.start_reading(waiting, user)
