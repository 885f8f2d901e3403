"""The form below an import's preview: categories, conflicts with existing labels, split of new photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from webapp.annotations import categories
from webapp.exchange.imports.choices import Conflict, ImportChoices
from webapp.models import Category, DataImport, Split

NEW, SKIP = "new", "skip"


@dataclass(frozen=True)
class CategoryRow:
    """A row of the form: one category of the files."""

    name: str
    shapes: int
    photos: int
    chosen: str
    """``new``, ``skip``, or the id of a category of the model."""
    new_name: str


def rows(preview: dict[str, Any], existing: Sequence[Category]) -> list[CategoryRow]:
    """The rows as sent; initially each category is mapped to the model's one of the same name, else to a new one."""
    found = []
    by_name = {category.name.casefold(): category for category in reversed(existing)}
    by_name |= {category.name: category for category in existing}
    for number, category in enumerate(preview["categories"]):
        name = category["name"]
        same = by_name.get(name) or by_name.get(name.casefold())
        chosen = request.form.get(f"category-{number}") or (str(same.id) if same else NEW)
        new_name = request.form.get(f"name-{number}", name)
        found.append(CategoryRow(name, category["shapes"], category["photos"], chosen, new_name))
    return found


def choices(data_import: DataImport) -> ImportChoices:
    """Parse the form; invalid values get their initial value."""
    preview = data_import.preview or {"categories": []}
    names = {str(category.id): category.name for category in categories.list_categories(data_import.model)}
    mapping: dict[str, str | None] = {}
    for number, category in enumerate(preview["categories"]):
        name, chosen = category["name"], request.form.get(f"category-{number}")
        if chosen == SKIP:
            mapping[name] = None
        elif chosen in names:
            mapping[name] = names[chosen]
        elif chosen == NEW:
            mapping[name] = request.form.get(f"name-{number}", name)
    conflicts = request.form.get("conflicts", "")
    split = request.form.get("split", "")
    return ImportChoices(
        conflicts=Conflict(conflicts) if conflicts in list(Conflict) else Conflict.KEEP,
        categories=mapping,
        split=Split(split) if split in list(Split) else None,
    )


def split_counts(preview: dict[str, Any], default: Split) -> dict[Split, int]:
    """Number of new photos by split, without changes by the user."""
    named = {Split(name): count for name, count in preview["splits"].items()}
    named[default] = named.get(default, 0) + preview["new"] - sum(named.values())
    return {split: named.get(split, 0) for split in Split}
