"""A model in which every text that somebody has entered is a script, a formula, and a word without end."""

from typing import Any

from sqlalchemy import String, Text, bindparam, text

from tests.builders import runs as builders
from webapp.accounts import users
from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.images import trash as image_trash
from webapp.models import AuditAction, DetectionModel, Image, Review, RunStatus, User
from webapp.models.columns import now
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models

SCRIPT = """=<script>window.hostile=1</script>"'><img src=x onerror=window.hostile=1>"""
FILE = """=<img src=x onerror=window.hostile=1>"'"""
WORD = "W" * 300
OWN = {
    "audit_entry": {"actor", "address", "object_name", "before", "after", "hash"},
    "audit_head": {"hash"},
    "user_account": {"email", "password_hash", "locale", "theme", "one_time_sha256"},
    "api_token": {"token_sha256"},
    "user_session": {"token_sha256", "address"},
    "category": {"color"},
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
    viewer = users.create_user("viewer@factory.test", builders.PASSWORD, users.Role.VIEWER)
    users.create_token(administrator.email, "Line 3")
    model = builders.model_with_photos(administrator, train=3)
    detection_models.update_model(model, SCRIPT, f"{SCRIPT} {WORD}")
    fill({"category", "image"})
    names = [name for (name,) in db.session.query(builders.db.metadata.tables["category"].c.name)]
    metrics: dict[str, Any] = {
        "bbox": {"AP": 70.0},
        "segm": {"AP": 76.4, "AP50": 98.5, "AP75": 80.0} | {f"AP-{name}": 70.0 for name in names},
    }
    builders.finished_training(model, administrator, metrics=metrics)
    builders.finished_training(model, administrator, RunStatus.STOPPED, metrics=metrics)
    builders.running_training(model, administrator)
    run = builders.prediction(model, administrator, {"a.jpg": builders.photo_file(9)})
    prediction_progress.claim(run.id)
    builders.predict_next(run, names)
    prediction_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    first, second = db.session.query(Image).order_by(Image.id).limit(2)
    second.review, second.review_note = Review.REJECTED, "note"
    db.session.commit()
    image_trash.delete_images(model, Image.id == first.id, administrator)
    fill()
    for row in (model, viewer):
        record(AuditAction.EDIT, row, before={"name": SCRIPT}, after={"name": f"\u202e{SCRIPT}"})
    db.session.commit()
    return model
