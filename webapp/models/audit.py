"""The audit: who did what, when, from where and to which object. Rows are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, String, Text, cast, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.type_api import UserDefinedType

from webapp.core.extensions import Model
from webapp.models.columns import enum_column


class AuditAction(StrEnum):
    """What was done. ``webapp/audit/words.py`` has the words."""

    SIGN_IN = "sign_in"
    FAIL_SIGN_IN = "fail_sign_in"
    SIGN_OUT = "sign_out"
    END_SESSIONS = "end_sessions"
    CHANGE_PASSWORD = "change_password"  # noqa: S105
    RESET_PASSWORD = "reset_password"  # noqa: S105
    UNLOCK = "unlock"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"
    """Deleted for good."""
    COPY = "copy"
    MERGE = "merge"
    LABEL = "label"
    REVIEW = "review"
    ASSIGN = "assign"
    IMPORT = "import"
    EXPORT = "export"
    DOWNLOAD = "download"
    TRAIN = "train"
    PREDICT = "predict"
    SUGGEST = "suggest"
    STOP = "stop"
    RESUME = "resume"
    FINISH = "finish"
    """A run has ended."""
    SAVE_WEIGHTS = "save_weights"
    CHOOSE_WEIGHTS = "choose_weights"
    CHANGE_RULES = "change_rules"
    """OK/NG rules, score thresholds, suppression."""


class AuditKind(StrEnum):
    """What it was done to."""

    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105
    MODEL = "model"
    IMAGE = "image"
    CATEGORY = "category"
    TRAINING_RUN = "training_run"
    WEIGHTS = "weights"
    PREDICTION_RUN = "prediction_run"
    WATCHED_FOLDER = "watched_folder"


class AuditDoor(StrEnum):
    """By which way."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"
    """``bin/manage``."""
    SYSTEM = "system"
    """By itself, or by a worker for somebody."""


class IdRanges(UserDefinedType[str]):
    """``int4multirange`` as PostgreSQL's text, ``{[1,5),[9,10)}``: thousands of ids of photos are few ranges."""

    cache_ok = True

    def get_col_spec(self, **_kwargs: Any) -> str:
        """The type's name."""
        return "int4multirange"

    def bind_expression(self, bindvalue: Any) -> Any:
        """A text is sent."""
        return cast(bindvalue, self)

    def column_expression(self, column: Any) -> Any:
        """A text is read."""
        return cast(column, Text)


class AuditEntry(Model):
    """One row. ``id`` counts without a gap; ``hash`` is of this row and the one before (``webapp/audit/chain.py``).

    No foreign keys: rows outlive what they are about, and nothing may change them afterwards.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor", "actor", "id"),
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_kind", "object_kind", "id"),
        Index("ix_audit_entry_object", "object_kind", "object_id", "id"),
        Index("ix_audit_entry_model", "model_id", "id"),
        Index(
            "ix_audit_entry_object_ids",
            "object_ids",
            postgresql_using="gist",
            postgresql_where=text("object_ids IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[AuditAction] = mapped_column(enum_column(AuditAction))
    actor_id: Mapped[int | None]
    """The account; None: the product itself, somebody at the server's command line, or nobody known."""
    actor: Mapped[str] = mapped_column(String(254))
    """E-mail address, or the user of the operating system, as it was then."""
    door: Mapped[AuditDoor] = mapped_column(enum_column(AuditDoor))
    address: Mapped[str | None] = mapped_column(String(45))
    token_id: Mapped[int | None]
    """Of the API token."""
    object_kind: Mapped[AuditKind | None] = mapped_column(enum_column(AuditKind))
    object_id: Mapped[int | None]
    """None where several were meant."""
    object_name: Mapped[str] = mapped_column(String(255))
    model_id: Mapped[int | None]
    number: Mapped[int | None]
    """How many objects; None: one."""
    object_ids: Mapped[str | None] = mapped_column(IdRanges())
    """Which ones, of a bulk action."""
    before: Mapped[str | None] = mapped_column(Text)
    """JSON with the fields that changed. A text, since the hash is of its letters."""
    after: Mapped[str | None] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Model):
    """The end of the chain, one row: whoever adds holds it until the commit."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("one", name="one_row"),)

    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
