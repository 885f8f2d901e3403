"""``python -m embedded.healthcheck NAME``: whether this container's process works, for Docker.

NAME is web, train, predict, io, predictor, watch or janitor.
"""

import socket
import sys
from datetime import UTC, datetime, timedelta

import psycopg2
from redis import Redis
from rq import Queue, Worker
from rq.worker import BaseWorker

from embedded.programs import WEB
from embedded.web_address import is_healthy, web_address
from webapp.core import queues
from webapp.core.monitoring import processes
from webapp.core.settings import Settings, load_settings
from webapp.line.predictor_client import ALIVE

# An idle RQ worker sends a heartbeat once a minute.
LONGEST_SILENCE = timedelta(minutes=3)


def is_at_work(process: str, settings: Settings) -> bool:
    """Whether the process of that name in this container works."""
    if process == WEB:
        return is_healthy(web_address(settings.host, settings.port))
    with Redis.from_url(settings.redis_url, socket_timeout=5) as client:
        if process == "predictor":
            return bool(client.exists(ALIVE))
        if process not in (processes.JANITOR, processes.WATCH):
            name = queues.train_queue(settings.machine_rank) if process == queues.TRAIN else process
            return any(_is_ours(worker) for worker in Worker.all(queue=Queue(name, connection=client)))
        beats = processes.alive(client)
        if not any((beat.name, beat.host) == (process, socket.gethostname()) for beat in beats):
            return False
    # Their beats are of a thread beside the work: they must also reach the database.
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
