"""What somebody decides between the preview of an import and the import itself."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from flask_babel import gettext as _

from webapp.annotations.categories import MAX_NAME_LENGTH
from webapp.core.errors import UserError
from webapp.models import Split


class Conflict(StrEnum):
    """What happens to a photo that has labels already."""

    KEEP = "keep"
    """Its labels stay, those of the file are left out."""
    MERGE = "merge"
    """The shapes of the file come beside those that are there; the same shape only once."""
    REPLACE = "replace"
    """Its labels go, those of the file take their place."""


@dataclass
class ImportChoices:
    """How an import is carried out."""

    conflicts: Conflict = Conflict.KEEP
    categories: dict[str, str | None] = field(default_factory=dict)
    """The name in the model of a category of the files, None: left out. One that is not named keeps its name."""
    split: Split | None = None
    """Where every new photo goes; None: where the file says, else where the import was opened."""

    def category(self, name: str) -> str | None:
        """The name in the model."""
        return self.categories.get(name, name)

    def check(self) -> None:
        """Raises UserError, with the category's own name as ``field``, where a new name cannot be one."""
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
        """For the parameters of a run."""
        return msgspec.to_builtins(self)


def choices_of(document: dict[str, Any]) -> ImportChoices:
    """The choices again."""
    return msgspec.convert(document, ImportChoices)
