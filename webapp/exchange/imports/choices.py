"""The user's choices after the preview of an import."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from flask_babel import gettext as _

from webapp.annotations.categories import MAX_NAME_LENGTH
from webapp.core.errors import UserError
from webapp.models import Split


class Conflict(StrEnum):
    """What to do with a photo that already has labels."""

    KEEP = "keep"
    """Keep its labels and skip those of the file."""
    MERGE = "merge"
    """Add the shapes of the file, without duplicates."""
    REPLACE = "replace"
    """Replace its labels by those of the file."""


@dataclass
class ImportChoices:
    """Categories, split and conflict handling of an import."""

    conflicts: Conflict = Conflict.KEEP
    categories: dict[str, str | None] = field(default_factory=dict)
    """Maps category names of the files to names in the model, None: skipped; missing ones keep their name."""
    split: Split | None = None
    """Split of all new photos; None: that of the file, else that of the import."""

    def category(self, name: str) -> str | None:
        """The name in the model; None if the category is skipped."""
        return self.categories.get(name, name)

    def check(self) -> None:
        """Raises UserError, with the category's original name as ``field``, for an invalid new name."""
        for name, chosen in self.categories.items():
            if chosen is None:
                continue
            clean = " ".join(chosen.split())
            if not clean or len(clean) > MAX_NAME_LENGTH or not clean.isprintable():
                raise UserError(
                    _("A category needs a name of at most 100 characters."),
                    code="category_invalid",
                    field=name,
                )
            self.categories[name] = clean

    def as_document(self) -> dict[str, Any]:
        """For parameters of a run."""
        return msgspec.to_builtins(self)


def choices_of(document: dict[str, Any]) -> ImportChoices:
    """Inverse of ``ImportChoices.as_document``."""
    return msgspec.convert(document, ImportChoices)
