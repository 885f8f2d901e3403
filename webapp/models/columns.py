"""Column types that every table shares."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import DateTime, Identity
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import mapped_column

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
