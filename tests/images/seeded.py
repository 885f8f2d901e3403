"""Photos as rows alone, without files: enough for what asks the database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, ImageFile, Split

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)


def add_photo(model: DetectionModel, filename: str, day: int = 0, **columns: Any) -> Image:
    """A photo that was added ``day`` days after ``FIRST_DAY``; the caller commits."""
    sha256 = f"{model.id}-{filename}".encode().hex()[:64].ljust(64, "0")
    db.session.add(ImageFile(sha256=sha256, suffix=".jpg", width=80, height=60, size=1))
    db.session.flush()
    image = Image(
        model_id=model.id,
        sha256=sha256,
        filename=filename,
        created_at=FIRST_DAY + timedelta(days=day),
        **({"split": Split.TRAIN} | columns),
    )
    db.session.add(image)
    db.session.flush()
    return image
