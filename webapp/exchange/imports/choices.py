"""What is chosen for an import: the answers to the questions of its preview, categories, and the split of new photos.

Names and values of the answers are those of the REST API.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from flask_babel import gettext as _

from webapp.annotations.categories import MAX_NAME_LENGTH
from webapp.core.errors import UserError
from webapp.formats.annotations.options import DEFAULT_OPTIONS, Question, QuestionName, ReadOptions
from webapp.models import Split


class Conflict(StrEnum):
    """What to do with a photo that already has labels."""

    KEEP = "keep"
    """Keep its labels and skip those of the file."""
    MERGE = "merge"
    """Add the shapes of the file, without duplicates."""
    REPLACE = "replace"
    """Replace its labels by those of the file."""


class Doubles(StrEnum):
    """Which labels count where one photo has several sets of them that differ: under two names, or in two files."""

    FIRST = "first"
    SECOND = "second"
    """The last, where there are more than two."""
    BOTH = "both"
    """All, the same shape once."""


LEAVE_OUT = "leave_out"
"""Answer to ``lines``: no width."""
LAST = "last"
"""Answer to ``annotator``: whoever submitted last."""
MAX_LINE_WIDTH = 1000.0
"""Pixels."""
CHOICES: dict[QuestionName, tuple[str, ...]] = {
    QuestionName.CONFLICTS: tuple(Conflict),
    QuestionName.DOUBLES: tuple(Doubles),
    QuestionName.CROWD: ("crowd", "object"),
    QuestionName.EMPTY: ("unlabelled", "no_object"),
    QuestionName.LINES: (LEAVE_OUT, "1", "2", "3", "5", "10"),
    QuestionName.ORIENTATION: ("upright", "raw"),
    QuestionName.ANNOTATOR: (LAST,),
}
"""Answers in the order of the page. Of ``lines`` any width is one; names of annotators come from the files."""


@dataclass
class ImportChoices:
    """Answers, categories and split of an import."""

    conflicts: Conflict = Conflict.KEEP
    categories: dict[str, str | None] = field(default_factory=dict)
    """Maps category names of the files to names in the model, None: skipped; missing ones keep their name."""
    split: Split | None = None
    """Split of all new photos; None: that of the files and folders, else that of the import."""
    doubles: Doubles = Doubles.BOTH
    reading: ReadOptions = DEFAULT_OPTIONS
    """Answers by which the files are read."""

    def category(self, name: str) -> str | None:
        """The name in the model; None if the category is skipped."""
        return self.categories.get(name, name)

    def answer(self, name: QuestionName) -> str | None:
        """As the REST API writes it; None if nothing was said, so that each file is read as it suggests."""
        if name is QuestionName.CONFLICTS:
            return self.conflicts
        if name is QuestionName.DOUBLES:
            return self.doubles
        if name is QuestionName.LINES:
            return LEAVE_OUT if self.reading.lines is None else f"{self.reading.lines:g}"
        if name is QuestionName.ANNOTATOR:
            return self.reading.annotator or LAST
        return getattr(self.reading, name.value)

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


def read_options(answers: Mapping[str, str]) -> ReadOptions:
    """The options of these answers; one that is missing or not among ``CHOICES`` is the default.

    Raises UserError (422) for a width of lines that is none.
    """

    def chosen(name: QuestionName) -> Any:
        return answers[name] if answers.get(name) in CHOICES[name] else None

    annotator = answers.get(QuestionName.ANNOTATOR, LAST)
    return ReadOptions(
        crowd=chosen(QuestionName.CROWD),
        empty=chosen(QuestionName.EMPTY) or DEFAULT_OPTIONS.empty,
        lines=line_width(answers.get(QuestionName.LINES) or LEAVE_OUT),
        orientation=chosen(QuestionName.ORIENTATION),
        annotator=None if annotator in ("", LAST) else annotator,
    )


def line_width(answer: str) -> float | None:
    """Pixels; None where lines are left out. Raises UserError (422)."""
    if answer == LEAVE_OUT:
        return None
    try:
        width = float(answer)
    except ValueError:
        width = 0.0
    if not 0 < width <= MAX_LINE_WIDTH:
        raise UserError(
            _("The width of a line is a number of pixels above 0 and up to 1000."),
            code="line_width_invalid",
            field=QuestionName.LINES,
        )
    return width


def asked(questions: Iterable[Question], choices: ImportChoices) -> list[dict[str, Any]]:
    """What a preview asks, in the order of ``CHOICES``: ``{name, default, answer, count, examples, choices}`` each.

    ``default`` is None where each file is read as it suggests.
    """
    by_name = {one.name: one for one in questions if one.count}
    return [
        {
            "name": name.value,
            "default": one.default or ImportChoices().answer(name),
            "answer": choices.answer(name) or one.default,
            "count": one.count,
            "examples": one.examples,
            "choices": list(dict.fromkeys([*known, *one.choices])),
        }
        for name, known in CHOICES.items()
        if (one := by_name.get(name)) is not None
    ]
