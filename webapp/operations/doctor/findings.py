"""What a check answers with. Nothing is changed by a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

EXAMPLES = 5


@dataclass(frozen=True)
class Complaint:
    """Something that is wrong: a sentence that says what, and what to do."""

    sentence: str
    examples: list[str] = field(default_factory=list)
    mend: Callable[[], object] | None = None
    """Puts it right; None where only a person can."""


Check = Callable[[], Iterator[Complaint]]
