"""An import, from the first uploaded file to the report."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, MeasuredColumns, PrimaryKey, Timestamp, enum_column, now
from webapp.models.images import Split
from webapp.models.projects import DetectionModel
from webapp.models.runs import LibraryRun


class ImportStage(StrEnum):
    """The stage of an import; the state of running work is in its run."""

    RECEIVING = "receiving"
    """Files are being uploaded; nothing was read yet."""
    PREVIEW = "preview"
    """Everything was read; ``preview`` has the result of a dry run."""
    COMPLETED = "completed"
    """The labels are in the model and ``report`` is kept."""


class DataImport(Model):
    """Annotation files and photos that are imported into a model together."""

    __tablename__ = "data_import"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Chosen by the page that sends the files one by one, before the import exists."""
    split: Mapped[Split] = mapped_column(enum_column(Split))
    """The split of new photos."""
    stage: Mapped[ImportStage] = mapped_column(enum_column(ImportStage), default=ImportStage.RECEIVING)
    filename: Mapped[str] = mapped_column(String(255), default="")
    """Names of the annotation files, for lists."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("library_run.id", ondelete="SET NULL"))
    """The newest run of this import."""
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The keys of the REST contract and a few more; each finding with some examples."""
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB, deferred=True)
    """Every finding; see ``ImportFindings.document``."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Timestamp] = mapped_column(default=now)
    """Time of the last change; abandoned imports are deleted by it."""
    model: Mapped[DetectionModel] = relationship()
    run: Mapped[LibraryRun | None] = relationship()


class FileKind(StrEnum):
    """What a file of an import is, by its content."""

    PHOTO = "photo"
    ANNOTATIONS = "annotations"
    ZIP = "zip"
    MASK = "mask"
    """A picture whose path is that of a mask; once read, one that is a mask and not a photo."""
    LITTER = "litter"
    """A file of an operating system (macOS ``._*``); reported and not read."""


class ImportFile(MeasuredColumns, Model):
    """One file of an import that has no report yet.

    Its bytes are in ``storage.import_dir``; those of a checked photo are among the stored photos.
    """

    __tablename__ = "import_file"

    id: Mapped[PrimaryKey]
    import_id: Mapped[int] = mapped_column(ForeignKey("data_import.id", ondelete="CASCADE"), index=True)
    derived: Mapped[bool] = mapped_column(default=False)
    """Extracted from a zip or an annotation file."""
    path: Mapped[str] = mapped_column(Text)
    """Path with slashes, including the folders of the upload or the zip."""
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[FileKind] = mapped_column(enum_column(FileKind))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """Only of a checked photo."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    orientation: Mapped[int | None] = mapped_column(SmallInteger)
    """As ``ImageFile.orientation``."""
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why it is not used: a document of ``webapp.images.faults``."""
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    """Of a checked photo, as ``ImageFile.remarks``."""
