"""Columns common to all runs, and ``LibraryRun``: imports, exports, copies, and changes of many photos at once."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, Double, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from webapp.contracts.run_status import RunStatus
from webapp.core.extensions import Model
from webapp.formats.images.value_range import ValueRange
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column
from webapp.models.projects import DetectionModel


class RunColumns:
    """The columns of every kind of run; ``webapp/runs/states.py`` changes them."""

    __tablename__: str

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus), default=RunStatus.QUEUED, index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``{"code": …, "params": {…}}``; ``webapp.runs.errors`` makes a sentence of it in the user's language."""
    job_id: Mapped[str | None] = mapped_column(String(64))
    """Of RQ; None until the run is queued."""
    stop_requested_at: Mapped[Timestamp | None]
    heartbeat_at: Mapped[Timestamp | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[Timestamp | None]
    finished_at: Mapped[Timestamp | None] = mapped_column(index=True)

    @declared_attr
    @classmethod
    def model(cls) -> Mapped[DetectionModel]:
        """The model it belongs to."""
        return relationship()


class RangeColumn:
    """The range of values that a run keeps, whatever becomes of the setting of its model."""

    value_range: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    """``[low, high]`` of photos with more than 8 bits whose file says none; None while the model had no such photo."""

    @property
    def range_in_use(self) -> ValueRange | None:
        """As ``DetectionModel.range_in_use`` was at the start of the run."""
        return ValueRange.of(self.value_range)


class LibraryKind(StrEnum):
    """The kind of work."""

    IMPORT_PREVIEW = "import_preview"
    IMPORT = "import"
    EXPORT = "export"
    COPY = "copy"
    MOVE = "move"
    DELETE = "delete"
    RESTORE = "restore"
    SPLIT = "split"
    ADD = "add"
    """Add the photos of a zip."""
    SUGGEST = "suggest"
    DOUBLES = "doubles"
    """Look for doubled labels, remove them, or bring them back."""
    ACCEPT = "accept"
    """Accept suggestions on all photos of a tab."""


class LibraryRun(RunColumns, Model):
    """One piece of background work on the library.

    ``parameters`` are those of the request, with the requester's ``language``. ``error`` may also be ``{"code":
    …, "message": …}`` in that language.
    """

    __tablename__ = "library_run"
    __table_args__ = (Index("ix_library_run_model", "model_id", "kind", "id"),)

    kind: Mapped[LibraryKind] = mapped_column(enum_column(LibraryKind))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    """None until it is known."""
    resumes: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was begun again because its worker had died."""
