"""Column types that every table shares."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import ARRAY, DateTime, Double, Identity
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import Mapped, mapped_column

from webapp.formats.images.value_range import MeasuredValues, ValueRange

PrimaryKey = Annotated[int, mapped_column(Identity(), primary_key=True)]
LARGEST_ID = 2**31 - 1
"""Of a ``PrimaryKey``."""


def now() -> datetime:
    """The time, in UTC, as every timestamp is kept."""
    return datetime.now(UTC)


Timestamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), default=now)]


def enum_column(enum: type[StrEnum]) -> SqlEnum:
    """An enum kept as its text with a check: a new member needs no ALTER TYPE."""
    return SqlEnum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class MeasuredColumns:
    """What is known of the values of a photo with more than 8 bits a sample; None in all for every other."""

    lowest_value: Mapped[float | None] = mapped_column(Double)
    highest_value: Mapped[float | None] = mapped_column(Double)
    stated_range: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    """``[low, high]``: black and white as the file says."""

    @property
    def measured(self) -> MeasuredValues | None:
        """None for a file of 8 bits, and for what was stored as 8 bits before these columns."""
        if self.lowest_value is None or self.highest_value is None:
            return None
        return MeasuredValues(self.lowest_value, self.highest_value, ValueRange.of(self.stated_range))


def measured_columns(measured: MeasuredValues | None) -> dict[str, Any]:
    """The values of ``MeasuredColumns``."""
    stated = measured.stated if measured else None
    return {
        "lowest_value": measured.lowest if measured else None,
        "highest_value": measured.highest if measured else None,
        "stated_range": stated.numbers if stated else None,
    }
