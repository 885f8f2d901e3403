"""``python -m embedded.healthcheck web|train|predict|io|janitor``: is this container's process at work? For Docker."""

import socket
import sys
from datetime import UTC, datetime, timedelta

import psycopg2
from redis import Redis
from rq import Queue, Worker
from rq.worker import BaseWorker

from embedded.programs import WEB
from embedded.web_address import is_healthy, web_address
from webapp.settings import Settings, load_settings

# An idle worker says that it is there once a minute.
LONGEST_SILENCE = timedelta(minutes=3)


def is_at_work(process: str, settings: Settings) -> bool:
    """Whether the process of that name in this container does its work."""
    if process == WEB:
        return is_healthy(web_address(settings.host, settings.port))
    with Redis.from_url(settings.redis_url, socket_timeout=5) as client:
        if process != "janitor":
            return any(_is_ours(worker) for worker in Worker.all(queue=Queue(process, connection=client)))
        client.ping()
    # The janitor keeps no record of itself: it can work as long as it reaches both servers.
    psycopg2.connect(settings.database_url.replace("+psycopg2", ""), connect_timeout=5).close()
    return True


def _is_ours(worker: BaseWorker) -> bool:
    if worker.hostname != socket.gethostname() or worker.last_heartbeat is None:
        return False
    heard = worker.last_heartbeat
    if heard.tzinfo is None:
        heard = heard.replace(tzinfo=UTC)
    return datetime.now(UTC) - heard < LONGEST_SILENCE


if __name__ == "__main__":
    sys.exit(0 if is_at_work(sys.argv[1], load_settings()) else 1)
