"""The last errors of all processes, kept in Redis for the administrators' page; the logs have them all."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError

from webapp.core.logs import CONTROL, context_id, without_secrets
from webapp.core.monitoring import processes

KEPT = 100
LONGEST = 400
"""Letters of a message."""
_KEY = "errors"


@dataclass(frozen=True)
class KeptError:
    """One line of a log at the level ERROR."""

    at: float
    """Seconds since 1970."""
    process: str
    context: str
    """Id of the request, ``training-run:7`` in a job, else a dash."""
    message: str
    cause: str
    """Type and text of the exception; empty without one."""

    @property
    def moment(self) -> datetime:
        """In UTC."""
        return datetime.fromtimestamp(self.at, UTC)


class ErrorKeeper(logging.Handler):
    """Puts errors into Redis; where that does not answer they are in the log alone."""

    def __init__(self, client: Redis) -> None:
        super().__init__(logging.ERROR)
        self._client = client

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: it is called where something has gone wrong already."""
        try:
            kept = KeptError(
                record.created, processes.name(), context_id.get(), _line(record.getMessage()), _cause(record)
            )
            with self._client.pipeline() as pipeline:
                pipeline.lpush(_KEY, json.dumps(asdict(kept)))
                pipeline.ltrim(_KEY, 0, KEPT - 1)
                pipeline.execute()
        except (RedisError, TypeError, ValueError, KeyError):
            return


def init_app(app: Flask) -> None:
    """Keep what this process logs as an error from now on; after ``logs.init_app``."""
    client = processes.impatient_redis(app.extensions["settings"].redis_url)
    logging.getLogger().addHandler(ErrorKeeper(client))


def newest(client: Redis, limit: int = KEPT) -> list[KeptError]:
    """The newest first. Raises RedisError."""
    lines: Any = client.lrange(_KEY, 0, limit - 1)
    return [KeptError(**json.loads(line)) for line in lines]


def _cause(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    error = record.exc_info[1]
    return _line(f"{type(error).__name__}: {error}")


def _line(text: str) -> str:
    """Without tokens, line ends and what is too long."""
    line = without_secrets(text).translate(CONTROL)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
