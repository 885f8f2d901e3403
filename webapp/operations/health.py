"""Whether the services that the web process needs answer, each within seconds."""

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.extensions import db

TIMEOUT_SECONDS = 2


def database_answers() -> bool:
    """Whether PostgreSQL answers a query."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def queue_answers() -> bool:
    """Whether Redis answers."""
    try:
        return bool(_client().ping())
    except RedisError:
        return False


def _client() -> Redis:
    # Not the app's client, which retries: a health check must answer while Redis is unavailable.
    if "redis_health" not in current_app.extensions:
        current_app.extensions["redis_health"] = Redis.from_url(
            current_app.extensions["settings"].redis_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    return current_app.extensions["redis_health"]
