"""Undo of a move. The earlier splits are kept in Redis for a day and may be lost."""

import json
import secrets
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from redis.exceptions import RedisError

from webapp.core.errors import UserError
from webapp.images.moves import Moved
from webapp.models import DetectionModel, Split

KEPT = timedelta(days=1)


def remember(model: DetectionModel, moved: Moved) -> str | None:
    """A name for this move; None if nothing moved or Redis is unavailable."""
    if not moved.count:
        return None
    name = secrets.token_urlsafe(12)
    ids = {split.value: found for split, found in moved.came_from.items()}
    try:
        current_app.extensions["redis"].set(_key(model, name), json.dumps(ids), ex=KEPT)
    except RedisError:
        return None
    return name


def plan(model: DetectionModel, name: str) -> dict[Split, list[int]]:
    """Photo ids by their earlier split. Raises UserError (409) if it is not stored any more."""
    kept = current_app.extensions["redis"].get(_key(model, name))
    if kept is None:
        raise UserError(
            _("This move cannot be undone any more: tick the photos and move them back."),
            code="undo_gone",
            status=409,
        )
    return {Split(split): ids for split, ids in json.loads(kept).items()}


def _key(model: DetectionModel, name: str) -> str:
    return f"photo-move:{model.id}:{name[:64]}"
