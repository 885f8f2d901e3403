"""What a file cannot say: the questions that a reader raises, and the answers by which it reads.

The names and values are those of the REST import.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class QuestionName(StrEnum):
    """Options of an import that may be asked in its preview.

    Readers raise all but the first two, which depend on the photos and on the labels that are there.
    """

    CONFLICTS = "conflicts"
    DOUBLES = "doubles"
    CROWD = "crowd"
    EMPTY = "empty"
    LINES = "lines"
    ORIENTATION = "orientation"
    ANNOTATOR = "annotator"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The answers; the defaults hold where nobody was asked."""

    crowd: Literal["crowd", "object"] | None = None
    """COCO's ``iscrowd``; None: objects where every mask of a file is marked, else crowds."""
    empty: Literal["no_object", "unlabelled"] = "unlabelled"
    """Photos that are listed without shapes."""
    lines: float | None = None
    """Width in pixels of the area that an open line becomes; None: lines are left out."""
    orientation: Literal["upright", "raw"] | None = None
    """Coordinates of photos that EXIF turns; None: as the sizes and points of each file suggest."""
    annotator: str | None = None
    """Whose shapes are taken of a photo that several people labelled; None: those submitted last."""


DEFAULT_OPTIONS = ReadOptions()


@dataclass(slots=True)
class Question:
    """One option that matters for a file."""

    name: QuestionName
    count: int = 0
    """Photos or shapes that the answer changes."""
    examples: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    """Possible answers where they come from the file (names of annotators); else empty."""
    default: str | None = None
    """What was read without an answer, where that depends on the file (``crowd`` or ``object``); else None."""

    def add(self, example: str) -> None:
        """Count a photo or a shape, and keep where it is while there are few."""
        self.count += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(example)


MAX_EXAMPLES = 5
"""Examples of one question for all files together."""


def merge_questions(questions: Iterable[Question]) -> list[Question]:
    """One question a name for several files; ``default`` is None where the files differ in it."""
    merged: dict[QuestionName, Question] = {}
    for one in questions:
        known = merged.get(one.name)
        if known is None:
            known = merged[one.name] = Question(one.name, default=one.default)
        elif known.default != one.default:
            known.default = None
        known.count += one.count
        known.examples += one.examples[: MAX_EXAMPLES - len(known.examples)]
        known.choices += [choice for choice in one.choices if choice not in known.choices]
    return list(merged.values())
