"""Whether the installation can work: asked by load balancers and container engines, without a token."""

from typing import Literal

from flask import Response, current_app
from flask_babel import gettext as _
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.core import storage
from webapp.core.extensions import db
from webapp.rest.problems import PREFIX, problem, problem_responses
from webapp.rest.replies import reply

TIMEOUT_SECONDS = 2
blueprint = APIBlueprint(
    "api_health",
    __name__,
    url_prefix=PREFIX,
    abp_tags=[Tag(name="health", description="Without a token.")],
    operation_id_callback=lambda name, path, method: name,
)


class Health(BaseModel):
    """Everything answers."""

    status: Literal["ok"] = "ok"


@blueprint.get("/healthz", responses={200: Health, **problem_responses(503)})
def healthz() -> Response:
    """Whether database, queue and storage answer; 503 with `failing`, the names of those that do not."""
    checks = {"database": _database_answers, "queue": _queue_answers, "storage": storage.is_writable}
    failing = [name for name, answers in checks.items() if not answers()]
    if failing:
        detail = _("Not answering: %(parts)s. Have a look at these services.", parts=", ".join(failing))
        return problem(503, detail, "unavailable", failing=failing)
    return reply(Health())


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _queue_answers() -> bool:
    try:
        return bool(_client().ping())
    except RedisError:
        return False


def _client() -> Redis:
    # Not the app's patient client: a health check must answer while Redis is away.
    if "redis_health" not in current_app.extensions:
        current_app.extensions["redis_health"] = Redis.from_url(
            current_app.extensions["settings"].redis_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    return current_app.extensions["redis_health"]
