"""Patterns in the names of photos that may say which of them belong together: proposed here, chosen by a person.

A pattern is a regular expression of PostgreSQL; photos whose names give the same text in its first pair of parentheses
belong together. The database evaluates it, under a time limit: Python's engine can take for ever on a bad expression.
"""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel

MAX_LENGTH = 300
SECONDS = 5
EXAMPLES = 3
PATTERNS = {
    "roboflow": r"^(.+)\.rf\.[0-9A-Za-z]{6,}\.[^.]+$",
    "changed": r"(?i)^(.+?)(?:[-_ ](?:rot(?:ated?|ation)?|turned|flip(?:ped)?|mirror(?:ed)?|crop(?:ped)?|aug(?:mented)?"
    r"|bright(?:er|ness)?|dark(?:er)?|blur(?:red)?|noisy?|shift(?:ed)?|scaled?)[-_ ]?[hvxy0-9]*)*\.[^.]+$",
    "frames": r"^(.*?)[-_ ]?[0-9]+\.[^.]+$",
    "serial": r"^([A-Za-z]+[-_]?[0-9]+)[-_ ]",
    "date": r"((?:19|20)[0-9]{2}[-_]?[01][0-9][-_]?[0-3][0-9])",
}
"""What they join: versions of one source by Roboflow; turned and changed copies; frames of one film; one serial number;
one day."""


@dataclass(frozen=True)
class Proposal:
    """A pattern that fits the names of a model."""

    kind: str
    """Key of ``PATTERNS``; ``own`` for one that a person wrote."""
    pattern: str
    groups: int
    """Groups of at least two photos."""
    photos: int
    """Photos in them."""
    largest: int
    total: int
    """Photos of the model."""
    examples: list[list[str]]
    """Names of some groups, ``EXAMPLES`` of each."""


_GROUPED = text(
    """
    SELECT count(*) AS size, (array_agg(filename ORDER BY id))[1:3] AS names, sum(count(*)) OVER () AS total
    FROM image, substring(filename FROM CAST(:pattern AS text)) AS key
    WHERE model_id = :model_id GROUP BY coalesce(lower(key), id::text || '/') ORDER BY count(*) DESC, min(id)
    """
)


def proposals(model: DetectionModel) -> list[Proposal]:
    """The patterns that say something: they make groups, and not one of everything."""
    counted = [count(model, pattern, kind) for kind, pattern in PATTERNS.items()]
    return [one for one in counted if one.groups and one.largest < one.total]


def count(model: DetectionModel, pattern: str, kind: str = "own") -> Proposal:
    """What the pattern makes of the names. Raises UserError beside the field ``pattern``."""
    rows = _evaluated(pattern, model)
    groups = [row for row in rows if row.size > 1]
    return Proposal(
        kind=kind,
        pattern=pattern,
        groups=len(groups),
        photos=sum(row.size for row in groups),
        largest=max((row.size for row in groups), default=0),
        total=int(rows[0].total) if rows else 0,
        examples=[list(row.names) for row in groups[:EXAMPLES]],
    )


def check(pattern: str) -> None:
    """Raises UserError beside the field ``pattern`` where it is too long or has no group."""
    if len(pattern) > MAX_LENGTH:
        raise UserError(
            _("Enter at most %(n)s characters.", n=MAX_LENGTH), code="pattern_invalid", field="pattern"
        )
    if "(" not in pattern or "\0" in pattern:
        raise UserError(
            _(
                "Put what photos have in common into parentheses, as in ^(.+)_[0-9]+ for names such as bolt7_001.jpg."
            ),
            code="pattern_invalid",
            field="pattern",
        )


def limited(pattern: str) -> None:
    """Checks the pattern, and gives the statements of this transaction ``SECONDS``."""
    check(pattern)
    db.session.execute(text(f"SET LOCAL statement_timeout = '{SECONDS}s'"))


def refusal(error: DBAPIError) -> UserError:
    """What to tell of a pattern that the database refused; rolls back."""
    db.session.rollback()
    if isinstance(error, OperationalError):
        sentence = _("This expression takes too long on the names of this model: make it simpler.")
    else:
        sentence = _("This is no regular expression: check its parentheses and brackets.")
    return UserError(sentence, code="pattern_invalid", field="pattern")


def _evaluated(pattern: str, model: DetectionModel):  # type: ignore[no-untyped-def]
    limited(pattern)
    try:
        rows = db.session.execute(_GROUPED, {"pattern": pattern, "model_id": model.id}).all()
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
    except (DataError, OperationalError) as error:
        raise refusal(error) from error
    return rows
