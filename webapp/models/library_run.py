"""Background work on the library: imports, exports, copies, and what is done with many photos at once."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.contracts.run_status import RunStatus
from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column
from webapp.models.detection_model import DetectionModel


class LibraryKind(StrEnum):
    """What the work is."""

    IMPORT_PREVIEW = "import_preview"
    IMPORT = "import"
    EXPORT = "export"
    COPY = "copy"
    MOVE = "move"
    DELETE = "delete"
    RESTORE = "restore"
    SPLIT = "split"
    ADD = "add"
    """The photos of a zip."""
    SUGGEST = "suggest"
    ACCEPT = "accept"
    """Of suggestions, on all photos of a tab."""


class LibraryRun(Model):
    """One piece of work, with the columns every run has (``webapp/runs/states``)."""

    __tablename__ = "library_run"
    __table_args__ = (Index("ix_library_run_model", "model_id", "kind", "id"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    kind: Mapped[LibraryKind] = mapped_column(enum_column(LibraryKind))
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus), default=RunStatus.QUEUED, index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What was asked for; ``language`` is the asker's."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    """None while it is not known."""
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``{"code": …, "params": {…}}`` of ``run_errors``, or ``{"code": …, "message": …}`` in the asker's language."""
    job_id: Mapped[str | None] = mapped_column(String(64))
    stop_requested_at: Mapped[Timestamp | None]
    heartbeat_at: Mapped[Timestamp | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[Timestamp | None]
    finished_at: Mapped[Timestamp | None]
    model: Mapped[DetectionModel] = relationship()
