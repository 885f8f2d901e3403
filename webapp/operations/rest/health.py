"""Health check for load balancers and container engines, without a token."""

from typing import Literal

from flask import Response
from flask_babel import gettext as _
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from webapp.core import storage
from webapp.operations import health
from webapp.rest.problems import PREFIX, problem, problem_responses
from webapp.rest.replies import reply

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
    checks = {
        "database": health.database_answers,
        "queue": health.queue_answers,
        "storage": storage.is_writable,
    }
    failing = [name for name, answers in checks.items() if not answers()]
    if failing:
        detail = _("Not answering: %(parts)s. Have a look at these services.", parts=", ".join(failing))
        return problem(503, detail, "unavailable", failing=failing)
    return reply(Health())
