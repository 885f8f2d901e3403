"""Who has which photo open for labelling: a light lock in Redis that ends by itself.

It keeps two people from the same photo. It is no guard: labels of two people are told apart by their version. While
Redis is away nobody has anything open.
"""

import logging
import time

from flask import current_app
from redis.exceptions import RedisError

from webapp.core.extensions import db
from webapp.models import Image, User

_log = logging.getLogger(__name__)
SECONDS = 60
"""How long it lasts after the last sign of life."""
_CLAIM = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return ARGV[1]
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])
"""


def claim(image: Image, user: User) -> User | None:
    """Open the photo for this person, or renew that; the other person who has it open, or None."""
    holder_id = claim_id(image.model_id, image.id, user)
    return None if holder_id in (None, user.id) else db.session.get(User, holder_id)


def claim_id(model_id: int, image_id: int, user: User) -> int | None:
    """As ``claim``: the id of the account that has it open now; None while Redis is away."""
    try:
        holder = current_app.extensions["redis"].eval(
            _CLAIM, 2, _key(image_id), _all_of(model_id), user.id, SECONDS, time.time() + SECONDS, image_id
        )
    except RedisError:
        _log.warning("Redis is away: two people may open the same photo")
        return None
    return int(holder)


def release(image: Image, user: User) -> None:
    """The person has left the photo."""
    try:
        current_app.extensions["redis"].eval(
            _RELEASE, 2, _key(image.id), _all_of(image.model_id), user.id, image.id
        )
    except RedisError:
        _log.warning("Redis is away: a photo stays open for a minute")


def of_others(model_id: int, user: User) -> list[int]:
    """Ids of the photos of a model that somebody else has open."""
    redis = current_app.extensions["redis"]
    try:
        ids = [int(member) for member in redis.zrangebyscore(_all_of(model_id), time.time(), "+inf")]
        holders = redis.mget([_key(image_id) for image_id in ids]) if ids else []
    except RedisError:
        return []
    return [
        image_id
        for image_id, holder in zip(ids, holders, strict=True)
        if holder is not None and int(holder) != user.id
    ]


def _key(image_id: int) -> str:
    return f"open_photo:{image_id}"


def _all_of(model_id: int) -> str:
    return f"open_photos:{model_id}"
