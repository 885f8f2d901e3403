"""The Flask extensions, unbound; ``create_app`` binds them."""

from typing import TYPE_CHECKING

from flask import has_request_context, request
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class AskedByHtmx(Htmx):
    """``if htmx:`` is true in a request that htmx sent; the extension object itself would always be true."""

    def __bool__(self) -> bool:
        return has_request_context() and bool(request.htmx)  # type: ignore[attr-defined]


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can drop what an earlier one made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    Model = Base
else:
    # Flask-SQLAlchemy makes this class at run time, where a type checker cannot see it.
    Model = db.Model
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
htmx = AskedByHtmx()


def connect_redis(url: str) -> Redis:
    """For pages and jobs: short time-outs, since nothing in Redis is needed to answer a request."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=30)


def connect_redis_with_retries(url: str) -> Redis:
    """For a worker: retries during a restart of Redis, up to 60 times, at most 5 s apart."""
    return Redis.from_url(
        url,
        retry=Retry(ExponentialBackoff(cap=5, base=0.5), 60),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        health_check_interval=30,
    )
