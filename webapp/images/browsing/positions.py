"""Positions in the orders of the gallery, as tokens for URLs."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.images.browsing.queries import Sort
from webapp.models import Image
from webapp.models.columns import LARGEST_ID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Position:
    """The sort keys of a photo in every order; remains valid when the photo is deleted."""

    labelled: bool
    created_at: datetime
    id: int
    filename: str

    @classmethod
    def of(cls, image: Image) -> "Position":
        """The present position of a photo."""
        return cls(image.labelled, image.created_at, image.id, image.filename)

    def token(self, sort: Sort) -> str:
        """As text for a URL, with the keys of this order only."""
        if sort is Sort.NAME:
            parts: list[Any] = [self.filename]
        else:
            parts = [int(self.labelled), (self.created_at - EPOCH) // MICROSECOND, self.id]
        return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str, sort: Sort) -> "Position | None":
        """Parse a token; None if it is no position of this order."""
        try:
            parts = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            return None
        match parts:
            case [str(filename)] if sort is Sort.NAME and _storable(filename):
                return cls(False, EPOCH, 0, filename)
            case [0 | 1 as labelled, int(micros), int(number)] if sort is not Sort.NAME:
                if not 0 <= number <= LARGEST_ID:
                    return None
                try:
                    return cls(bool(labelled), EPOCH + micros * MICROSECOND, number, "")
                except OverflowError:
                    return None
        return None


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
