"""The kinds of mistakes that labels may have."""

from enum import StrEnum


class MistakeKind(StrEnum):
    """What seems to be wrong with labels."""

    MISSING = "missing"
    WRONG_CATEGORY = "wrong_category"
    SHIFTED = "shifted"
    """It lies beside the object, or is much too large or too small."""
    MERGED = "merged"
    """One label for two objects."""
    DOUBLED = "doubled"
    """Two labels for one object."""
    SPURIOUS = "spurious"
    """A label where there is nothing."""
