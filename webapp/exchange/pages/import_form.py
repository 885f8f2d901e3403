"""The form below an import's preview: questions of the files, categories, split of new photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from webapp.annotations import categories
from webapp.exchange.imports.choices import (
    Conflict,
    Doubles,
    ImportChoices,
    choices_of,
    read_options,
)
from webapp.formats.annotations.options import QuestionName
from webapp.models import Category, DataImport, Split

NEW, SKIP = "new", "skip"
WIDTH = "width"
"""The answer to ``lines`` that takes its number from the field ``lines-width``."""


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
    """The rows as sent, else as chosen for this preview.

    Initially each category is mapped to the model's one of the same name, else to a new one.
    """
    found = []
    by_name = {category.name.casefold(): category for category in reversed(existing)}
    by_name |= {category.name: category for category in existing}
    chosen_before = choices_of(preview.get("choices", {})).categories
    for number, category in enumerate(preview["categories"]):
        name = category["name"]
        into = chosen_before.get(name, name)
        same = by_name.get(into or "") or by_name.get((into or "").casefold())
        proposed = SKIP if into is None else str(same.id) if same else NEW
        chosen = request.form.get(f"category-{number}") or proposed
        new_name = request.form.get(f"name-{number}", into or name)
        found.append(CategoryRow(name, category["shapes"], category["photos"], chosen, new_name))
    return found


def choices(data_import: DataImport) -> ImportChoices:
    """Parse the form; invalid values get their initial value. Raises UserError for a width of lines that is none."""
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
    answers = _answers(preview.get("questions", []))
    conflicts, doubles = answers.get(QuestionName.CONFLICTS), answers.get(QuestionName.DOUBLES)
    split = request.form.get("split", "")
    return ImportChoices(
        conflicts=Conflict(conflicts) if conflicts in list(Conflict) else Conflict.KEEP,
        categories=mapping,
        split=Split(split) if split in list(Split) else None,
        doubles=Doubles(doubles) if doubles in list(Doubles) else Doubles.BOTH,
        reading=read_options(answers),
    )


def _answers(questions: list[dict[str, Any]]) -> dict[str, str]:
    """What was answered; without those that are the default anyway."""
    answers = {}
    for question in questions:
        name = question["name"]
        answer = request.form.get(name, "")
        if name == QuestionName.LINES and answer == WIDTH:
            answer = request.form.get("lines-width", "")
        if answer and answer != question["default"]:
            answers[name] = answer
    return answers


def split_counts(preview: dict[str, Any], default: Split) -> dict[Split, int]:
    """Number of new photos by split, without changes by the user."""
    named = {Split(name): count for name, count in preview["splits"].items()}
    named[default] = named.get(default, 0) + preview["new"] - sum(named.values())
    return {split: named.get(split, 0) for split in Split}
